-- SPDX-License-Identifier: Apache-2.0
--
-- Schema 1: who may do what. triggers/access.sql has its promises.

-- What somebody may do who comes with a name that nginx has checked. Other
-- roles are another row; the one before it ends.
CREATE TABLE role_grant (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	person TEXT NOT NULL CHECK (person NOT IN ('', 'system', 'runner')),
	roles TEXT NOT NULL,			-- "viewer approver@incident"
	granted_at INTEGER NOT NULL,
	granted_by TEXT NOT NULL,
	ended_at INTEGER,
	ended_by TEXT,
	CHECK (roles GLOB '[a-z]*' AND roles NOT GLOB '*[^A-Za-z0-9_.@ -]*'),
	CHECK ((ended_at IS NULL) = (ended_by IS NULL))
) STRICT;

CREATE UNIQUE INDEX role_grant_person ON role_grant (person)
	WHERE ended_at IS NULL;

-- A bearer token: stands for a person, with roles of its own. The secret is
-- 256 random bits that only its owner has.
CREATE TABLE token (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
	person TEXT NOT NULL CHECK (person NOT IN ('', 'system', 'runner')),
	roles TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	created_by TEXT NOT NULL,
	expires_at INTEGER CHECK (expires_at > created_at),	-- NULL: never
	revoked_at INTEGER,
	revoked_by TEXT,
	used_at INTEGER,			-- to the minute
	CHECK (roles GLOB '[a-z]*' AND roles NOT GLOB '*[^A-Za-z0-9_.@ -]*'),
	CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
) STRICT;

-- A browser in which somebody has signed in with a token; its secret is the
-- cookie. It ends with its token, at the latest.
CREATE TABLE login (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
	token_id INTEGER NOT NULL REFERENCES token (id),
	address TEXT NOT NULL,			-- from where
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
	ended_at INTEGER			-- signed out
) STRICT;

CREATE INDEX login_token ON login (token_id);

-- The answer to a request that brought an Idempotency-Key: the same key gets
-- it again for a day. Committed with what the request did, or not at all.
CREATE TABLE request_key (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	person TEXT NOT NULL,			-- '': authentication is off
	key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
	digest TEXT NOT NULL CHECK (length(digest) = 64),	-- of the request
	status INTEGER NOT NULL CHECK (status BETWEEN 200 AND 299),
	type TEXT,				-- of the body; NULL: JSON
	headers TEXT NOT NULL,
	body TEXT NOT NULL,
	at INTEGER NOT NULL
) STRICT;

CREATE INDEX request_key_person ON request_key (person, key, at);
CREATE INDEX request_key_at ON request_key (at);
