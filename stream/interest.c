/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/interest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/query.h"
#include "sql/session.h"

#define API "/api/v1/"
#define ID_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz0123456789_-."

static int
refuse(char why[DB_WHY_MAX], const char *text)
{
	snprintf(why, DB_WHY_MAX, "%s", text);
	return E_INVALID;
}

/* The id in "<prefix><id>/events"; false: the path is another. */
static bool
session_of(const char *path, const char *prefix, char id[SESSION_ID_MAX])
{
	size_t len;

	if (strncmp(path, prefix, strlen(prefix)) != 0)
		return false;
	path += strlen(prefix);
	len = strcspn(path, "/");
	if (len == 0 || len >= SESSION_ID_MAX ||
	    strcmp(path + len, "/events") != 0)
		return false;
	snprintf(id, SESSION_ID_MAX, "%.*s", (int)len, path);
	return strspn(id, ID_CHARACTERS) == len;
}

int
interest_path(struct interest *interest, const char *path)
{
	char id[SESSION_ID_MAX];

	*interest = (struct interest){ 0 };
	if (strcmp(path, API "events") == 0)
		return OK;
	if (strcmp(path, API "sessions/recent/events") == 0) {
		interest->recent = true;
		return OK;
	}
	if (strcmp(path, "/metrics/stream") == 0) {
		interest->metrics = true;
		return OK;
	}
	interest->websocket = session_of(path, API "ws/sessions/", id);
	if (!interest->websocket && !session_of(path, API "sessions/", id))
		return E_NOTFOUND;
	interest->sessions = strdup(id);
	interest->session_count = 1;
	return interest->sessions != NULL ? OK : E_NOMEM;
}

static bool
is_number(const char *text, int64_t *number)
{
	char *end;

	if (*text == '\0' || strspn(text, "0123456789") != strlen(text) ||
	    strlen(text) > 18)
		return false;
	*number = strtoll(text, &end, 10);
	return true;
}

static int
take_since(struct interest *interest, const char *value,
    char why[DB_WHY_MAX])
{
	if (is_number(value, &interest->since) || interest->websocket)
		return OK;
	return refuse(why, "since: must be a whole number from 0");
}

/* A list of sessions where the path names none. */
static int
take_sessions(struct interest *interest, const char *value,
    char why[DB_WHY_MAX])
{
	char id[SESSION_ID_MAX];
	int count = 0;

	if (interest->sessions != NULL || interest->recent)
		return OK;
	while (interest_item(value, count, id, sizeof(id))) {
		if (*id == '\0' || strspn(id, ID_CHARACTERS) != strlen(id))
			return refuse(why, "sessions: has no id of a session");
		if (++count > INTEREST_SESSIONS_MAX)
			return refuse(why, "sessions: are more than 100");
	}
	interest->session_count = count;
	interest->sessions = strdup(value);
	return interest->sessions != NULL ? OK : E_NOMEM;
}

/* A gate_id: "g" and its number. */
static int
take_looking(struct interest *interest, const char *value,
    char why[DB_WHY_MAX])
{
	if (*value == 'g' && is_number(value + 1, &interest->looking) &&
	    interest->looking > 0)
		return OK;
	return refuse(why, "looking: must be a gate_id, like g7");
}

static int
take_kinds(struct interest *interest, const char *value,
    char why[DB_WHY_MAX])
{
	(void)why;
	interest->kinds = strdup(value);
	return interest->kinds != NULL ? OK : E_NOMEM;
}

static int
take_partial(struct interest *interest, const char *value,
    char why[DB_WHY_MAX])
{
	(void)why;
	interest->partial = strcmp(value, "1") == 0;
	return OK;
}

static const struct argument {
	const char *name;
	int (*take)(struct interest *interest, const char *value,
		char why[DB_WHY_MAX]);
} arguments[] = {
	{ "since", take_since },
	{ "sessions", take_sessions },
	{ "kinds", take_kinds },
	{ "looking", take_looking },
	{ "partial", take_partial },
};

/* One without a value is as if it were not there. */
static int
take_argument(struct interest *interest, const struct argument *argument,
    const struct buf *query, char why[DB_WHY_MAX])
{
	bool twice;
	const char *value = query_find(query, argument->name, &twice);

	if (!twice && (value == NULL || *value == '\0'))
		return OK;
	if (!twice && strlen(value) < INTEREST_TEXT_MAX)
		return argument->take(interest, value, why);
	snprintf(why, DB_WHY_MAX, "%s: %s", argument->name,
	    twice ? "given more than once" : "too long");
	return E_INVALID;
}

int
interest_query(struct interest *interest, const char *text,
    char why[DB_WHY_MAX])
{
	struct buf query;
	int rc;

	buf_init(&query, QUERY_SPACE(strlen(text)));
	rc = query_decode(&query, text);
	if (rc == E_INVALID)
		refuse(why, "query string: not percent-encoded UTF-8");
	for (size_t i = 0; rc == OK &&
	    i < sizeof(arguments) / sizeof(arguments[0]); i++)
		rc = take_argument(interest, &arguments[i], &query, why);
	buf_free(&query);
	return rc;
}

int
interest_last_id(struct interest *interest, const char *value,
    char why[DB_WHY_MAX])
{
	if (*value == '\0' || is_number(value, &interest->since))
		return OK;
	return refuse(why, "Last-Event-ID: must be a whole number from 0");
}

bool
interest_item(const char *list, int n, char *item, size_t size)
{
	size_t len;

	for (; list != NULL; n--) {
		len = strcspn(list, ",");
		if (n == 0) {
			if (len >= size)
				len = 0;	/* no id is that long */
			snprintf(item, size, "%.*s", (int)len, list);
			return true;
		}
		list = list[len] == ',' ? list + len + 1 : NULL;
	}
	return false;
}

void
interest_free(struct interest *interest)
{
	free(interest->sessions);
	free(interest->kinds);
	*interest = (struct interest){ 0 };
}
