-- SPDX-License-Identifier: Apache-2.0
--
-- The promises of the database (ARCHITECTURE.md, invariants I1 to I13). They
-- hold for our programs and for a stock sqlite3 shell alike. Re-created whole
-- at each migration. Rules:
--  * only RAISE(ABORT): ROLLBACK and FAIL would take along the neighbours'
--    work under group commit;
--  * a message starts with a word that db.c maps to a code: "conflict",
--    "invalid", "denied" or "unknown";
--  * no trigger depends on recursive_triggers.

---------------------------------------------------------------- definitions

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

-- A terminal status of the application can be reached from every live one.
CREATE TRIGGER status_moves AFTER INSERT ON status
WHEN NEW.terminal AND NEW.name NOT IN ('error', 'stopped', 'duplicate')
BEGIN
	INSERT INTO status_move (app_id, from_status, to_status) VALUES
		(NEW.app_id, 'new', NEW.name),
		(NEW.app_id, 'in_progress', NEW.name),
		(NEW.app_id, 'awaiting_input', NEW.name);
END;

-- A session keeps the version it started with: what is loaded stays as it is.
CREATE TRIGGER app_fixed BEFORE UPDATE ON app
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded application never changes'); END;
CREATE TRIGGER agent_fixed BEFORE UPDATE ON agent
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded agent never changes'); END;
CREATE TRIGGER tool_fixed BEFORE UPDATE ON tool
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded tool never changes'); END;
CREATE TRIGGER model_fixed BEFORE UPDATE ON model
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded model never changes'); END;
CREATE TRIGGER status_fixed BEFORE UPDATE ON status
BEGIN SELECT RAISE(ABORT, 'conflict: a loaded status never changes'); END;

------------------------------------------------------------------- sessions

CREATE TRIGGER session_check BEFORE INSERT ON session
WHEN NEW.status <> 'new' OR NEW.move_id <> 0 OR NEW.epoch <> 0
	OR NEW.version <> 1 OR NEW.owner IS NOT NULL
	OR NEW.deleted_at IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'invalid: a session starts as new');
END;

CREATE TRIGGER session_created AFTER INSERT ON session
BEGIN
	INSERT INTO event (session_id, kind, payload, ts)
	VALUES (NEW.id, 'session.created', json_object('id', NEW.id,
		'status', 'new', 'label', substr(NEW.query, 1, 200)),
		NEW.created_at);
END;

-- I1: the status changes only because a move row, not yet applied, says so.
CREATE TRIGGER session_status BEFORE UPDATE OF status, move_id ON session
WHEN NEW.status <> OLD.status OR NEW.move_id <> OLD.move_id
BEGIN
	SELECT RAISE(ABORT, 'conflict: a status changes only through a move')
	WHERE NOT EXISTS (
		SELECT 1 FROM move
		WHERE id = NEW.move_id AND id > OLD.move_id
			AND session_id = NEW.id AND from_status = OLD.status
			AND to_status = NEW.status);
END;

-- I12: a lease is fenced by an epoch that only grows.
CREATE TRIGGER session_epoch BEFORE UPDATE OF epoch, version ON session
WHEN NEW.epoch < OLD.epoch OR NEW.version < OLD.version
BEGIN
	SELECT RAISE(ABORT, 'conflict: epoch and version only grow');
END;

-- I11 rests on the submitter, every report on the rest.
CREATE TRIGGER session_fixed
BEFORE UPDATE OF id, app_id, query, environment, submitter, created_at
ON session
BEGIN
	SELECT RAISE(ABORT, 'conflict: how a session began never changes');
END;

-- I6: only a finished session is deleted, and deletion is for good.
CREATE TRIGGER session_delete BEFORE UPDATE OF deleted_at ON session
BEGIN
	SELECT RAISE(ABORT, 'conflict: only a finished session can be deleted')
	WHERE NEW.deleted_at IS NULL OR OLD.deleted_at IS NOT NULL
		OR NOT EXISTS (
			SELECT 1 FROM status
			WHERE app_id = OLD.app_id AND name = OLD.status
				AND terminal);
END;

CREATE TRIGGER session_deleted AFTER UPDATE OF deleted_at ON session
BEGIN
	INSERT INTO event (session_id, kind, payload, ts)
	VALUES (NEW.id, 'session.deleted', json_object('id', NEW.id),
		NEW.deleted_at);
END;

---------------------------------------------------------------------- moves

-- I1, I2, I3: along status_move only; a session waits only at an open gate
-- and leaves only when the last one is decided.
CREATE TRIGGER move_check BEFORE INSERT ON move
BEGIN
	SELECT CASE
	WHEN NOT EXISTS (SELECT 1 FROM session WHERE id = NEW.session_id)
		THEN RAISE(ABORT, 'unknown: no such session')
	WHEN NOT EXISTS (SELECT 1 FROM session
			WHERE id = NEW.session_id AND status = NEW.from_status)
		THEN RAISE(ABORT, 'conflict: the session has another status')
	WHEN NOT EXISTS (SELECT 1 FROM session s JOIN status_move m
			ON m.app_id = s.app_id AND m.from_status = s.status
			WHERE s.id = NEW.session_id
			AND m.to_status = NEW.to_status
			AND s.deleted_at IS NULL)
		THEN RAISE(ABORT, 'conflict: no such status move')
	WHEN NEW.to_status = 'awaiting_input' AND NOT EXISTS (
			SELECT 1 FROM gate WHERE session_id = NEW.session_id
			AND decision IS NULL)
		THEN RAISE(ABORT, 'conflict: no gate is open')
	WHEN NEW.from_status = 'awaiting_input'
			AND NEW.to_status = 'in_progress' AND EXISTS (
			SELECT 1 FROM gate WHERE session_id = NEW.session_id
			AND decision IS NULL)
		THEN RAISE(ABORT, 'conflict: a gate is still open')
	END;
END;

-- I1, I5, I7, I12: the move is applied, what it ends is closed, and its two
-- events are written, all in the statement that inserted it.
CREATE TRIGGER move_apply AFTER INSERT ON move
BEGIN
	UPDATE session
	SET status = NEW.to_status,
		move_id = NEW.id,
		version = version + 1,
		updated_at = NEW.at,
		-- A claim keeps its lease; who comes back is ready at once.
		ready_at = CASE
			WHEN NEW.to_status NOT IN ('new', 'in_progress') THEN NULL
			WHEN NEW.from_status = 'new' THEN ready_at
			ELSE NEW.at END,
		owner = CASE
			WHEN NEW.to_status = 'in_progress'
				AND NEW.from_status = 'new' THEN owner END
	WHERE id = NEW.session_id;
	UPDATE gate
	SET decision = 'cancelled', decided_at = NEW.at, decided_by = NEW.actor
	WHERE session_id = NEW.session_id AND decision IS NULL
		AND NEW.to_status NOT IN ('new', 'in_progress', 'awaiting_input');
	UPDATE tool_call
	SET status = 'cancelled', ended_at = NEW.at
	WHERE session_id = NEW.session_id AND ended_at IS NULL
		AND status IN ('planned', 'approved')
		AND NEW.to_status NOT IN ('new', 'in_progress', 'awaiting_input');
	UPDATE agent_run
	SET outcome = 'cancelled', ended_at = NEW.at
	WHERE session_id = NEW.session_id AND ended_at IS NULL
		AND NEW.to_status NOT IN ('new', 'in_progress', 'awaiting_input');
	INSERT INTO event (session_id, kind, payload, ts) VALUES
		(NEW.session_id, 'status_changed', json_object(
			'from', NEW.from_status, 'to', NEW.to_status,
			'cause', NEW.cause, 'actor', NEW.actor), NEW.at),
		(NEW.session_id, 'session.status_changed', json_object(
			'id', NEW.session_id, 'status', NEW.to_status,
			'from', NEW.from_status, 'to', NEW.to_status,
			'cause', NEW.cause), NEW.at);
	INSERT INTO event (session_id, kind, payload, ts)
	SELECT NEW.session_id, 'session.agent_running',
		json_object('id', NEW.session_id, 'agent', NULL), NEW.at
	WHERE NEW.to_status NOT IN ('new', 'in_progress', 'awaiting_input');
END;

CREATE TRIGGER move_fixed BEFORE UPDATE ON move
BEGIN SELECT RAISE(ABORT, 'conflict: a move never changes'); END;

---------------------------------------------------------------------- turns

-- I12: only the runner that holds the lease starts turns.
CREATE TRIGGER agent_run_check BEFORE INSERT ON agent_run
WHEN NEW.ended_at IS NOT NULL OR NOT EXISTS (
	SELECT 1 FROM session WHERE id = NEW.session_id
		AND status = 'in_progress' AND epoch = NEW.epoch)
BEGIN
	SELECT RAISE(ABORT, 'conflict: the lease of the session was lost');
END;

CREATE TRIGGER agent_run_started AFTER INSERT ON agent_run
WHEN NEW.kind = 'responsive'
BEGIN
	INSERT INTO event (session_id, kind, payload, ts) VALUES
		(NEW.session_id, 'agent_started', json_object(
			'agent', NEW.agent, 'started_at', strftime(
			'%Y-%m-%dT%H:%M:%SZ', NEW.started_at / 1000,
			'unixepoch')), NEW.started_at),
		(NEW.session_id, 'session.agent_running', json_object(
			'id', NEW.session_id, 'agent', NEW.agent),
			NEW.started_at);
END;

CREATE TRIGGER agent_run_fixed BEFORE UPDATE ON agent_run
WHEN OLD.ended_at IS NOT NULL OR NEW.session_id <> OLD.session_id
	OR NEW.agent <> OLD.agent OR NEW.started_at <> OLD.started_at
BEGIN
	SELECT RAISE(ABORT, 'conflict: a finished turn never changes');
END;

CREATE TRIGGER agent_run_ended AFTER UPDATE OF ended_at ON agent_run
WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
	AND NEW.outcome = 'ok' AND NEW.kind = 'responsive'
BEGIN
	INSERT INTO event (session_id, kind, payload, ts) VALUES
		(NEW.session_id, 'confidence_emitted', json_object(
			'agent', NEW.agent, 'value', NEW.confidence,
			'rationale', coalesce(NEW.confidence_rationale, ''),
			'signal', NEW.signal), NEW.ended_at),
		(NEW.session_id, 'route_decided', json_object(
			'agent', NEW.agent,
			'signal', coalesce(NEW.signal, 'default'),
			'next_node', NEW.next_node), NEW.ended_at),
		(NEW.session_id, 'agent_finished', json_object(
			'agent', NEW.agent,
			'input_tokens', NEW.input_tokens,
			'output_tokens', NEW.output_tokens,
			'total_tokens', NEW.input_tokens + NEW.output_tokens),
			NEW.ended_at);
END;

-- Tokens are counted where they are journalled, once.
CREATE TRIGGER message_tokens AFTER INSERT ON message
WHEN NEW.role = 'assistant'
BEGIN
	UPDATE agent_run
	SET input_tokens = input_tokens + NEW.input_tokens,
		output_tokens = output_tokens + NEW.output_tokens
	WHERE id = NEW.run_id;
	UPDATE session
	SET input_tokens = input_tokens + NEW.input_tokens,
		output_tokens = output_tokens + NEW.output_tokens,
		version = version + 1,
		updated_at = NEW.at
	WHERE id = NEW.session_id;
END;

CREATE TRIGGER message_fixed BEFORE UPDATE ON message
BEGIN SELECT RAISE(ABORT, 'conflict: a message never changes'); END;

----------------------------------------------------------------- tool calls

-- I12, I13: a call is planned (or refused unrun), once, under the lease.
CREATE TRIGGER tool_call_check BEFORE INSERT ON tool_call
BEGIN
	SELECT CASE
	WHEN NEW.status NOT IN ('planned', 'refused')
		OR NEW.started_at IS NOT NULL
		OR (NEW.status = 'refused') <> (NEW.ended_at IS NOT NULL)
		THEN RAISE(ABORT, 'invalid: a tool call starts as planned')
	WHEN NOT EXISTS (SELECT 1 FROM session WHERE id = NEW.session_id
			AND status = 'in_progress' AND epoch = NEW.epoch)
		THEN RAISE(ABORT, 'conflict: the lease of the session was lost')
	END;
END;

-- I9: what was approved is what runs.
CREATE TRIGGER tool_call_fixed
BEFORE UPDATE OF id, session_id, ordinal, run_id, agent, tool, call_key, args,
	args_sha256, action, gate_reason, risk, repeatable, created_at
ON tool_call
BEGIN
	SELECT RAISE(ABORT, 'conflict: the terms of a tool call never change');
END;

-- I13: one outcome per call, for good.
CREATE TRIGGER tool_call_over BEFORE UPDATE ON tool_call
WHEN OLD.ended_at IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'conflict: a finished tool call never changes');
END;

-- I9, I12, I13: a call moves along tool_call_move; people's states only with
-- its gate; it starts only when nobody must be asked any more, with the
-- digest that was approved, under the lease.
CREATE TRIGGER tool_call_status BEFORE UPDATE OF status ON tool_call
WHEN NEW.status <> OLD.status
BEGIN
	SELECT CASE
	WHEN NOT EXISTS (SELECT 1 FROM tool_call_move
			WHERE from_status = OLD.status
			AND to_status = NEW.status)
		THEN RAISE(ABORT, 'conflict: no such move of a tool call')
	WHEN NEW.status = 'pending_approval' AND NOT EXISTS (
			SELECT 1 FROM gate WHERE tool_call_id = NEW.id
			AND kind = 'tool' AND decision IS NULL)
		THEN RAISE(ABORT, 'conflict: no gate is open for the call')
	WHEN OLD.status = 'pending_approval' AND NOT EXISTS (
			SELECT 1 FROM gate WHERE tool_call_id = NEW.id
			AND kind = 'tool'
			AND (decision, NEW.status) IN (VALUES
				('approve', 'approved'), ('reject', 'rejected'),
				('timeout', 'timeout'), ('timeout', 'rejected'),
				('cancelled', 'cancelled')))
		THEN RAISE(ABORT, 'conflict: its gate did not decide so')
	WHEN OLD.status = 'in_doubt' AND NOT EXISTS (
			SELECT 1 FROM gate WHERE tool_call_id = NEW.id
			AND kind = 'in_doubt'
			AND decision IN ('run_again', 'done', 'fail'))
		THEN RAISE(ABORT, 'conflict: its gate did not decide so')
	WHEN OLD.status = 'in_doubt' AND EXISTS (
			SELECT 1 FROM gate WHERE tool_call_id = NEW.id
			AND decision IS NULL)
		THEN RAISE(ABORT, 'conflict: its gate did not decide so')
	WHEN NEW.status = 'executing' AND OLD.status = 'planned'
			AND NEW.gate_reason IS NOT NULL
		THEN RAISE(ABORT, 'denied: the call needs an approval')
	WHEN NEW.status = 'executing' AND OLD.status = 'approved'
			AND NOT EXISTS (SELECT 1 FROM gate
				WHERE tool_call_id = NEW.id AND kind = 'tool'
				AND decision = 'approve'
				AND args_sha256 = NEW.args_sha256)
		THEN RAISE(ABORT, 'denied: these arguments were not approved')
	WHEN NEW.status = 'executing' AND NOT EXISTS (
			SELECT 1 FROM session WHERE id = NEW.session_id
			AND status = 'in_progress' AND epoch = NEW.epoch)
		THEN RAISE(ABORT, 'conflict: the lease of the session was lost')
	WHEN OLD.status = 'executing' AND NEW.status = 'planned'
			AND NOT NEW.repeatable
		THEN RAISE(ABORT, 'denied: the call may have run already')
	END;
END;

-- I13: the outcome is told once, to the audit log and to the model.
CREATE TRIGGER tool_call_ended AFTER UPDATE OF ended_at ON tool_call
WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
	AND NEW.status NOT IN ('cancelled', 'in_doubt')
BEGIN
	INSERT INTO event (session_id, kind, payload, ts)
	VALUES (NEW.session_id, 'tool_invoked', json_object(
		'tool_call_id', CAST(NEW.ordinal AS TEXT),
		'tool', NEW.tool, 'agent', NEW.agent,
		'args', CASE WHEN length(NEW.args) <= 4096
			THEN json(NEW.args)
			ELSE json_object('_truncated', json('true'),
				'preview', substr(NEW.args, 1, 4096)) END,
		'result_kind', CASE json_type(NEW.result)
			WHEN 'object' THEN 'dict' WHEN 'array' THEN 'list'
			WHEN 'text' THEN 'str' WHEN 'integer' THEN 'int'
			WHEN 'real' THEN 'float' WHEN 'true' THEN 'bool'
			WHEN 'false' THEN 'bool' ELSE 'NoneType' END,
		'is_error', json(CASE WHEN NEW.is_error THEN 'true'
			ELSE 'false' END),
		'latency_ms', round(coalesce(
			NEW.ended_at - NEW.started_at, 0), 3),
		'risk', NEW.risk, 'status', NEW.status), NEW.ended_at);
	INSERT INTO message (session_id, run_id, role, content, tool_call_id, at)
	SELECT NEW.session_id, NEW.run_id, 'tool', NEW.result, NEW.id,
		NEW.ended_at
	WHERE NEW.run_id IS NOT NULL;
END;

CREATE TRIGGER tool_call_refused AFTER INSERT ON tool_call
WHEN NEW.status = 'refused' AND NEW.run_id IS NOT NULL
BEGIN
	INSERT INTO message (session_id, run_id, role, content, tool_call_id, at)
	VALUES (NEW.session_id, NEW.run_id, 'tool', NEW.result, NEW.id,
		NEW.ended_at);
END;

---------------------------------------------------------------------- gates

-- I6, I9, I11: a gate opens on a live session only, for a call that is its
-- session's own and still unrun (or in doubt), under the app's terms.
CREATE TRIGGER gate_check BEFORE INSERT ON gate
BEGIN
	SELECT CASE
	WHEN NEW.decision IS NOT NULL OR NEW.version <> 1
		THEN RAISE(ABORT, 'invalid: a gate starts open')
	WHEN NOT EXISTS (SELECT 1 FROM session WHERE id = NEW.session_id
			AND status IN ('in_progress', 'awaiting_input')
			AND deleted_at IS NULL)
		THEN RAISE(ABORT, 'conflict: the session does not run')
	WHEN NEW.kind <> 'confidence' AND NOT EXISTS (
			SELECT 1 FROM tool_call WHERE id = NEW.tool_call_id
			AND session_id = NEW.session_id
			AND args_sha256 = NEW.args_sha256
			AND status = CASE NEW.kind WHEN 'tool' THEN 'planned'
				ELSE 'executing' END)
		THEN RAISE(ABORT, 'invalid: the gate fits no tool call')
	WHEN NEW.kind = 'tool' AND NOT EXISTS (
			SELECT 1 FROM session s JOIN app a ON a.id = s.app_id
			WHERE s.id = NEW.session_id
			AND a.gate_quorum <= NEW.quorum
			AND a.submitter_may_approve
				>= NEW.submitter_may_approve)
		THEN RAISE(ABORT, 'denied: the application asks for more')
	END;
END;

-- I2, I7: opening a gate binds its call, tells the audit log, and makes the
-- session wait, in this one statement.
CREATE TRIGGER gate_opened AFTER INSERT ON gate
BEGIN
	UPDATE tool_call
	SET status = CASE NEW.kind WHEN 'tool' THEN 'pending_approval'
		ELSE 'in_doubt' END
	WHERE id = NEW.tool_call_id;
	INSERT INTO event (session_id, kind, payload, ts)
	SELECT NEW.session_id, 'gate_fired', json_object(
		'gate_id', 'g' || NEW.id, 'kind', NEW.kind,
		'tool', c.tool,
		'agent', coalesce(c.agent, NEW.detail ->> 'upstream_agent'),
		'reason', NEW.reason,
		'tool_call_id', CAST(c.ordinal AS TEXT),
		'args', CASE WHEN coalesce(length(c.args), 0) <= 4096
			THEN json(c.args)
			ELSE json_object('_truncated', json('true'),
				'preview', substr(c.args, 1, 4096)) END,
		'risk', c.risk, 'environment', s.environment), NEW.opened_at
	FROM session s LEFT JOIN tool_call c ON c.id = NEW.tool_call_id
	WHERE s.id = NEW.session_id;
	INSERT INTO move (session_id, from_status, to_status, cause, actor, at)
	SELECT id, status, 'awaiting_input', 'gate_paused', 'runner',
		NEW.opened_at
	FROM session
	WHERE id = NEW.session_id AND status = 'in_progress';
END;

-- I4, I5, I10: a gate is decided once, by its votes or by the session's end.
CREATE TRIGGER gate_fixed BEFORE UPDATE ON gate
BEGIN
	SELECT CASE
	WHEN OLD.decision IS NOT NULL
		THEN RAISE(ABORT, 'conflict: the gate is already decided')
	WHEN NEW.id <> OLD.id OR NEW.session_id <> OLD.session_id
			OR NEW.kind <> OLD.kind OR NEW.quorum <> OLD.quorum
			OR NEW.tool_call_id IS NOT OLD.tool_call_id
			OR NEW.args_sha256 IS NOT OLD.args_sha256
			OR NEW.submitter_may_approve
				<> OLD.submitter_may_approve
			OR NEW.deadline IS NOT OLD.deadline
			OR NEW.on_timeout <> OLD.on_timeout
			OR NEW.opened_at <> OLD.opened_at
			OR NEW.detail <> OLD.detail
			OR NEW.version < OLD.version
		THEN RAISE(ABORT, 'conflict: the terms of a gate never change')
	WHEN NEW.decision = 'cancelled' AND EXISTS (
			SELECT 1 FROM session WHERE id = NEW.session_id
			AND status IN ('new', 'in_progress', 'awaiting_input'))
		THEN RAISE(ABORT, 'conflict: only the end of the session cancels')
	WHEN NEW.decision = 'approve' AND NEW.quorum > (
			SELECT count(*) FROM vote WHERE gate_id = NEW.id
			AND verdict = 'approve')
		THEN RAISE(ABORT, 'denied: the quorum is not reached')
	WHEN NEW.decision <> 'cancelled' AND NOT EXISTS (
			SELECT 1 FROM vote WHERE gate_id = NEW.id
			AND verdict = NEW.decision AND actor = NEW.decided_by)
		THEN RAISE(ABORT, 'denied: nobody voted so')
	END;
END;

-- I5, I9: the decision is told and its call follows, in this one statement.
CREATE TRIGGER gate_decided AFTER UPDATE OF decision ON gate
WHEN OLD.decision IS NULL AND NEW.decision IS NOT NULL
BEGIN
	INSERT INTO event (session_id, kind, payload, ts)
	VALUES (NEW.session_id, 'gate_decided', json_object(
		'gate_id', 'g' || NEW.id, 'kind', NEW.kind,
		'decision', NEW.decision, 'by', NEW.decided_by,
		'rationale', NEW.rationale), NEW.decided_at);
	UPDATE tool_call
	SET status = CASE
			WHEN NEW.decision = 'approve' THEN 'approved'
			WHEN NEW.decision = 'cancelled' THEN 'cancelled'
			WHEN NEW.decision = 'timeout'
				AND NEW.on_timeout = 'timeout' THEN 'timeout'
			ELSE 'rejected' END,
		result = CASE
			WHEN NEW.decision IN ('approve', 'cancelled') THEN NULL
			WHEN NEW.decision = 'timeout'
				AND NEW.on_timeout = 'timeout'
				THEN json_object('timeout', json('true'),
					'rationale', NEW.rationale)
			ELSE json_object('rejected', json('true'),
				'rationale', NEW.rationale) END,
		ended_at = CASE WHEN NEW.decision <> 'approve'
			THEN NEW.decided_at END,
		approver = CASE WHEN NEW.decision <> 'cancelled'
			THEN NEW.decided_by END,
		approved_at = CASE WHEN NEW.decision <> 'cancelled'
			THEN NEW.decided_at END,
		approval_rationale = NEW.rationale
	WHERE id = NEW.tool_call_id AND NEW.kind = 'tool';
	-- In doubt: run again, or believe the person who looked.
	UPDATE tool_call
	SET status = CASE
			WHEN gate_reason IS NOT NULL THEN 'approved'
			WHEN NEW.decision = 'run_again' THEN 'planned'
			WHEN action = 'notify' THEN 'executed_with_notify'
			ELSE 'executed' END,
		started_at = CASE WHEN NEW.decision <> 'run_again'
			THEN started_at END,
		ended_at = CASE WHEN NEW.decision <> 'run_again'
			THEN NEW.decided_at END,
		is_error = NEW.decision = 'fail',
		result = CASE NEW.decision
			WHEN 'done' THEN json_object(
				'taken_as_done', json('true'),
				'by', NEW.decided_by,
				'rationale', NEW.rationale)
			WHEN 'fail' THEN json_object(
				'error', 'the outcome of this call is unknown; '
					|| 'it was taken as failed',
				'by', NEW.decided_by,
				'rationale', NEW.rationale) END
	WHERE id = NEW.tool_call_id AND NEW.kind = 'in_doubt'
		AND NEW.decision <> 'cancelled';
	UPDATE tool_call
	SET ended_at = NEW.decided_at
	WHERE id = NEW.tool_call_id AND NEW.kind = 'in_doubt'
		AND NEW.decision = 'cancelled';
END;

---------------------------------------------------------------------- votes

-- I4, I10, I11: what makes a vote count, for every client of the file.
CREATE TRIGGER vote_check BEFORE INSERT ON vote
BEGIN
	SELECT CASE
	WHEN NOT EXISTS (SELECT 1 FROM gate WHERE id = NEW.gate_id)
		THEN RAISE(ABORT, 'unknown: no such gate')
	WHEN EXISTS (SELECT 1 FROM gate WHERE id = NEW.gate_id
			AND decision IS NOT NULL)
		THEN RAISE(ABORT, 'conflict: the gate is already decided')
	WHEN NOT EXISTS (SELECT 1 FROM gate g JOIN gate_verdict v
			ON v.kind = g.kind AND v.verdict = NEW.verdict
			WHERE g.id = NEW.gate_id)
		THEN RAISE(ABORT, 'invalid: decision: not one of this gate''s')
	WHEN NEW.gate_version <> (SELECT version FROM gate
			WHERE id = NEW.gate_id)
		THEN RAISE(ABORT, 'conflict: the gate changed meanwhile')
	WHEN (NEW.verdict = 'timeout') <> (NEW.actor = 'system')
		THEN RAISE(ABORT, 'denied: only the system lets a gate expire')
	WHEN NEW.at < (SELECT opened_at FROM gate WHERE id = NEW.gate_id)
		THEN RAISE(ABORT, 'invalid: at: the gate opened later')
	WHEN NEW.verdict <> 'timeout' AND NEW.at >= (
			SELECT deadline FROM gate WHERE id = NEW.gate_id)
		THEN RAISE(ABORT, 'conflict: the gate has expired')
	WHEN NEW.verdict = 'timeout' AND NEW.at < (
			SELECT coalesce(deadline, NEW.at + 1) FROM gate
			WHERE id = NEW.gate_id)
		THEN RAISE(ABORT, 'conflict: the gate has not expired')
	WHEN NEW.verdict IN ('approve', 'run_again') AND EXISTS (
			SELECT 1 FROM gate g JOIN session s
			ON s.id = g.session_id
			WHERE g.id = NEW.gate_id AND NOT g.submitter_may_approve
			AND s.submitter ->> 'id' = NEW.actor)
		THEN RAISE(ABORT, 'denied: the submitter may not approve')
	WHEN NEW.verdict = 'resume_with_input'
			AND trim(coalesce(NEW.input, ''),
				char(9, 10, 11, 12, 13, 32)) = ''
		THEN RAISE(ABORT, 'invalid: user_input: must not be blank')
	WHEN NEW.verdict = 'escalate' AND EXISTS (
			SELECT 1 FROM gate g
			JOIN session s ON s.id = g.session_id
			JOIN app a ON a.id = s.app_id
			WHERE g.id = NEW.gate_id
			AND json_array_length(a.escalation_teams) > 0
			AND coalesce(NEW.team, a.escalate_team, '') NOT IN (
				SELECT value FROM json_each(a.escalation_teams)))
		THEN RAISE(ABORT, 'invalid: team: not an escalation team')
	END;
END;

-- I3, I4, I5, I11: the vote that completes the decision decides the gate;
-- deciding the last one sets the session going, in this one statement.
CREATE TRIGGER vote_count AFTER INSERT ON vote
BEGIN
	UPDATE gate
	SET version = version + 1
	WHERE id = NEW.gate_id;
	UPDATE gate
	SET decision = NEW.verdict, decided_at = NEW.at,
		decided_by = NEW.actor, rationale = NEW.rationale
	WHERE id = NEW.gate_id AND (NEW.verdict <> 'approve' OR quorum <= (
		SELECT count(*) FROM vote
		WHERE gate_id = NEW.gate_id AND verdict = 'approve'));
	UPDATE session
	SET user_inputs = json_insert(user_inputs, '$[#]',
		trim(NEW.input, char(9, 10, 11, 12, 13, 32)))
	WHERE NEW.verdict = 'resume_with_input'
		AND id = (SELECT session_id FROM gate WHERE id = NEW.gate_id);
	-- Escalation runs the application's tool first, if it names one.
	UPDATE session
	SET node = CASE WHEN app.escalate_tool IS NULL THEN session.node
			ELSE '__escalate__' END,
		extra_fields = CASE
			WHEN coalesce(NEW.team, app.escalate_team) IS NULL
				THEN extra_fields
			ELSE json_set(extra_fields,
				'$.team', coalesce(NEW.team, app.escalate_team),
				'$.escalated_to',
				coalesce(NEW.team, app.escalate_team)) END
	FROM app
	WHERE NEW.verdict = 'escalate' AND app.id = session.app_id
		AND session.id = (
			SELECT session_id FROM gate WHERE id = NEW.gate_id);
	INSERT INTO move (session_id, from_status, to_status, cause, actor, at)
	SELECT s.id, s.status, CASE
			WHEN NEW.verdict = 'stop' THEN 'stopped'
			WHEN NEW.verdict = 'escalate'
				AND a.escalate_tool IS NULL THEN a.escalate_status
			ELSE 'in_progress' END,
		CASE WHEN NEW.verdict IN ('stop', 'escalate') THEN NEW.verdict
			ELSE 'gate_decided' END, NEW.actor, NEW.at
	FROM gate g
	JOIN session s ON s.id = g.session_id
	JOIN app a ON a.id = s.app_id
	WHERE g.id = NEW.gate_id AND g.decision IS NOT NULL
		AND s.status = 'awaiting_input' AND NOT EXISTS (
			SELECT 1 FROM gate o
			WHERE o.session_id = g.session_id
			AND o.decision IS NULL);
END;

CREATE TRIGGER vote_fixed BEFORE UPDATE ON vote
BEGIN SELECT RAISE(ABORT, 'conflict: a vote never changes'); END;

--------------------------------------------------------------------- events

-- I8: the audit log only grows.
CREATE TRIGGER event_fixed BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'conflict: an event never changes'); END;

-- INSERT OR REPLACE would delete without firing a delete trigger.
CREATE TRIGGER event_new BEFORE INSERT ON event
WHEN EXISTS (SELECT 1 FROM event WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'conflict: an event never changes'); END;
CREATE TRIGGER session_new BEFORE INSERT ON session
WHEN EXISTS (SELECT 1 FROM session WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'conflict: the session exists'); END;
CREATE TRIGGER move_new BEFORE INSERT ON move
WHEN EXISTS (SELECT 1 FROM move WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'conflict: a move never changes'); END;
CREATE TRIGGER agent_run_new BEFORE INSERT ON agent_run
WHEN EXISTS (SELECT 1 FROM agent_run WHERE id = NEW.id
	OR (session_id = NEW.session_id AND ended_at IS NULL))
BEGIN SELECT RAISE(ABORT, 'conflict: a turn is running'); END;
CREATE TRIGGER message_new BEFORE INSERT ON message
WHEN EXISTS (SELECT 1 FROM message WHERE id = NEW.id
	OR tool_call_id = NEW.tool_call_id)
BEGIN SELECT RAISE(ABORT, 'conflict: a message never changes'); END;
CREATE TRIGGER tool_call_new BEFORE INSERT ON tool_call
WHEN EXISTS (SELECT 1 FROM tool_call WHERE id = NEW.id
	OR (session_id = NEW.session_id AND ordinal = NEW.ordinal))
BEGIN SELECT RAISE(ABORT, 'conflict: the tool call exists'); END;
CREATE TRIGGER gate_new BEFORE INSERT ON gate
WHEN EXISTS (SELECT 1 FROM gate WHERE id = NEW.id
	OR (session_id = NEW.session_id AND decision IS NULL
	AND tool_call_id IS NEW.tool_call_id))
BEGIN SELECT RAISE(ABORT, 'conflict: the gate exists'); END;
CREATE TRIGGER vote_new BEFORE INSERT ON vote
WHEN EXISTS (SELECT 1 FROM vote WHERE id = NEW.id
	OR (gate_id = NEW.gate_id AND actor = NEW.actor))
BEGIN SELECT RAISE(ABORT, 'conflict: this person has voted'); END;

-- Nothing that happened is lost: history has no delete.
CREATE TRIGGER event_kept BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'conflict: events are kept'); END;
CREATE TRIGGER session_kept BEFORE DELETE ON session
BEGIN SELECT RAISE(ABORT, 'conflict: sessions are kept'); END;
CREATE TRIGGER move_kept BEFORE DELETE ON move
BEGIN SELECT RAISE(ABORT, 'conflict: moves are kept'); END;
CREATE TRIGGER agent_run_kept BEFORE DELETE ON agent_run
BEGIN SELECT RAISE(ABORT, 'conflict: turns are kept'); END;
CREATE TRIGGER message_kept BEFORE DELETE ON message
BEGIN SELECT RAISE(ABORT, 'conflict: messages are kept'); END;
CREATE TRIGGER tool_call_kept BEFORE DELETE ON tool_call
BEGIN SELECT RAISE(ABORT, 'conflict: tool calls are kept'); END;
CREATE TRIGGER gate_kept BEFORE DELETE ON gate
BEGIN SELECT RAISE(ABORT, 'conflict: gates are kept'); END;
CREATE TRIGGER vote_kept BEFORE DELETE ON vote
BEGIN SELECT RAISE(ABORT, 'conflict: votes are kept'); END;
CREATE TRIGGER app_kept BEFORE DELETE ON app
BEGIN SELECT RAISE(ABORT, 'conflict: applications are kept'); END;
