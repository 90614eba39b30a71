/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/wish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/json.h"

static int
by_id(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int
refuse(const char *text, const char **why)
{
	*why = text;
	return E_INVALID;
}

static int
read_ids(struct wish *wish, const struct json *list, const char **why)
{
	const struct json *item = json_first(list);

	if (json_size(list) > WISH_SESSIONS_MAX)
		return refuse("too many sessions", why);
	if (item == NULL)
		return OK;
	wish->ids = calloc(json_size(list), sizeof(*wish->ids));
	if (wish->ids == NULL) {
		*why = err_text(E_NOMEM);
		return E_NOMEM;
	}
	for (; item != NULL; item = json_next(item)) {
		const char *id = json_string(item);

		if (id == NULL || *id == '\0' || strlen(id) >= SESSION_ID_MAX)
			return refuse("sessions: not the id of a session", why);
		memcpy(wish->ids[wish->count++], id, strlen(id) + 1);
	}
	qsort(wish->ids, wish->count, sizeof(*wish->ids), by_id);
	return OK;
}

static int
read_sessions(struct wish *wish, const struct json *sessions, const char **why)
{
	const char *word = json_string(sessions);

	if (json_kind(sessions) == JSON_ARRAY)
		return read_ids(wish, sessions, why);
	wish->all = word != NULL && strcmp(word, "all") == 0;
	return wish->all ? OK :
	    refuse("sessions: expected a list of ids, or \"all\"", why);
}

/* Takes as long for a key that is nearly right as for any other. */
static bool
is_key(const char *said, const char *key)
{
	size_t len = strlen(key);
	unsigned char differs = 0;

	if (said == NULL || strlen(said) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		differs |= (unsigned char)(said[i] ^ key[i]);
	return differs == 0;
}

int
wish_read(struct wish *wish, const char *line, size_t len, const char *key,
    const char **why)
{
	struct json_error error;
	struct json *root;
	int rc;

	if (len > WISH_LINE_MAX)
		return refuse("the line is too long", why);
	root = json_parse(line, len, &error);
	if (root == NULL) {
		*why = error.message;
		return error.rc;
	}
	if (is_key(json_string(json_get(root, "key")), key)) {
		rc = read_sessions(wish, json_get(root, "sessions"), why);
	} else {
		*why = "key: not the one beside the socket";
		rc = E_DENIED;
	}
	json_free(root);
	if (rc != OK)
		wish_free(wish);
	return rc;
}

bool
wish_has(const struct wish *wish, const char *session_id)
{
	return wish->all || (wish->count > 0 && bsearch(session_id, wish->ids,
		wish->count, sizeof(*wish->ids), by_id) != NULL);
}

void
wish_free(struct wish *wish)
{
	free(wish->ids);
	*wish = (struct wish){ .all = false };
}
