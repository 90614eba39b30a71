-- SPDX-License-Identifier: Apache-2.0
--
-- Who is asking, and what that one may do: sql/auth.c, and the commands that
-- hand out tokens and roles.

-- name: token_find
SELECT hash, person, roles, coalesce(expires_at, 0), revoked_at IS NOT NULL,
	coalesce(used_at, 0), id
FROM token
WHERE id = ?1;

-- name: login_find
SELECT l.hash, t.person, t.roles, l.expires_at,
	l.ended_at IS NOT NULL OR t.revoked_at IS NOT NULL,
	coalesce(t.used_at, 0), t.id
FROM login l
JOIN token t ON t.id = l.token_id
WHERE l.id = ?1;

-- name: role_grant_find
SELECT roles
FROM role_grant
WHERE person = ?1 AND ended_at IS NULL;

-- name: session_app
SELECT app
FROM session
WHERE id = ?1;

-- name: token_insert
INSERT INTO token (hash, person, roles, created_at, created_by, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, nullif(?6, 0));

-- name: token_revoke
UPDATE token
SET revoked_at = ?2, revoked_by = ?3
WHERE id = ?1 AND revoked_at IS NULL;

-- name: token_used
UPDATE token
SET used_at = ?2
WHERE id = ?1 AND revoked_at IS NULL AND coalesce(used_at, 0) <= ?2 - ?3;

-- name: login_insert
INSERT INTO login (hash, token_id, address, created_at, expires_at)
SELECT ?1, id, ?3, ?4, min(?5, coalesce(expires_at, ?5))
FROM token
WHERE id = ?2;

-- name: login_end
UPDATE login
SET ended_at = ?2
WHERE id = ?1 AND ended_at IS NULL;

-- name: role_grant_insert
INSERT INTO role_grant (person, roles, granted_at, granted_by)
VALUES (?1, ?2, ?3, ?4);

-- name: role_grant_end
UPDATE role_grant
SET ended_at = ?2, ended_by = ?3
WHERE person = ?1 AND ended_at IS NULL;

-- name: cli_tokens
-- scan: it lists them all
SELECT id, person, roles, created_at, expires_at, used_at, revoked_at,
	json_object('id', id, 'person', person, 'roles', roles,
		'created_at', replace(datetime(created_at / 1000, 'unixepoch'),
			' ', 'T') || 'Z',
		'created_by', created_by,
		'expires_at', replace(datetime(expires_at / 1000, 'unixepoch'),
			' ', 'T') || 'Z',
		'used_at', replace(datetime(used_at / 1000, 'unixepoch'),
			' ', 'T') || 'Z',
		'revoked_at', replace(datetime(revoked_at / 1000, 'unixepoch'),
			' ', 'T') || 'Z',
		'revoked_by', revoked_by)
FROM token
WHERE ?1 OR revoked_at IS NULL
ORDER BY id;

-- name: cli_roles
-- scan: it lists them all
SELECT person, roles, granted_at, granted_by,
	json_object('person', person, 'roles', roles,
		'granted_at', replace(datetime(granted_at / 1000, 'unixepoch'),
			' ', 'T') || 'Z',
		'granted_by', granted_by)
FROM role_grant
WHERE ended_at IS NULL
ORDER BY person;
