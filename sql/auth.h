/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is asking, and what that one may do. It knows no protocol: every
 * server hands in the same three texts of a request.
 *
 *	const struct credentials brought = { .user = user_of_nginx,
 *	    .authorization = header, .cookie = other_header };
 *	struct identity who;
 *	int rc = auth_identify(db, &brought, now_ms, &who);
 *
 *	if (rc == E_DENIED)
 *		strikes_add(strikes, address, clock_mono_ms());
 *	if (rc != OK || who.via == VIA_NOBODY)
 *		return unauthorized();
 *	if (!auth_may(&who, ROLE_APPROVER, app))
 *		return forbidden();
 *	buf_init(&origin, AUTH_ORIGIN_MAX);
 *	auth_origin(&who, address, &origin);
 *	... what it does carries who.name as its actor, and origin ...
 *
 * Finding out costs one row by its key, and one hash.
 */
#ifndef SQL_AUTH_H
#define SQL_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/role.h"
#include "lib/token.h"
#include "sql/db.h"

struct buf;

enum {
	AUTH_NAME_MAX = 121,		/* bytes of a person's name, with NUL */
	AUTH_ORIGIN_MAX = 1024,		/* bytes of an origin */
	AUTH_LOGIN_MS = 12 * 3600 * 1000,	/* a browser stays signed in */
};

/* What a request brings along; borrowed, NULL or "": nothing. */
struct credentials {
	const char *user;		/* a name that nginx has checked */
	const char *authorization;	/* headers of HTTP */
	const char *cookie;
};

/* How somebody is known. */
enum auth_via {
	VIA_NOBODY,
	VIA_OFF,	/* nobody is asked; the request says who it is */
	VIA_TOKEN,
	VIA_LOGIN,	/* the page's cookie */
	VIA_NGINX,
};

struct identity {
	enum auth_via via;
	bool used;			/* its last use is worth a note */
	int64_t token_id;		/* also behind a cookie; else 0 */
	int64_t login_id;		/* of a cookie; else 0 */
	int64_t expires_at;		/* milliseconds; 0: never */
	char name[AUTH_NAME_MAX];
	char roles[ROLES_TEXT_MAX];
};

/*
 * auth_identify finds out who it is: by a bearer token, else by the name that
 * comes from nginx, else by the cookie. OK, with VIA_NOBODY if nothing was
 * brought along. E_DENIED: the secret is wrong; a guess, to be counted.
 * E_TIMEOUT: it was right, but it has expired, or was revoked. E_INVALID:
 * nginx gave a name that cannot be one. Else the E_* of sql/db.h.
 */
int auth_identify(struct db *db, const struct credentials *brought,
    int64_t now_ms, struct identity *who);

/* auth_off is who asks where nobody is asked: everybody, with all roles. */
void auth_off(struct identity *who);

/*
 * auth_local tells whether only this machine reaches a listener that has this
 * address (nginx's $server_addr): alone there, nobody needs to be asked.
 */
bool auth_local(const char *address);

/* auth_may tells whether who has a role at app; NULL: everywhere. */
bool auth_may(const struct identity *who, enum role role, const char *app);

/* auth_via_name is the word for it: "token", "login", "nginx", "off". */
const char *auth_via_name(enum auth_via via);

/*
 * auth_origin appends how the actor is known, and from where, as rows of the
 * audit trail carry it: {"via","token_id","address"}. Returns out->rc.
 */
int auth_origin(const struct identity *who, const char *address,
    struct buf *out);

/* auth_name_valid: 1 to 120 bytes of UTF-8, no control characters. */
bool auth_name_valid(const char *name);

/*
 * auth_used notes that a token was used, unless that was noted within the
 * last minute. All that change something return OK or the E_* of sql/tx.h,
 * with why as there.
 */
int auth_used(struct db *db, int64_t token_id, int64_t now_ms,
    char why[DB_WHY_MAX]);

/*
 * auth_token_add makes a token for person and writes what its owner keeps to
 * text: nobody can ever read it again. expires_at: 0 is never. E_INVALID: no
 * such roles or name.
 */
struct token_new {
	const char *person;
	const char *roles;
	const char *by;			/* who makes it */
	int64_t now_ms;
	int64_t expires_at;
};

int auth_token_add(struct db *db, const struct token_new *new, int64_t *id,
    char text[TOKEN_TEXT_SIZE], char why[DB_WHY_MAX]);

/* auth_token_revoke: at once, its logins too. E_NOTFOUND; again: OK. */
int auth_token_revoke(struct db *db, int64_t id, const char *by,
    int64_t now_ms, char why[DB_WHY_MAX]);

/*
 * auth_login signs a browser in with the token of who, and writes the value
 * of its cookie to text. E_DENIED: the token has been revoked meanwhile.
 */
int auth_login(struct db *db, const struct identity *who, const char *address,
    int64_t now_ms, char text[TOKEN_TEXT_SIZE], char why[DB_WHY_MAX]);

/* auth_logout ends a login; again: OK. */
int auth_logout(struct db *db, int64_t login_id, int64_t now_ms,
    char why[DB_WHY_MAX]);

/*
 * auth_grant gives a person whom nginx knows these roles and no others; NULL:
 * none (E_NOTFOUND if there were none).
 */
int auth_grant(struct db *db, const char *person, const char *roles,
    const char *by, int64_t now_ms, char why[DB_WHY_MAX]);

#endif
