/* SPDX-License-Identifier: Apache-2.0 */
/* sql/triggers/access.sql */
#include "t/unit/trigger_cases.h"

#include <stddef.h>

#define HASH "printf('%064d', "
#define GRANT(person, roles) \
	"INSERT INTO role_grant (person, roles, granted_at, granted_by)" \
	" VALUES ('" person "', '" roles "', 1, 'root')"
#define TOKEN(id, person, rest) \
	"INSERT INTO token (id, hash, person, roles, created_at, created_by," \
	" expires_at, revoked_at, revoked_by) VALUES (" #id ", " HASH #id \
	"), '" person "', 'viewer', 1, 'root', " rest ")"
#define GOOD(id, person) TOKEN(id, person, "100, NULL, NULL")
#define LOGIN(id, token, until) \
	"INSERT INTO login (id, hash, token_id, address, created_at," \
	" expires_at) VALUES (" #id ", " HASH #id "), " #token ", '', 2, " \
	#until ")"
#define KEY(key, at) \
	"INSERT INTO request_key (person, key, digest, status, headers, body," \
	" at) VALUES ('ana', '" key "', " HASH "1), 201, '', '{}', " at ")"
#define NO_ROLE "invalid: roles: no such role"
#define GRANT_FIXED "conflict: what was granted never changes"
#define TOKEN_FIXED "conflict: what a token is never changes"
#define LOGIN_FIXED "conflict: how somebody signed in never changes"
#define NOT_GOOD "denied: the token is not good for that"
#define NOT_THEIRS "denied: the token is not this person's"
#define WITH_TOKEN(id) "'{\"via\":\"token\",\"token_id\":" #id "}'"
#define VOTE_WITH(id) \
	"INSERT INTO vote (gate_id, verdict, actor, at, origin)" \
	" VALUES (1, 'approve', 'ana', 30, " WITH_TOKEN(id) ")"
#define MOVE_WITH(id) \
	"INSERT INTO move (session_id, from_status, to_status, cause, actor," \
	" at, origin) VALUES (" ID ", 'new', 'stopped', 'stop', 'ana', 30, " \
	WITH_TOKEN(id) ")"

const struct trigger_case access_cases[] = {
	/* role_grant_check, role_grant_new */
	FORBID("", NULL, GRANT("ana", "root"), NO_ROLE),
	FORBID("", NULL, GRANT("ana", "viewer Admin"), NO_ROLE),
	FORBID("", NULL, GRANT("ana", "viewer root@app"), NO_ROLE),
	FORBID("", NULL, GRANT("ana", ""), NO_ROLE),
	FORBID("", NULL, GRANT("ana", "viewer@a/b"), "CHECK constraint"),
	FORBID("", NULL, GRANT("", "viewer"), "CHECK constraint"),
	FORBID("", NULL, GRANT("system", "viewer"), "CHECK constraint"),
	FORBID("", GRANT("ana", "viewer"), GRANT("ana", "admin"),
	    "conflict: this person has roles"),
	FORBID("", GRANT("ana", "viewer"), "INSERT OR REPLACE INTO role_grant"
	    " (id, person, roles, granted_at, granted_by)"
	    " VALUES (1, 'bob', 'viewer', 1, 'root')",
	    "conflict: this person has roles"),
	GIVES("", GRANT("ana", "viewer") "; UPDATE role_grant SET"
	    " ended_at = 2, ended_by = 'root'", GRANT("ana", "admin@x viewer"),
	    "SELECT group_concat(roles, ', ') FROM role_grant",
	    "viewer, admin@x viewer"),

	/* role_grant_fixed, role_grant_kept */
	FORBID("", GRANT("ana", "viewer"),
	    "UPDATE role_grant SET roles = 'admin'", GRANT_FIXED),
	FORBID("", GRANT("ana", "viewer"),
	    "UPDATE role_grant SET person = 'eve'", GRANT_FIXED),
	FORBID("", GRANT("ana", "viewer"), "UPDATE role_grant SET rowid = 9",
	    GRANT_FIXED),
	FORBID("", GRANT("ana", "viewer") "; UPDATE role_grant SET"
	    " ended_at = 2, ended_by = 'root'",
	    "UPDATE role_grant SET ended_at = NULL, ended_by = NULL",
	    GRANT_FIXED),
	FORBID("", GRANT("ana", "viewer"), "DELETE FROM role_grant",
	    "conflict: what was granted is kept"),

	/* token_check, token_new */
	FORBID("", NULL, "INSERT INTO token (hash, person, roles, created_at,"
	    " created_by) VALUES (" HASH "1), 'ana', 'owner', 1, 'root')",
	    NO_ROLE),
	FORBID("", NULL, "INSERT INTO token (hash, person, roles, created_at,"
	    " created_by) VALUES ('short', 'ana', 'viewer', 1, 'root')",
	    "CHECK constraint"),
	FORBID("", NULL, GOOD(1, "runner"), "CHECK constraint"),
	FORBID("", NULL, TOKEN(1, "ana", "1, NULL, NULL"), "CHECK constraint"),
	FORBID("", GOOD(1, "ana"), GOOD(1, "eve"),
	    "conflict: the token exists"),
	FORBID("", GOOD(1, "ana"), "INSERT OR REPLACE INTO token (hash,"
	    " person, roles, created_at, created_by) VALUES (" HASH
	    "1), 'eve', 'admin', 1, 'eve')", "conflict: the token exists"),

	/* token_fixed, token_kept */
	FORBID("", GOOD(1, "ana"), "UPDATE token SET roles = 'admin'",
	    TOKEN_FIXED),
	FORBID("", GOOD(1, "ana"), "UPDATE token SET person = 'eve'",
	    TOKEN_FIXED),
	FORBID("", GOOD(1, "ana"), "UPDATE token SET hash = " HASH "7)",
	    TOKEN_FIXED),
	FORBID("", GOOD(1, "ana"), "UPDATE token SET expires_at = NULL",
	    TOKEN_FIXED),
	FORBID("", GOOD(1, "ana"), "UPDATE token SET rowid = 9", TOKEN_FIXED),
	FORBID("", GOOD(1, "ana") "; UPDATE token SET used_at = 9",
	    "UPDATE token SET used_at = 8", TOKEN_FIXED),
	FORBID("", TOKEN(1, "ana", "100, 5, 'root'"),
	    "UPDATE token SET revoked_at = NULL, revoked_by = NULL",
	    TOKEN_FIXED),
	GIVES("", GOOD(1, "ana"),
	    "UPDATE token SET used_at = 9, revoked_at = 9, revoked_by = 'r'",
	    "SELECT used_at || revoked_by FROM token", "9r"),
	FORBID("", GOOD(1, "ana"), "DELETE FROM token",
	    "conflict: tokens are kept"),

	/* login_check, login_new */
	GIVES("", GOOD(1, "ana"), LOGIN(1, 1, 100),
	    "SELECT count(*) FROM login", "1"),
	GIVES("", TOKEN(1, "ana", "NULL, NULL, NULL"), LOGIN(1, 1, 999),
	    "SELECT count(*) FROM login", "1"),
	FORBID("", GOOD(1, "ana"), LOGIN(1, 1, 101), NOT_GOOD),
	FORBID("", GOOD(1, "ana"), LOGIN(1, 2, 50), NOT_GOOD),
	FORBID("", TOKEN(1, "ana", "100, 5, 'root'"), LOGIN(1, 1, 50),
	    NOT_GOOD),
	FORBID("", GOOD(1, "ana"), LOGIN(1, 1, 2), "CHECK constraint"),
	FORBID("", GOOD(1, "ana") ";" LOGIN(1, 1, 50), LOGIN(1, 1, 60),
	    "conflict: the login exists"),
	FORBID("", GOOD(1, "ana") ";" LOGIN(1, 1, 50), "INSERT OR REPLACE INTO"
	    " login (hash, token_id, address, created_at, expires_at)"
	    " VALUES (" HASH "1), 1, '', 2, 60)", "conflict: the login exists"),

	/* login_fixed, login_kept */
	FORBID("", GOOD(1, "ana") ";" LOGIN(1, 1, 50),
	    "UPDATE login SET expires_at = 99", LOGIN_FIXED),
	FORBID("", GOOD(1, "ana") ";" GOOD(2, "eve") ";" LOGIN(1, 1, 50),
	    "UPDATE login SET token_id = 2", LOGIN_FIXED),
	FORBID("", GOOD(1, "ana") ";" LOGIN(1, 1, 50) ";"
	    "UPDATE login SET ended_at = 3",
	    "UPDATE login SET ended_at = NULL", LOGIN_FIXED),
	FORBID("", GOOD(1, "ana") ";" LOGIN(1, 1, 50),
	    "UPDATE login SET rowid = 9", LOGIN_FIXED),
	FORBID("", GOOD(1, "ana") ";" LOGIN(1, 1, 50), "DELETE FROM login",
	    "conflict: logins are kept"),

	/* vote_origin, move_origin: and what is told of them */
	FORBID("nptcg", GOOD(1, "eve"), VOTE_WITH(1), NOT_THEIRS),
	/* also where no move follows */
	FORBID("nptc", GOOD(1, "eve") ";" OPEN("tool", "1", ", quorum",
	    ", '" DIGEST "', 2"), VOTE_WITH(1), NOT_THEIRS),
	FORBID("nptcg", GOOD(1, "ana"), VOTE_WITH(2), NOT_THEIRS),
	GIVES("nptcg", GOOD(1, "ana"), VOTE_WITH(1),
	    "SELECT group_concat(kind || (payload ->> '$.origin.token_id'))"
	    " FROM event WHERE payload ->> '$.origin' IS NOT NULL",
	    "gate_decided1,status_changed1"),
	FORBID("n", GOOD(1, "eve"), MOVE_WITH(1), NOT_THEIRS),
	GIVES("n", GOOD(1, "ana"), MOVE_WITH(1),
	    "SELECT payload ->> '$.origin.token_id' FROM event"
	    " WHERE kind = 'status_changed'", "1"),

	/* request_key_new, request_key_fixed, request_key_kept */
	FORBID("", KEY("k", "9"), KEY("k", "86400008"),
	    "conflict: the key has its answer"),
	GIVES("", KEY("k", "9") ";" KEY("l", "9"), KEY("k", "86400009"),
	    "SELECT count(*) FROM request_key", "3"),
	FORBID("", KEY("k", "9"), "INSERT OR REPLACE INTO request_key"
	    " (id, person, key, digest, status, headers, body, at)"
	    " VALUES (1, 'eve', 'e', " HASH "1), 200, '', '', 9)",
	    "conflict: the key has its answer"),
	FORBID("", NULL, KEY("", "9"), "CHECK constraint"),
	FORBID("", KEY("k", "9"), "UPDATE request_key SET body = ''",
	    "conflict: what was answered never changes"),
	FORBID("", KEY("k", "9") ";" KEY("l", "86400008"),
	    "DELETE FROM request_key WHERE key = 'k'",
	    "conflict: answers are kept for a day"),
	GIVES("", KEY("k", "9") ";" KEY("l", "86400009"),
	    "DELETE FROM request_key WHERE key = 'k'",
	    "SELECT count(*) FROM request_key", "1"),
	{ .given = NULL }
};
