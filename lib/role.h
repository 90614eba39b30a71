/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles, and where they hold. As text, which rows and people read: words with
 * one space between them, each a role, or a role at an application.
 *
 *	viewer			reads everything
 *	viewer operator@incident	and starts and stops sessions of one
 *
 *	roles_in("viewer operator@incident", "incident") & ROLE_OPERATOR
 *
 * Whoever has any role may read what it is about; an admin has all roles.
 */
#ifndef LIB_ROLE_H
#define LIB_ROLE_H

#include <stdbool.h>
#include <stddef.h>

enum role {
	ROLE_VIEWER = 1,	/* reads */
	ROLE_OPERATOR = 2,	/* starts, stops, retries and annotates */
	ROLE_APPROVER = 4,	/* decides at gates */
	ROLE_ADMIN = 8,		/* all of these */
};

enum {
	ROLES_ALL = 15,
	ROLES_TEXT_MAX = 512,	/* bytes, with the NUL */
	ROLE_APP_MAX = 32,	/* bytes of an application's name */
};

/* role_name is the word for one role. */
const char *role_name(enum role role);

/*
 * roles_everywhere returns the roles that hold for every application,
 * roles_in those that hold for one, roles_anywhere all of them, as bits.
 * Words that are not understood count for nothing.
 */
unsigned roles_everywhere(const char *roles);
unsigned roles_in(const char *roles, const char *app);
unsigned roles_anywhere(const char *roles);

/*
 * roles_next takes the next word apart, for who lists them: role, and app
 * ("": everywhere). NULL at the end, else where to go on; words that are not
 * understood are left out.
 */
const char *roles_next(const char *roles, enum role *role,
    char app[ROLE_APP_MAX + 1]);

/*
 * roles_read makes roles out of what a person typed, words with commas or
 * spaces between them. False: bad points to the first word that is no role,
 * or roles would be longer than they may; then it is "".
 */
bool roles_read(const char *typed, char roles[ROLES_TEXT_MAX],
    const char **bad);

#endif
