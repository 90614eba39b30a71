/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <dirent.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/json.h"

struct json *
unit_json(const char *text)
{
	struct json *j = json_parse(text, strlen(text), NULL);

	if (j == NULL)
		fail_msg("not JSON: %s", text);
	return j;
}

int
unit_open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

int
unit_apart(int (*run)(void *arg), void *arg)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(run(arg));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

void
unit_skipped(void **state)
{
	(void)state;
	skip();
}
