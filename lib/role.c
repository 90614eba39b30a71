/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/role.h"

#include <string.h>

static const struct {
	const char *name;
	enum role role;
	unsigned has;		/* with what it brings along */
} words[] = {
	{ "viewer", ROLE_VIEWER, ROLE_VIEWER },
	{ "operator", ROLE_OPERATOR, ROLE_OPERATOR | ROLE_VIEWER },
	{ "approver", ROLE_APPROVER, ROLE_APPROVER | ROLE_VIEWER },
	{ "admin", ROLE_ADMIN, ROLES_ALL },
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

static const char between[] = " ,";

const char *
role_name(enum role role)
{
	for (int i = 0; i < WORDS; i++)
		if (words[i].role == role)
			return words[i].name;
	return "";
}

/* The row of words that this word (len bytes) begins with, or -1. */
static int
find_word(const char *word, size_t len, char app[ROLE_APP_MAX + 1])
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789_.-";
	const char *at = memchr(word, '@', len);
	size_t role_len = at != NULL ? (size_t)(at - word) : len;
	size_t app_len = at != NULL ? len - role_len - 1 : 0;

	if (app_len > ROLE_APP_MAX || (at != NULL && app_len == 0))
		return -1;
	if (app_len > 0)
		memcpy(app, at + 1, app_len);
	app[app_len] = '\0';
	if (strspn(app, allowed) != app_len)
		return -1;
	for (int i = 0; i < WORDS; i++)
		if (strlen(words[i].name) == role_len &&
		    memcmp(words[i].name, word, role_len) == 0)
			return i;
	return -1;
}

/* Takes one word that is understood; the row of words, or -1 at the end. */
static int
take(const char **roles, char app[ROLE_APP_MAX + 1])
{
	int i = -1;

	while (i < 0) {
		size_t len;

		*roles += strspn(*roles, between);
		len = strcspn(*roles, between);
		if (len == 0)
			return -1;
		i = find_word(*roles, len, app);
		*roles += len;
	}
	return i;
}

unsigned
roles_in(const char *roles, const char *wanted)
{
	char app[ROLE_APP_MAX + 1];
	unsigned has = 0;
	int i;

	while ((i = take(&roles, app)) >= 0)
		if (app[0] == '\0' || strcmp(app, wanted) == 0)
			has |= words[i].has;
	return has;
}

unsigned
roles_everywhere(const char *roles)
{
	return roles_in(roles, "");
}

unsigned
roles_anywhere(const char *roles)
{
	char app[ROLE_APP_MAX + 1];
	unsigned has = 0;
	int i;

	while ((i = take(&roles, app)) >= 0)
		has |= words[i].has;
	return has;
}

const char *
roles_next(const char *roles, enum role *role, char app[ROLE_APP_MAX + 1])
{
	int i = take(&roles, app);

	if (i < 0)
		return NULL;
	*role = words[i].role;
	return roles;
}

bool
roles_read(const char *typed, char roles[ROLES_TEXT_MAX], const char **bad)
{
	char app[ROLE_APP_MAX + 1];
	size_t used = 0, len;

	for (*bad = typed; ; *bad += len) {
		*bad += strspn(*bad, between);
		len = strcspn(*bad, between);
		roles[used] = '\0';
		if (len == 0)
			return used > 0;
		if (find_word(*bad, len, app) < 0)
			return false;
		if (used + 1 + len >= ROLES_TEXT_MAX) {
			*bad = "";
			return false;
		}
		if (used > 0)
			roles[used++] = ' ';
		memcpy(roles + used, *bad, len);
		used += len;
	}
}
