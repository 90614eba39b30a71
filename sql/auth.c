/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/auth.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/utf8.h"
#include "sql/tx.h"

enum { USED_MS = 60 * 1000 };	/* how exactly the last use is known */

static const char *
text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

bool
auth_name_valid(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len >= AUTH_NAME_MAX || !utf8_valid(name, len))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return false;
	return true;
}

void
auth_off(struct identity *who)
{
	memset(who, 0, sizeof(*who));
	who->via = VIA_OFF;
	snprintf(who->roles, sizeof(who->roles), "%s", role_name(ROLE_ADMIN));
}

/* The columns of token_find and login_find. */
static int
read_row(const struct rows *rows, const char *hash, int64_t now_ms,
    struct identity *who)
{
	if (!token_same(hash, rows_str(rows, 0)))
		return E_DENIED;
	snprintf(who->name, sizeof(who->name), "%s", rows_str(rows, 1));
	snprintf(who->roles, sizeof(who->roles), "%s", rows_str(rows, 2));
	who->expires_at = rows_int(rows, 3);
	who->used = now_ms - rows_int(rows, 5) >= USED_MS;
	who->token_id = rows_int(rows, 6);
	if (rows_int(rows, 4) != 0)
		return E_TIMEOUT;
	return who->expires_at != 0 && who->expires_at <= now_ms ?
	    E_TIMEOUT : OK;
}

static int
check_secret(struct db *db, enum query query, const struct token *token,
    int64_t now_ms, struct identity *who)
{
	char hash[TOKEN_HASH_SIZE];
	struct rows rows;
	int rc = E_DENIED, end;

	token_hash(token->secret, hash);
	rows = db_query(db, query, "l", token->id);
	if (rows_next(&rows))
		rc = read_row(&rows, hash, now_ms, who);
	end = rows_end(&rows);
	return end != OK ? end : rc;
}

static int
by_token(struct db *db, const char *text, size_t len, int64_t now_ms,
    struct identity *who)
{
	struct token token = { .id = 0 };

	if (!token_parse(text, len, TOKEN_BEARER, &token))
		return E_DENIED;
	who->via = VIA_TOKEN;
	return check_secret(db, Q_TOKEN_FIND, &token, now_ms, who);
}

static int
by_cookie(struct db *db, const char *text, size_t len, int64_t now_ms,
    struct identity *who)
{
	struct token token = { .id = 0 };

	if (!token_parse(text, len, TOKEN_LOGIN, &token))
		return E_DENIED;
	who->via = VIA_LOGIN;
	who->login_id = token.id;
	return check_secret(db, Q_LOGIN_FIND, &token, now_ms, who);
}

/* Whom nginx knows is somebody, if only one who may do nothing. */
static int
by_nginx(struct db *db, const char *user, struct identity *who)
{
	struct rows rows;

	if (!auth_name_valid(user) || strcmp(user, "system") == 0 ||
	    strcmp(user, "runner") == 0)
		return E_INVALID;
	who->via = VIA_NGINX;
	snprintf(who->name, sizeof(who->name), "%s", user);
	rows = db_query(db, Q_ROLE_GRANT_FIND, "s", user);
	if (rows_next(&rows))
		snprintf(who->roles, sizeof(who->roles), "%s",
		    rows_str(&rows, 0));
	return rows_end(&rows);
}

int
auth_identify(struct db *db, const struct credentials *brought,
    int64_t now_ms, struct identity *who)
{
	const char *text;
	size_t len = 0;

	memset(who, 0, sizeof(*who));
	text = token_bearer(brought->authorization, &len);
	if (text != NULL)
		return by_token(db, text, len, now_ms, who);
	if (text_or_empty(brought->user)[0] != '\0')
		return by_nginx(db, brought->user, who);
	text = token_cookie(brought->cookie, &len);
	if (text != NULL)
		return by_cookie(db, text, len, now_ms, who);
	return OK;
}

bool
auth_may(const struct identity *who, enum role role, const char *app)
{
	return (roles_in(who->roles, text_or_empty(app)) & role) != 0;
}

const char *
auth_via_name(enum auth_via via)
{
	static const char *const names[] = {
		[VIA_NOBODY] = "nobody",
		[VIA_OFF] = "off",
		[VIA_TOKEN] = "token",
		[VIA_LOGIN] = "login",
		[VIA_NGINX] = "nginx",
	};

	return names[via];
}

int
auth_origin(const struct identity *who, const char *address, struct buf *out)
{
	buf_addf(out, "{\"via\":\"%s\"", auth_via_name(who->via));
	if (who->token_id != 0)
		buf_addf(out, ",\"token_id\":%lld", (long long)who->token_id);
	buf_adds(out, ",\"address\":");
	buf_add_json(out, address, strlen(address));
	return buf_addc(out, '}');
}

static int
finish(const struct tx *tx, char why[DB_WHY_MAX])
{
	memcpy(why, tx->why, DB_WHY_MAX);
	return tx->rc;
}

int
auth_used(struct db *db, int64_t token_id, int64_t now_ms,
    char why[DB_WHY_MAX])
{
	struct tx tx = TX(db);

	while (tx_loop(&tx))
		tx_run(&tx, Q_TOKEN_USED, "lli", token_id, now_ms, USED_MS);
	return finish(&tx, why);
}

int
auth_token_add(struct db *db, const struct token_new *new, int64_t *id,
    char text[TOKEN_TEXT_SIZE], char why[DB_WHY_MAX])
{
	struct tx tx = TX(db);
	struct token token = { .id = 0 };
	char hash[TOKEN_HASH_SIZE];

	token_mint(token.secret);
	token_hash(token.secret, hash);
	while (tx_loop(&tx)) {
		if (!auth_name_valid(new->person))
			tx_fail(&tx, E_INVALID, "person: not a name");
		token.id = tx_insert(&tx, Q_TOKEN_INSERT, "ssslsl", hash,
		    new->person, new->roles, new->now_ms, new->by,
		    new->expires_at);
	}
	*id = token.id;
	token_print(TOKEN_BEARER, &token, text);
	return finish(&tx, why);
}

static bool
token_exists(struct tx *tx, int64_t id)
{
	struct rows rows = tx_query(tx, Q_TOKEN_FIND, "l", id);
	bool found = rows_next(&rows);

	rows_end(&rows);
	return found;
}

int
auth_token_revoke(struct db *db, int64_t id, const char *by, int64_t now_ms,
    char why[DB_WHY_MAX])
{
	struct tx tx = TX(db);

	while (tx_loop(&tx)) {
		if (!token_exists(&tx, id))
			tx_fail(&tx, E_NOTFOUND, "no such token");
		tx_run(&tx, Q_TOKEN_REVOKE, "lls", id, now_ms, by);
	}
	return finish(&tx, why);
}

int
auth_login(struct db *db, const struct identity *who, const char *address,
    int64_t now_ms, char text[TOKEN_TEXT_SIZE], char why[DB_WHY_MAX])
{
	struct tx tx = TX(db);
	struct token token = { .id = 0 };
	char hash[TOKEN_HASH_SIZE];

	token_mint(token.secret);
	token_hash(token.secret, hash);
	while (tx_loop(&tx))
		token.id = tx_insert(&tx, Q_LOGIN_INSERT, "slsll", hash,
		    who->token_id, address, now_ms, now_ms + AUTH_LOGIN_MS);
	token_print(TOKEN_LOGIN, &token, text);
	return finish(&tx, why);
}

int
auth_logout(struct db *db, int64_t login_id, int64_t now_ms,
    char why[DB_WHY_MAX])
{
	struct tx tx = TX(db);

	while (tx_loop(&tx))
		tx_run(&tx, Q_LOGIN_END, "ll", login_id, now_ms);
	return finish(&tx, why);
}

int
auth_grant(struct db *db, const char *person, const char *roles,
    const char *by, int64_t now_ms, char why[DB_WHY_MAX])
{
	struct tx tx = TX(db);

	while (tx_loop(&tx)) {
		bool had = tx_run(&tx, Q_ROLE_GRANT_END, "sls", person, now_ms,
		    by) > 0;

		if (roles == NULL && !had)
			tx_fail(&tx, E_NOTFOUND, "this person has no roles");
		if (roles != NULL && !auth_name_valid(person))
			tx_fail(&tx, E_INVALID, "person: not a name");
		if (roles != NULL)
			tx_run(&tx, Q_ROLE_GRANT_INSERT, "ssls", person, roles,
			    now_ms, by);
	}
	return finish(&tx, why);
}

bool
auth_local(const char *address)
{
	static const char *const starts[] = {
		"127.", "unix:", "::ffff:127.",
	};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (strncmp(address, starts[i], strlen(starts[i])) == 0)
			return true;
	return strcmp(address, "::1") == 0;
}
