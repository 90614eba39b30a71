/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fuzz target as a test: each file of its corpus is one input. The corpus
 * of t/fuzz/fuzz_NAME is t/fuzz/corpus/NAME in the sources; arguments are
 * files to replay instead. An input that is mishandled aborts.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/fuzz/fuzz.h"

enum { INPUT_MAX = 4 * 1024 * 1024 };

/* A block of exactly the input's size, so that ASan sees one byte more. */
static uint8_t *
read_input(const char *path, size_t *size)
{
	FILE *in = fopen(path, "rb");
	uint8_t *data = in != NULL ? malloc(INPUT_MAX) : NULL;
	uint8_t *exact = NULL;

	if (data != NULL) {
		*size = fread(data, 1, INPUT_MAX, in);
		exact = malloc(*size > 0 ? *size : 1);
	}
	if (exact != NULL)
		memcpy(exact, data, *size);
	free(data);
	if (in != NULL)
		fclose(in);
	return exact;
}

static void
replay(const char *path, int number)
{
	const char *name = strrchr(path, '/');
	size_t size = 0;
	uint8_t *data = read_input(path, &size);

	name = name != NULL ? name + 1 : path;
	if (data == NULL) {
		printf("not ok %d - %s cannot be read\n", number, name);
		return;
	}
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	printf("ok %d - %s\n", number, name);
	fflush(stdout);
}

static int
is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
replay_corpus(const char *program)
{
	const char *name = strstr(program, "fuzz_");
	const char *top = getenv("top_srcdir");
	char folder[1024], path[1300];
	struct dirent **entries;
	int i, n;

	snprintf(folder, sizeof(folder), "%s/t/fuzz/corpus/%s",
	    top != NULL ? top : ".",
	    name != NULL ? name + strlen("fuzz_") : program);
	n = scandir(folder, &entries, is_input, alphasort);
	if (n <= 0) {
		printf("Bail out! no corpus in %s\n", folder);
		return 1;
	}
	printf("1..%d\n", n);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder,
		    entries[i]->d_name);
		replay(path, i + 1);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

int
main(int argc, char **argv)
{
	int i;

	if (argc < 2)
		return replay_corpus(argv[0]);
	printf("1..%d\n", argc - 1);
	for (i = 1; i < argc; i++)
		replay(argv[i], i);
	return 0;
}
