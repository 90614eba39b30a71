/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/secret.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

enum { NAME_SIZE = 128, MASKED_MIN = 4 /* shorter ones are no secrets */ };

static int
take_name(const char *reference, char name[NAME_SIZE])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	size_t len;

	if (reference == NULL || strncmp(reference, "${", 2) != 0)
		return E_INVALID;
	len = strspn(reference + 2, letters);
	if (len == 0 || len >= NAME_SIZE ||
	    strcmp(reference + 2 + len, "}") != 0)
		return E_INVALID;
	memcpy(name, reference + 2, len);
	name[len] = '\0';
	return OK;
}

/* A credential file; the newline that editors leave at its end is none. */
static int
read_credential(const char *name, struct buf *value)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX], piece[1024];
	FILE *file;
	size_t n;
	int rc;

	if (dir == NULL || snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path))
		return E_NOTFOUND;
	file = fopen(path, "re");
	if (file == NULL)
		return errno == ENOENT ? E_NOTFOUND : E_IO;
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(value, piece, n);
	explicit_bzero(piece, sizeof(piece));
	rc = ferror(file) ? E_IO : value->rc;
	fclose(file);
	while (value->len > 0 && strchr("\r\n", value->data[value->len - 1]))
		value->data[--value->len] = '\0';
	return rc;
}

int
secret_read(const char *reference, struct buf *value)
{
	char name[NAME_SIZE];
	const char *known;
	int rc = take_name(reference, name);

	if (rc != OK)
		return rc;
	known = getenv(name);
	rc = known != NULL ? buf_adds(value, known) :
	    read_credential(name, value);
	if (rc != OK)
		return rc;
	if (value->len == 0)
		return E_NOTFOUND;
	for (size_t i = 0; i < value->len; i++)
		if ((unsigned char)value->data[i] < ' ')
			return E_INVALID;
	return OK;
}

/* Appends the value of the reference that is the first len bytes of text. */
static int
add_value(const char *text, size_t len, struct buf *out,
    int (*seen)(void *arg, const struct buf *value), void *arg,
    struct buf *why)
{
	char reference[NAME_SIZE + 4];
	struct buf value;
	int rc = E_INVALID;

	buf_init(&value, SECRET_MAX);
	snprintf(reference, sizeof(reference), "%.*s", (int)len, text);
	if (len < sizeof(reference))
		rc = secret_read(reference, &value);
	if (rc == OK)
		rc = buf_add(out, value.data, value.len);
	if (rc == OK && seen != NULL)
		rc = seen(arg, &value);
	if (rc != OK && why != NULL)
		buf_addf(why, "cannot read %s: %s", reference,
		    rc == E_NOTFOUND ? "it is neither in the runner's "
		    "environment nor among its credentials" : err_text(rc));
	secret_free(&value);
	return rc;
}

int
secret_expand(const char *text, struct buf *out,
    int (*seen)(void *arg, const struct buf *value), void *arg,
    struct buf *why)
{
	const char *start, *end;
	int rc = out->rc;

	while (rc == OK && (start = strstr(text, "${")) != NULL) {
		end = strchr(start, '}');
		if (end == NULL)
			break;
		buf_add(out, text, (size_t)(start - text));
		rc = add_value(start, (size_t)(end + 1 - start), out, seen,
		    arg, why);
		text = end + 1;
	}
	return rc != OK ? rc : buf_adds(out, text);
}

void
secret_mask(const struct buf *value, char *text)
{
	char *at;

	if (value->len < MASKED_MIN)
		return;
	while ((at = strstr(text, value->data)) != NULL)
		memset(at, '*', value->len);
}

void
secret_free(struct buf *value)
{
	if (value->data != NULL)
		explicit_bzero(value->data, value->cap);
	buf_free(value);
}
