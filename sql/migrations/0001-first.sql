-- SPDX-License-Identifier: Apache-2.0
--
-- Schema 1. Times are integer milliseconds UTC, passed in by the caller.
-- JSON columns hold valid JSON text. What the columns may hold at any moment,
-- and what follows from a change, is in triggers/.

-- One loaded version of an application; immutable. A session pins the version
-- that it started with, so a new load never changes a running session.
CREATE TABLE app (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	version INTEGER NOT NULL,		-- 1, 2, ... within a name
	digest TEXT NOT NULL,			-- SHA-256 of all that was loaded
	dir TEXT NOT NULL,			-- where its programs live
	config TEXT NOT NULL CHECK (json_valid(config)),
	session_prefix TEXT NOT NULL,
	entry_agent TEXT NOT NULL,
	default_status TEXT NOT NULL,		-- when no terminal tool decided
	escalate_tool TEXT,			-- called when a person escalates
	escalate_status TEXT NOT NULL,		-- and the status that follows
	escalate_team TEXT,			-- default team
	escalation_teams TEXT NOT NULL CHECK (json_valid(escalation_teams)),
	gate_timeout_ms INTEGER NOT NULL CHECK (gate_timeout_ms > 0),
	gate_on_timeout TEXT NOT NULL
		CHECK (gate_on_timeout IN ('timeout', 'reject')),
	gate_quorum INTEGER NOT NULL CHECK (gate_quorum BETWEEN 1 AND 10),
	submitter_may_approve INTEGER NOT NULL
		CHECK (submitter_may_approve IN (0, 1)),
	loaded_at INTEGER NOT NULL,
	-- Sessions that may run at the same time; paused ones do not count.
	session_cap INTEGER NOT NULL GENERATED ALWAYS AS (
		coalesce(config ->> '$.runtime.max_concurrent_sessions', 8))
		STORED,
	-- How long an approved call can still be stopped before it starts.
	grace_ms INTEGER NOT NULL GENERATED ALWAYS AS (CAST(1000 *
		coalesce(config ->> '$.runtime.gateway.grace_seconds', 0)
		AS INTEGER)) STORED,
	-- Who may decide, by tool or risk: each gate asks, and the rest of the
	-- configuration is long.
	approvers TEXT GENERATED ALWAYS AS (
		config -> '$.runtime.gateway.approvers') STORED,
	UNIQUE (name, version)
) STRICT;

-- How many sessions of an application, all versions together, have a status;
-- deleted ones, too. Triggers count, since counting rows takes time.
CREATE TABLE session_count (
	app TEXT NOT NULL,			-- its name
	status TEXT NOT NULL,
	sessions INTEGER NOT NULL DEFAULT 0 CHECK (sessions >= 0),
	PRIMARY KEY (app, status)
) STRICT, WITHOUT ROWID;

CREATE TABLE agent (
	app_id INTEGER NOT NULL REFERENCES app (id),
	name TEXT NOT NULL,
	kind TEXT NOT NULL
		CHECK (kind IN ('responsive', 'supervisor', 'monitor')),
	description TEXT NOT NULL,
	model TEXT,				-- NULL: supervisors by rule, monitors
	prompt TEXT NOT NULL,
	-- ["server:tool"]; "server:*" is whatever a tool_server has.
	tools TEXT NOT NULL CHECK (json_valid(tools)),
	routes TEXT NOT NULL CHECK (json_valid(routes)),
	config TEXT NOT NULL CHECK (json_valid(config)),	-- its config.yaml
	PRIMARY KEY (app_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE tool (
	app_id INTEGER NOT NULL REFERENCES app (id),
	name TEXT NOT NULL,			-- <server>:<tool>
	server TEXT NOT NULL,
	transport TEXT NOT NULL
		CHECK (transport IN ('command', 'session', 'stdio', 'http')),
	category TEXT NOT NULL,
	description TEXT NOT NULL,
	parameters TEXT NOT NULL CHECK (json_valid(parameters)),
	risk TEXT CHECK (risk IN ('low', 'medium', 'high')),
	repeatable INTEGER NOT NULL CHECK (repeatable IN (0, 1)),
	config TEXT NOT NULL CHECK (json_valid(config)),
	present INTEGER NOT NULL DEFAULT 1 CHECK (present IN (0, 1)),
	CHECK (present OR transport IN ('stdio', 'http')),
	PRIMARY KEY (app_id, name)
) STRICT, WITHOUT ROWID;

-- A server that tells by itself which tools it has (MCP). They are rows of
-- tool since it told of them; one that it has no more is not present, and
-- stays, since calls and gates name it.
CREATE TABLE tool_server (
	app_id INTEGER NOT NULL REFERENCES app (id),
	name TEXT NOT NULL,
	transport TEXT NOT NULL CHECK (transport IN ('stdio', 'http')),
	category TEXT NOT NULL,
	config TEXT NOT NULL CHECK (json_valid(config)),
	PRIMARY KEY (app_id, name)
) STRICT, WITHOUT ROWID;

-- How a server does, as a runner that uses it sees it; each writes its own
-- rows and removes them when it uses the server no more. No history.
CREATE TABLE tool_server_state (
	app_id INTEGER NOT NULL,
	server TEXT NOT NULL,
	runner TEXT NOT NULL,
	state TEXT NOT NULL
		CHECK (state IN ('starting', 'available', 'unavailable')),
	reason TEXT,			-- why it is not available
	since INTEGER NOT NULL,		-- that it is in this state
	protocol TEXT,			-- the revision that is spoken
	tries INTEGER NOT NULL,		-- failed ones, since it was available
	PRIMARY KEY (app_id, server, runner),
	FOREIGN KEY (app_id, server) REFERENCES tool_server (app_id, name),
	CHECK ((state = 'unavailable') = (reason IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- A runner, by name: when it started, and that its loop turned not long ago.
-- No history, and nothing depends on it but what people are shown.
CREATE TABLE runner (
	name TEXT PRIMARY KEY CHECK (name <> ''),
	version TEXT NOT NULL,
	-- What keeps programs that it starts from the database and from secrets:
	-- 'landlock', or 'none: why'.
	sandbox TEXT NOT NULL
		CHECK (sandbox = 'landlock' OR sandbox GLOB 'none: ?*'),
	started_at INTEGER NOT NULL,
	seen_at INTEGER NOT NULL,
	-- What it did since it started: models that answered or did not, calls
	-- of programs and tool servers that went well or did not.
	replies INTEGER NOT NULL DEFAULT 0,
	faults INTEGER NOT NULL DEFAULT 0,
	input_tokens INTEGER NOT NULL DEFAULT 0,
	output_tokens INTEGER NOT NULL DEFAULT 0,
	results INTEGER NOT NULL DEFAULT 0,
	errors INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE model (
	app_id INTEGER NOT NULL REFERENCES app (id),
	name TEXT NOT NULL,
	provider TEXT NOT NULL,
	kind TEXT NOT NULL,			-- the provider's kind
	config TEXT NOT NULL CHECK (json_valid(config)),
	PRIMARY KEY (app_id, name)
) STRICT, WITHOUT ROWID;

-- What a session may use before people are asked whether it goes on: all its
-- agents together ('') or one of them.
CREATE TABLE budget (
	app_id INTEGER NOT NULL REFERENCES app (id),
	agent TEXT NOT NULL,
	name TEXT NOT NULL CHECK (name IN ('tokens', 'model_calls',
		'tool_calls', 'wall_time')),
	amount INTEGER NOT NULL			-- wall_time: seconds
		CHECK (amount BETWEEN 1 AND 1000000000000),
	PRIMARY KEY (app_id, agent, name)
) STRICT, WITHOUT ROWID;

-- The state machine, as data. A new app row brings the framework's statuses
-- and moves; a terminal status of the app brings the moves that lead to it.
CREATE TABLE status (
	app_id INTEGER NOT NULL REFERENCES app (id),
	name TEXT NOT NULL,
	terminal INTEGER NOT NULL CHECK (terminal IN (0, 1)),
	kind TEXT NOT NULL,
	PRIMARY KEY (app_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE status_move (
	app_id INTEGER NOT NULL REFERENCES app (id),
	from_status TEXT NOT NULL,
	to_status TEXT NOT NULL,
	PRIMARY KEY (app_id, from_status, to_status)
) STRICT, WITHOUT ROWID;

-- The last number given to a session of a prefix on a day.
CREATE TABLE session_number (
	prefix TEXT NOT NULL,
	day TEXT NOT NULL,			-- YYYYMMDD, UTC
	last INTEGER NOT NULL,
	PRIMARY KEY (prefix, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
	num INTEGER PRIMARY KEY,		-- 1, 2, ... as they are stored
	id TEXT NOT NULL UNIQUE
		CHECK (id GLOB '[A-Za-z]*-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]-[0-9][0-9][0-9]*'
			AND id NOT GLOB '*[^A-Za-z0-9_-]*'),
	app_id INTEGER NOT NULL REFERENCES app (id),
	app TEXT,				-- its name, for session_app
	status TEXT NOT NULL DEFAULT 'new',
	move_id INTEGER NOT NULL DEFAULT 0,	-- the move that set the status
	query TEXT NOT NULL,
	environment TEXT NOT NULL,
	submitter TEXT NOT NULL CHECK (json_valid(submitter)),
	origin TEXT				-- of the request; see vote
		CHECK (origin IS NULL OR json_valid(origin)),
	traceparent TEXT			-- W3C: which trace it is part of
		CHECK (length(traceparent) = 55),
	submitter_id TEXT GENERATED ALWAYS AS (submitter ->> '$.id') STORED,
	agent TEXT,				-- who has, or had, the last turn
	node TEXT NOT NULL,			-- next agent, __end__, __escalate__
	attempt INTEGER NOT NULL DEFAULT 0,	-- retries so far
	dispatch_depth INTEGER NOT NULL DEFAULT 0,
	-- The time from which a runner may take the session; NULL: none may.
	ready_at INTEGER,
	owner TEXT,				-- the runner that holds the lease
	epoch INTEGER NOT NULL DEFAULT 0,	-- +1 at each claim: the fence
	version INTEGER NOT NULL DEFAULT 1,	-- +1 at each change
	input_tokens INTEGER NOT NULL DEFAULT 0,
	output_tokens INTEGER NOT NULL DEFAULT 0,
	parent_session_id TEXT REFERENCES session (id),
	dedup_rationale TEXT,
	findings TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(findings)),
	user_inputs TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(user_inputs)),
	extra_fields TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(extra_fields)),
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	waiting_since INTEGER,			-- NULL: it does not wait
	deleted_at INTEGER,
	deleted_by TEXT,
	deleted_origin TEXT
		CHECK (deleted_origin IS NULL OR json_valid(deleted_origin)),
	CHECK ((ready_at IS NOT NULL) = (status IN ('new', 'in_progress'))),
	CHECK ((waiting_since IS NOT NULL) = (status = 'awaiting_input'))
) STRICT;

CREATE INDEX session_ready ON session (ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX session_owner ON session (owner) WHERE owner IS NOT NULL;

-- What lists walk along, each in the order of creation (num comes by itself
-- at the end of each); sql/queries/list.sql. What is not finished cannot be
-- deleted.
CREATE INDEX session_created ON session (created_at)
	WHERE deleted_at IS NULL;
CREATE INDEX session_unfinished ON session (created_at)
	WHERE ready_at IS NOT NULL OR waiting_since IS NOT NULL;
CREATE INDEX session_status ON session (status, created_at)
	WHERE deleted_at IS NULL;
CREATE INDEX session_app ON session (app, created_at)
	WHERE deleted_at IS NULL;
CREATE INDEX session_environment ON session (environment, created_at)
	WHERE deleted_at IS NULL;
CREATE INDEX session_submitter ON session (submitter_id, created_at)
	WHERE deleted_at IS NULL;
CREATE INDEX session_agent ON session (agent, created_at)
	WHERE agent IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX session_parent ON session (parent_session_id, created_at)
	WHERE parent_session_id IS NOT NULL;
CREATE INDEX session_waiting ON session (waiting_since)
	WHERE waiting_since IS NOT NULL;

-- The words of the queries. The runner adds many at a time, since one by one
-- each would cost its start a commit of FTS5's own; search says how far it is.
CREATE VIRTUAL TABLE session_text USING fts5 (query,
	content = 'session', content_rowid = 'num',
	tokenize = 'unicode61 remove_diacritics 2');

CREATE TABLE search (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	upto INTEGER NOT NULL			-- the last num in session_text
) STRICT;

INSERT INTO search VALUES (1, 0);

-- One status transition; inserting it is the only way to change a status.
CREATE TABLE move (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	session_id TEXT NOT NULL REFERENCES session (id),
	from_status TEXT NOT NULL,
	to_status TEXT NOT NULL,
	cause TEXT NOT NULL CHECK (cause <> ''),
	actor TEXT NOT NULL CHECK (actor <> ''),
	at INTEGER NOT NULL,
	origin TEXT				-- see vote
		CHECK (origin IS NULL OR json_valid(origin)),
	-- To error: may it go well another time? NULL: nobody knows.
	transient INTEGER CHECK (transient IN (0, 1)),
	-- It ends the work of agents: to a status from which a session goes
	-- nowhere by itself, or to what a person's escalation runs. A CASE:
	-- IN with three values builds a table each time.
	finishes INTEGER GENERATED ALWAYS AS (CASE
		WHEN cause = 'escalate' THEN 1 ELSE CASE to_status
		WHEN 'new' THEN 0 WHEN 'in_progress' THEN 0
		WHEN 'awaiting_input' THEN 0 ELSE 1 END END),
	CHECK (transient IS NULL OR to_status = 'error')
) STRICT;

CREATE INDEX move_session ON move (session_id);

-- One turn of one agent ('dispatch': a supervisor that asks a model). Turns of
-- a session are numbered from ((num - 1) << 20) + 1, and its calls, too, so
-- that they lie together: who reads them all finds one place.
CREATE TABLE agent_run (
	id INTEGER PRIMARY KEY,
	session_id TEXT NOT NULL REFERENCES session (id),
	agent TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('responsive', 'dispatch')),
	epoch INTEGER NOT NULL,
	started_at INTEGER NOT NULL,
	ended_at INTEGER,
	outcome TEXT CHECK (outcome IN ('ok', 'failed', 'cancelled')),
	summary TEXT NOT NULL DEFAULT '',
	confidence REAL CHECK (confidence BETWEEN 0 AND 1),
	confidence_rationale TEXT,
	signal TEXT,
	next_node TEXT,
	input_tokens INTEGER NOT NULL DEFAULT 0,
	output_tokens INTEGER NOT NULL DEFAULT 0,
	replies INTEGER NOT NULL DEFAULT 0,	-- of the model
	calls INTEGER NOT NULL DEFAULT 0,	-- of tools, that were started
	waited_ms INTEGER NOT NULL DEFAULT 0,	-- for people
	tries INTEGER NOT NULL DEFAULT 0,	-- failed since the model last answered
	compact INTEGER NOT NULL DEFAULT 0	-- long results are cut: no room
		CHECK (compact IN (0, 1)),
	CHECK ((ended_at IS NULL) = (outcome IS NULL))
) STRICT;

CREATE INDEX agent_run_session ON agent_run (session_id);
CREATE UNIQUE INDEX agent_run_open ON agent_run (session_id)
	WHERE ended_at IS NULL;

-- What the model was sent and what it answered, in order.
CREATE TABLE message (
	id INTEGER PRIMARY KEY,
	session_id TEXT NOT NULL REFERENCES session (id),
	run_id INTEGER NOT NULL REFERENCES agent_run (id),
	role TEXT NOT NULL
		CHECK (role IN ('system', 'user', 'assistant', 'tool')),
	content TEXT NOT NULL,
	tool_calls TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tool_calls)),
	tool_call_id INTEGER REFERENCES tool_call (id),
	input_tokens INTEGER NOT NULL DEFAULT 0,
	output_tokens INTEGER NOT NULL DEFAULT 0,
	at INTEGER NOT NULL,
	CHECK ((role = 'tool') = (tool_call_id IS NOT NULL))
) STRICT;

CREATE INDEX message_run ON message (run_id);
CREATE UNIQUE INDEX message_tool_call ON message (tool_call_id)
	WHERE tool_call_id IS NOT NULL;

-- One logical call; exactly one row, whatever happens to it.
CREATE TABLE tool_call (
	id INTEGER PRIMARY KEY,			-- ((num - 1) << 20) + 1 + ordinal
	session_id TEXT NOT NULL REFERENCES session (id),
	ordinal INTEGER NOT NULL,		-- the public tool_call_id
	run_id INTEGER REFERENCES agent_run (id),	-- NULL: by the framework
	agent TEXT NOT NULL,
	tool TEXT NOT NULL,
	call_key TEXT NOT NULL,			-- the model's name for the call
	args TEXT NOT NULL CHECK (json_valid(args)),
	args_sha256 TEXT NOT NULL CHECK (length(args_sha256) = 64),
	action TEXT NOT NULL CHECK (action IN ('auto', 'notify', 'approve')),
	-- Why people must decide; NULL: need not. 'edited': not known yet.
	gate_reason TEXT,
	risk TEXT NOT NULL CHECK (risk IN ('low', 'medium', 'high')),
	repeatable INTEGER NOT NULL CHECK (repeatable IN (0, 1)),
	status TEXT NOT NULL,
	result TEXT CHECK (result IS NULL OR json_valid(result)),
	is_error INTEGER NOT NULL DEFAULT 0 CHECK (is_error IN (0, 1)),
	attempt INTEGER NOT NULL DEFAULT 0,	-- times started
	epoch INTEGER NOT NULL,			-- of the runner that wrote last
	created_at INTEGER NOT NULL,
	started_at INTEGER,
	ended_at INTEGER,
	approver TEXT,
	approved_at INTEGER,
	approval_rationale TEXT,
	args_original TEXT			-- before people edited them
		CHECK (args_original IS NULL OR json_valid(args_original)),
	UNIQUE (session_id, ordinal),
	CONSTRAINT tool_call_times CHECK (CASE status
		WHEN 'planned' THEN started_at IS NULL AND ended_at IS NULL
		WHEN 'pending_approval' THEN
			started_at IS NULL AND ended_at IS NULL
		WHEN 'approved' THEN (started_at IS NULL) = (ended_at IS NULL)
		WHEN 'executing' THEN
			started_at IS NOT NULL AND ended_at IS NULL
		WHEN 'in_doubt' THEN started_at IS NOT NULL
		WHEN 'executed' THEN
			started_at IS NOT NULL AND ended_at IS NOT NULL
		WHEN 'executed_with_notify' THEN
			started_at IS NOT NULL AND ended_at IS NOT NULL
		WHEN 'rejected' THEN started_at IS NULL AND ended_at IS NOT NULL
		WHEN 'timeout' THEN started_at IS NULL AND ended_at IS NOT NULL
		WHEN 'refused' THEN started_at IS NULL AND ended_at IS NOT NULL
		WHEN 'cancelled' THEN
			started_at IS NULL AND ended_at IS NOT NULL
		ELSE 0 END),
	CONSTRAINT tool_call_result CHECK (result IS NOT NULL
		OR ended_at IS NULL OR status IN ('cancelled', 'in_doubt'))
) STRICT;

CREATE INDEX tool_call_run ON tool_call (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX tool_call_executing ON tool_call (started_at)
	WHERE status = 'executing';

-- The moves that a tool call's status may make, as data.
CREATE TABLE tool_call_move (
	from_status TEXT NOT NULL,
	to_status TEXT NOT NULL,
	PRIMARY KEY (from_status, to_status)
) STRICT, WITHOUT ROWID;

INSERT INTO tool_call_move VALUES
	('planned', 'pending_approval'), ('planned', 'executing'),
	('planned', 'cancelled'),
	('pending_approval', 'planned'), ('pending_approval', 'approved'), ('pending_approval', 'rejected'),
	('pending_approval', 'timeout'), ('pending_approval', 'cancelled'),
	('approved', 'executing'), ('approved', 'cancelled'),
	('executing', 'executed'), ('executing', 'executed_with_notify'),
	('executing', 'approved'), ('executing', 'planned'),
	('executing', 'in_doubt'),
	('in_doubt', 'planned'), ('in_doubt', 'approved'),
	('in_doubt', 'executed'), ('in_doubt', 'executed_with_notify');

-- The vocabulary of the audit log; a later schema adds rows.
CREATE TABLE event_kind (
	kind TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

INSERT INTO event_kind VALUES
	('session.created'), ('session.agent_running'),
	('session.status_changed'), ('session.patched'), ('session.deleted'),
	('agent_started'), ('confidence_emitted'), ('route_decided'),
	('agent_finished'), ('agent_failed'), ('tool_started'), ('tool_invoked'),
	('gate_fired'), ('vote_cast'), ('gate_decided'),
	('gate_changed'), ('status_changed');

-- The audit log. seq is the one number: stream id, cursor, audit position.
CREATE TABLE event (
	seq INTEGER PRIMARY KEY AUTOINCREMENT CHECK (seq > 0),
	session_id TEXT NOT NULL REFERENCES session (id),
	kind TEXT NOT NULL REFERENCES event_kind (kind),
	payload TEXT NOT NULL CHECK (json_valid(payload)),
	ts INTEGER NOT NULL
) STRICT;

CREATE INDEX event_session ON event (session_id, seq);

-- When it was last tried whether this file can be written: GET /ready.
CREATE TABLE written (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	at INTEGER NOT NULL
) STRICT;
