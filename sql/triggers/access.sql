-- SPDX-License-Identifier: Apache-2.0
--
-- Who may do what: roles, tokens, and browsers that are signed in.

-- I14: a right is one that exists.
CREATE TRIGGER role_grant_check BEFORE INSERT ON role_grant
BEGIN
	SELECT RAISE(ABORT, 'invalid: roles: no such role')
	FROM json_each('["' || replace(NEW.roles, ' ', '","') || '"]')
	WHERE substr(value, 1, instr(value || '@', '@') - 1) NOT IN (
		'viewer', 'operator', 'approver', 'admin');
END;
CREATE TRIGGER token_check BEFORE INSERT ON token
BEGIN
	SELECT RAISE(ABORT, 'invalid: roles: no such role')
	FROM json_each('["' || replace(NEW.roles, ' ', '","') || '"]')
	WHERE substr(value, 1, instr(value || '@', '@') - 1) NOT IN (
		'viewer', 'operator', 'approver', 'admin');
END;

-- I14: nobody signs in with a token that is over, or for longer than it is
-- good.
CREATE TRIGGER login_check BEFORE INSERT ON login
BEGIN
	SELECT RAISE(ABORT, 'denied: the token is not good for that')
	WHERE NEW.ended_at IS NOT NULL OR NOT EXISTS (
		SELECT 1 FROM token WHERE id = NEW.token_id
			AND revoked_at IS NULL
			AND NEW.expires_at <= coalesce(expires_at,
				NEW.expires_at));
END;

-- I14: whom a secret stands for, and what that one may do, never changes;
-- what is over stays over.
CREATE TRIGGER role_grant_fixed BEFORE UPDATE ON role_grant
WHEN OLD.ended_at IS NOT NULL OR NEW.id <> OLD.id
	OR NEW.person <> OLD.person OR NEW.roles <> OLD.roles
	OR NEW.granted_at <> OLD.granted_at OR NEW.granted_by <> OLD.granted_by
BEGIN SELECT RAISE(ABORT, 'conflict: what was granted never changes'); END;
CREATE TRIGGER token_fixed BEFORE UPDATE ON token
WHEN OLD.revoked_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.hash <> OLD.hash
	OR NEW.person <> OLD.person OR NEW.roles <> OLD.roles
	OR NEW.created_at <> OLD.created_at OR NEW.created_by <> OLD.created_by
	OR NEW.expires_at IS NOT OLD.expires_at OR NEW.used_at < OLD.used_at
BEGIN SELECT RAISE(ABORT, 'conflict: what a token is never changes'); END;
CREATE TRIGGER login_fixed BEFORE UPDATE ON login
WHEN OLD.ended_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.hash <> OLD.hash
	OR NEW.token_id <> OLD.token_id OR NEW.address <> OLD.address
	OR NEW.created_at <> OLD.created_at OR NEW.expires_at <> OLD.expires_at
BEGIN SELECT RAISE(ABORT, 'conflict: how somebody signed in never changes'); END;

-- I14: and nothing of it is lost. (INSERT OR REPLACE would delete without
-- firing a delete trigger.)
CREATE TRIGGER role_grant_new BEFORE INSERT ON role_grant
WHEN EXISTS (SELECT 1 FROM role_grant WHERE id = NEW.id)
	OR EXISTS (SELECT 1 FROM role_grant
		WHERE person = NEW.person AND ended_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'conflict: this person has roles'); END;
CREATE TRIGGER token_new BEFORE INSERT ON token
WHEN EXISTS (SELECT 1 FROM token WHERE id = NEW.id)
	OR EXISTS (SELECT 1 FROM token WHERE hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'conflict: the token exists'); END;
CREATE TRIGGER login_new BEFORE INSERT ON login
WHEN EXISTS (SELECT 1 FROM login WHERE id = NEW.id)
	OR EXISTS (SELECT 1 FROM login WHERE hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'conflict: the login exists'); END;
CREATE TRIGGER role_grant_kept BEFORE DELETE ON role_grant
BEGIN SELECT RAISE(ABORT, 'conflict: what was granted is kept'); END;
CREATE TRIGGER token_kept BEFORE DELETE ON token
BEGIN SELECT RAISE(ABORT, 'conflict: tokens are kept'); END;
CREATE TRIGGER login_kept BEFORE DELETE ON login
BEGIN SELECT RAISE(ABORT, 'conflict: logins are kept'); END;

-- I14: who acts with a token is the one whom it stands for.
CREATE TRIGGER vote_origin BEFORE INSERT ON vote
WHEN NEW.origin ->> '$.token_id' IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'denied: the token is not this person''s')
	WHERE NOT EXISTS (
		SELECT 1 FROM token WHERE id = NEW.origin ->> '$.token_id'
			AND person = NEW.actor);
END;
CREATE TRIGGER move_origin BEFORE INSERT ON move
WHEN NEW.origin ->> '$.token_id' IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'denied: the token is not this person''s')
	WHERE NOT EXISTS (
		SELECT 1 FROM token WHERE id = NEW.origin ->> '$.token_id'
			AND person = NEW.actor);
END;

-- I17: a key stands for one answer, for a day, and the answer never changes.
CREATE TRIGGER request_key_new BEFORE INSERT ON request_key
WHEN EXISTS (SELECT 1 FROM request_key WHERE id = NEW.id)
	OR EXISTS (SELECT 1 FROM request_key
		WHERE person = NEW.person AND key = NEW.key
			AND at > NEW.at - 86400000)
BEGIN SELECT RAISE(ABORT, 'conflict: the key has its answer'); END;
CREATE TRIGGER request_key_fixed BEFORE UPDATE ON request_key
BEGIN SELECT RAISE(ABORT, 'conflict: what was answered never changes'); END;
CREATE TRIGGER request_key_kept BEFORE DELETE ON request_key
WHEN NOT EXISTS (
	SELECT 1 FROM request_key WHERE at >= OLD.at + 86400000)
BEGIN SELECT RAISE(ABORT, 'conflict: answers are kept for a day'); END;
