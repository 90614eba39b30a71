-- SPDX-License-Identifier: Apache-2.0
--
-- What an application is, and the state machine that it brings: added by
-- gatehouse load, never changed. A session keeps the version it started with.

-- A new application brings the framework's own states and moves.
CREATE TRIGGER app_states AFTER INSERT ON app
BEGIN
	INSERT INTO status (app_id, name, terminal, kind) VALUES
		(NEW.id, 'new', 0, 'pending'),
		(NEW.id, 'in_progress', 0, 'pending'),
		(NEW.id, 'awaiting_input', 0, 'pending'),
		(NEW.id, 'error', 1, 'failure'),
		(NEW.id, 'stopped', 1, 'failure'),
		(NEW.id, 'duplicate', 1, 'success');
	INSERT INTO status_move (app_id, from_status, to_status) VALUES
		(NEW.id, 'new', 'in_progress'),
		(NEW.id, 'in_progress', 'awaiting_input'),
		(NEW.id, 'awaiting_input', 'in_progress'),
		(NEW.id, 'new', 'error'),
		(NEW.id, 'in_progress', 'error'),
		(NEW.id, 'new', 'duplicate'),
		(NEW.id, 'in_progress', 'duplicate'),
		(NEW.id, 'new', 'stopped'),
		(NEW.id, 'in_progress', 'stopped'),
		(NEW.id, 'awaiting_input', 'stopped'),
		(NEW.id, 'error', 'in_progress'),
		(NEW.id, 'duplicate', 'new');
END;

-- All versions of an application are counted together.
CREATE TRIGGER status_counted AFTER INSERT ON status
BEGIN
	INSERT INTO session_count (app, status)
	SELECT name, NEW.name
	FROM app
	WHERE id = NEW.app_id
	ON CONFLICT DO NOTHING;
END;

-- A terminal status of the application can be reached from every live one.
CREATE TRIGGER status_moves AFTER INSERT ON status
WHEN NEW.terminal AND NEW.name NOT IN ('error', 'stopped', 'duplicate')
BEGIN
	INSERT INTO status_move (app_id, from_status, to_status) VALUES
		(NEW.app_id, 'new', NEW.name),
		(NEW.app_id, 'in_progress', NEW.name),
		(NEW.app_id, 'awaiting_input', NEW.name);
END;

-- I1: the state machine is data, but has no arc that these two do not give it.
CREATE TRIGGER status_move_check BEFORE INSERT ON status_move
WHEN (NEW.from_status, NEW.to_status) NOT IN (VALUES
		('new', 'in_progress'), ('in_progress', 'awaiting_input'),
		('awaiting_input', 'in_progress'), ('error', 'in_progress'),
		('duplicate', 'new'))
	AND (NEW.from_status NOT IN ('new', 'in_progress', 'awaiting_input')
		OR (NEW.from_status, NEW.to_status) IN (VALUES
			('awaiting_input', 'error'),
			('awaiting_input', 'duplicate'))
		OR NOT EXISTS (SELECT 1 FROM status
			WHERE app_id = NEW.app_id AND name = NEW.to_status
				AND terminal))
BEGIN SELECT RAISE(ABORT, 'denied: not a move of the state machine'); END;

-- Nothing that was loaded changes, goes, or is replaced (INSERT OR REPLACE
-- deletes without firing a delete trigger).
CREATE TRIGGER app_fixed BEFORE UPDATE ON app
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded application never changes'); END;
CREATE TRIGGER app_kept BEFORE DELETE ON app
BEGIN SELECT RAISE(ABORT, 'conflict: applications are kept'); END;
CREATE TRIGGER app_new BEFORE INSERT ON app
WHEN EXISTS (SELECT 1 FROM app WHERE id = NEW.id
	OR (name = NEW.name AND version = NEW.version))
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded application never changes'); END;

CREATE TRIGGER agent_fixed BEFORE UPDATE ON agent
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded agent never changes'); END;
CREATE TRIGGER agent_kept BEFORE DELETE ON agent
BEGIN SELECT RAISE(ABORT, 'conflict: agents are kept'); END;
CREATE TRIGGER agent_new BEFORE INSERT ON agent
WHEN EXISTS (SELECT 1 FROM agent
	WHERE app_id = NEW.app_id AND name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded agent never changes'); END;

-- But what a server tells of its tools may change while it runs.
CREATE TRIGGER tool_fixed BEFORE UPDATE ON tool
WHEN OLD.transport NOT IN ('stdio', 'http')
	OR (NEW.app_id, NEW.name, NEW.server, NEW.transport, NEW.category,
		NEW.config)
	IS NOT (OLD.app_id, OLD.name, OLD.server, OLD.transport, OLD.category,
		OLD.config)
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded tool never changes'); END;
CREATE TRIGGER tool_kept BEFORE DELETE ON tool
BEGIN SELECT RAISE(ABORT, 'conflict: tools are kept'); END;
CREATE TRIGGER tool_new BEFORE INSERT ON tool
WHEN EXISTS (SELECT 1 FROM tool
	WHERE app_id = NEW.app_id AND name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded tool never changes'); END;

-- I15: a tool that was told of is one of its server's.
CREATE TRIGGER tool_told BEFORE INSERT ON tool
WHEN NEW.transport IN ('stdio', 'http')
	AND (substr(NEW.name, 1, length(NEW.server) + 1) <> NEW.server || ':'
		OR NOT EXISTS (SELECT 1 FROM tool_server
			WHERE app_id = NEW.app_id AND name = NEW.server
				AND transport = NEW.transport
				AND category = NEW.category))
BEGIN SELECT RAISE(ABORT, 'unknown: no such tool server'); END;

CREATE TRIGGER tool_server_fixed BEFORE UPDATE ON tool_server
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded server never changes'); END;
CREATE TRIGGER tool_server_kept BEFORE DELETE ON tool_server
BEGIN SELECT RAISE(ABORT, 'conflict: tool servers are kept'); END;
CREATE TRIGGER tool_server_new BEFORE INSERT ON tool_server
WHEN EXISTS (SELECT 1 FROM tool_server
	WHERE app_id = NEW.app_id AND name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded server never changes'); END;

CREATE TRIGGER model_fixed BEFORE UPDATE ON model
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded model never changes'); END;
CREATE TRIGGER model_kept BEFORE DELETE ON model
BEGIN SELECT RAISE(ABORT, 'conflict: models are kept'); END;
CREATE TRIGGER model_new BEFORE INSERT ON model
WHEN EXISTS (SELECT 1 FROM model
	WHERE app_id = NEW.app_id AND name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded model never changes'); END;

CREATE TRIGGER budget_fixed BEFORE UPDATE ON budget
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded budget never changes'); END;
CREATE TRIGGER budget_kept BEFORE DELETE ON budget
BEGIN SELECT RAISE(ABORT, 'conflict: budgets are kept'); END;
CREATE TRIGGER budget_new BEFORE INSERT ON budget
WHEN EXISTS (SELECT 1 FROM budget WHERE app_id = NEW.app_id
	AND agent = NEW.agent AND name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded budget never changes'); END;

CREATE TRIGGER status_fixed BEFORE UPDATE ON status
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded status never changes'); END;
CREATE TRIGGER status_kept BEFORE DELETE ON status
BEGIN SELECT RAISE(ABORT, 'conflict: statuses are kept'); END;
CREATE TRIGGER status_new BEFORE INSERT ON status
WHEN EXISTS (SELECT 1 FROM status
	WHERE app_id = NEW.app_id AND name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded status never changes'); END;

CREATE TRIGGER status_move_fixed BEFORE UPDATE ON status_move
BEGIN SELECT RAISE(ABORT, 'conflict: the state machine never changes'); END;
CREATE TRIGGER status_move_kept BEFORE DELETE ON status_move
BEGIN SELECT RAISE(ABORT, 'conflict: the state machine never changes'); END;

-- I9, I10: these tables are the schema's own; a migration changes them.
CREATE TRIGGER tool_call_move_new BEFORE INSERT ON tool_call_move
BEGIN SELECT RAISE(ABORT, 'denied: these rules never change'); END;
CREATE TRIGGER tool_call_move_fixed BEFORE UPDATE ON tool_call_move
BEGIN SELECT RAISE(ABORT, 'denied: these rules never change'); END;
CREATE TRIGGER tool_call_move_kept BEFORE DELETE ON tool_call_move
BEGIN SELECT RAISE(ABORT, 'denied: these rules never change'); END;
CREATE TRIGGER gate_verdict_new BEFORE INSERT ON gate_verdict
BEGIN SELECT RAISE(ABORT, 'denied: these rules never change'); END;
CREATE TRIGGER gate_verdict_fixed BEFORE UPDATE ON gate_verdict
BEGIN SELECT RAISE(ABORT, 'denied: these rules never change'); END;
CREATE TRIGGER gate_verdict_kept BEFORE DELETE ON gate_verdict
BEGIN SELECT RAISE(ABORT, 'denied: these rules never change'); END;
CREATE TRIGGER event_kind_new BEFORE INSERT ON event_kind
BEGIN SELECT RAISE(ABORT, 'denied: these rules never change'); END;
CREATE TRIGGER event_kind_fixed BEFORE UPDATE ON event_kind
BEGIN SELECT RAISE(ABORT, 'denied: these rules never change'); END;
CREATE TRIGGER event_kind_kept BEFORE DELETE ON event_kind
BEGIN SELECT RAISE(ABORT, 'denied: these rules never change'); END;
