-- SPDX-License-Identifier: Apache-2.0
--
-- Schema 1: what people are asked, and what they say.

-- The verdicts that a kind of gate knows.
CREATE TABLE gate_verdict (
	kind TEXT NOT NULL,
	verdict TEXT NOT NULL,
	PRIMARY KEY (kind, verdict)
) STRICT, WITHOUT ROWID;

INSERT INTO gate_verdict VALUES
	('tool', 'approve'), ('tool', 'reject'), ('tool', 'timeout'),
	('tool', 'edit'), ('tool', 'respond'), ('tool', 'escalate'),
	('confidence', 'resume_with_input'), ('confidence', 'escalate'),
	('confidence', 'stop'),
	('in_doubt', 'run_again'), ('in_doubt', 'done'), ('in_doubt', 'fail'),
	('budget', 'raise'), ('budget', 'finish'), ('budget', 'stop');

-- One question to people.
CREATE TABLE gate (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	session_id TEXT NOT NULL REFERENCES session (id),
	kind TEXT NOT NULL
		CHECK (kind IN ('tool', 'confidence', 'in_doubt', 'budget')),
	reason TEXT NOT NULL,
	question TEXT NOT NULL,			-- one sentence, made from fields
	detail TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(detail)),
	tool_call_id INTEGER REFERENCES tool_call (id),
	args_sha256 TEXT,			-- the digest that is decided upon
	opened_at INTEGER NOT NULL,
	deadline INTEGER,			-- NULL: waits for ever
	on_timeout TEXT NOT NULL DEFAULT 'timeout'
		CHECK (on_timeout IN ('timeout', 'reject')),
	quorum INTEGER NOT NULL DEFAULT 1 CHECK (quorum BETWEEN 1 AND 10),
	submitter_may_approve INTEGER NOT NULL DEFAULT 1
		CHECK (submitter_may_approve IN (0, 1)),
	-- Roles and people that may decide; none: everybody.
	approvers TEXT NOT NULL DEFAULT '[]'
		CHECK (json_type(approvers) = 'array'),
	assignee TEXT CHECK (assignee <> ''),	-- who is asked to look
	version INTEGER NOT NULL DEFAULT 1,	-- +1 at each vote and change
	decision TEXT,				-- a verdict, or 'cancelled'
	decided_at INTEGER,
	decided_by TEXT,
	rationale TEXT,
	CHECK ((kind IN ('confidence', 'budget')) = (tool_call_id IS NULL)),
	CHECK (kind = 'tool' OR deadline IS NULL),	-- nobody else times out
	CHECK ((tool_call_id IS NULL) = (args_sha256 IS NULL)),
	CHECK ((decision IS NULL) = (decided_at IS NULL)),
	CHECK ((decision IS NULL) = (decided_by IS NULL))
) STRICT;

CREATE INDEX gate_open ON gate (opened_at, id, kind) WHERE decision IS NULL;
-- What never expires comes last.
CREATE INDEX gate_due ON gate (coalesce(deadline, 9223372036854775807))
	WHERE decision IS NULL;
CREATE INDEX gate_assignee ON gate (assignee, opened_at)
	WHERE decision IS NULL AND assignee IS NOT NULL;
CREATE INDEX gate_session ON gate (session_id);
CREATE INDEX gate_tool_call ON gate (tool_call_id)
	WHERE tool_call_id IS NOT NULL;
CREATE UNIQUE INDEX gate_session_open ON gate (session_id, tool_call_id)
	WHERE decision IS NULL;

-- One person's verdict on one gate.
CREATE TABLE vote (
	id INTEGER PRIMARY KEY,
	gate_id INTEGER NOT NULL REFERENCES gate (id),
	gate_version INTEGER,			-- what the voter saw; NULL: any
	verdict TEXT NOT NULL,
	actor TEXT NOT NULL CHECK (actor <> ''),
	said TEXT,				-- who the client said it was
	-- How the actor is known, and from where: {"via","token_id",
	-- "address"}. NULL: a program, or a shell.
	origin TEXT CHECK (origin IS NULL OR json_valid(origin)),
	rationale TEXT,
	input TEXT,				-- resume_with_input: the text
	team TEXT,				-- escalate: to whom
	roles TEXT,				-- the actor's, with blanks between
	args TEXT				-- edit: what is to run instead
		CHECK (args IS NULL OR json_type(args) = 'object'),
	args_sha256 TEXT CHECK (length(args_sha256) = 64),
	-- raise: by so much; NULL: by the budget's own amount
	amount INTEGER CHECK (amount BETWEEN 1 AND 1000000000000),
	at INTEGER NOT NULL,
	CHECK (amount IS NULL OR verdict = 'raise'),
	UNIQUE (gate_id, actor)
) STRICT;

-- What people change about an open gate: who is asked to look at it, and
-- until when it waits.
CREATE TABLE gate_change (
	id INTEGER PRIMARY KEY,
	gate_id INTEGER NOT NULL REFERENCES gate (id),
	gate_version INTEGER,			-- what they saw; NULL: any
	actor TEXT NOT NULL CHECK (actor <> ''),
	origin TEXT CHECK (origin IS NULL OR json_valid(origin)),
	assigns INTEGER NOT NULL CHECK (assigns IN (0, 1)),
	assignee TEXT CHECK (assignee <> ''),	-- NULL: nobody
	deadline INTEGER,			-- NULL: as it was
	rationale TEXT,
	at INTEGER NOT NULL,
	CHECK (assigns OR assignee IS NULL),
	CHECK (assigns OR deadline IS NOT NULL)
) STRICT;

CREATE INDEX gate_change_gate ON gate_change (gate_id);

-- Somebody said that a session is no duplicate after all; it runs then.
CREATE TABLE retraction (
	id INTEGER PRIMARY KEY,
	session_id TEXT NOT NULL REFERENCES session (id),
	original_id TEXT,			-- what it was a duplicate of
	actor TEXT NOT NULL CHECK (actor <> ''),
	origin TEXT CHECK (origin IS NULL OR json_valid(origin)),
	note TEXT CHECK (length(note) <= 2000),
	at INTEGER NOT NULL
) STRICT;

CREATE INDEX retraction_session ON retraction (session_id);
