/* SPDX-License-Identifier: Apache-2.0 */
/* What the owner of a client said about the server, kept; and kept secret. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "runner/mcp_impl.h"
#include "runner/secret.h"

static const char *const *
copy_list(const char *const *list)
{
	size_t count = 0;
	char **copy;

	while (list != NULL && list[count] != NULL)
		count++;
	copy = calloc(count + 1, sizeof(*copy));
	if (copy == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		copy[i] = strdup(list[i]);
		if (copy[i] == NULL) {
			while (i > 0)
				free(copy[--i]);
			free(copy);
			return NULL;
		}
	}
	return (const char *const *)copy;
}

static void
free_list(const char *const *list, bool secret)
{
	if (list == NULL)
		return;
	for (size_t i = 0; list[i] != NULL; i++) {
		if (secret)
			explicit_bzero((char *)list[i], strlen(list[i]));
		free((char *)list[i]);
	}
	free((void *)list);
}

/* NULL stays NULL; ok becomes false for want of memory. */
static const char *
copy_text(const char *text, bool *ok)
{
	char *copy = text == NULL ? NULL : strdup(text);

	*ok = *ok && (text == NULL || copy != NULL);
	return copy;
}

bool
mcp_spec_copy(struct mcp_spec *to, const struct mcp_spec *from)
{
	bool ok = true;

	*to = *from;
	to->name = copy_text(from->name, &ok);
	to->dir = copy_text(from->dir, &ok);
	to->url = copy_text(from->url, &ok);
	to->capabilities = copy_text(from->capabilities, &ok);
	to->argv = copy_list(from->argv);
	to->env = copy_list(from->env);
	to->headers = copy_list(from->headers);
	return ok && to->argv != NULL && to->env != NULL &&
	    to->headers != NULL;
}

void
mcp_spec_free(struct mcp_spec *spec)
{
	free((char *)spec->name);
	free((char *)spec->dir);
	free((char *)spec->url);
	free((char *)spec->capabilities);
	free_list(spec->argv, false);
	free_list(spec->env, true);
	free_list(spec->headers, true);
}

/* One secret, if it is one: less would make stars of every text. */
static void
mask_one(const char *secret, char *text)
{
	enum { SECRET_MIN = 6 };
	struct buf value;

	if (strlen(secret) < SECRET_MIN)
		return;
	buf_init(&value, SECRET_MAX);
	if (buf_adds(&value, secret) == OK)
		secret_mask(&value, text);
	secret_free(&value);
}

/*
 * Of a header what follows the last blank ("Authorization: Bearer KEY"); of
 * a program's environment all values but paths.
 */
void
mcp_mask(const struct mcp *mcp, char *text)
{
	const char *const *entry;
	const char *value;

	for (entry = mcp->spec.headers; *entry != NULL; entry++) {
		value = strrchr(*entry, ' ');
		if (value != NULL)
			mask_one(value + 1, text);
	}
	for (entry = mcp->spec.env; *entry != NULL; entry++) {
		value = strchr(*entry, '=');
		if (value != NULL && value[1] != '/')
			mask_one(value + 1, text);
	}
}
