-- SPDX-License-Identifier: Apache-2.0
--
-- Turns of agents, the messages of a turn, and tool calls.

-- I12: only the runner that holds the lease starts turns.
CREATE TRIGGER agent_run_check BEFORE INSERT ON agent_run
WHEN NEW.ended_at IS NOT NULL OR NOT EXISTS (
	SELECT 1 FROM session WHERE id = NEW.session_id
		AND status = 'in_progress' AND epoch = NEW.epoch)
BEGIN
	SELECT RAISE(ABORT, 'conflict: the lease of the session was lost');
END;

-- I19: a turn lies with its session.
CREATE TRIGGER agent_run_beside AFTER INSERT ON agent_run
BEGIN
	SELECT RAISE(ABORT, 'invalid: not an id of a turn of the session')
	FROM session
	WHERE id = NEW.session_id AND NEW.id >> 20 <> num - 1;
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

-- Lists ask whose turn it is.
CREATE TRIGGER agent_run_worker AFTER INSERT ON agent_run
BEGIN
	UPDATE session
	SET agent = NEW.agent
	WHERE id = NEW.session_id AND agent IS NOT NEW.agent;
END;

CREATE TRIGGER agent_run_fixed BEFORE UPDATE ON agent_run
WHEN (OLD.ended_at IS NOT NULL AND NOT (OLD.outcome = 'failed'
		AND NEW.ended_at IS NULL AND EXISTS (
			SELECT 1 FROM session_moving
			WHERE id = OLD.session_id AND reopens)))
	OR NEW.id <> OLD.id
	OR NEW.session_id <> OLD.session_id OR NEW.agent <> OLD.agent
	OR NEW.kind <> OLD.kind OR NEW.epoch <> OLD.epoch
	OR NEW.started_at <> OLD.started_at
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
			'total_tokens', NEW.input_tokens + NEW.output_tokens,
			'started_at', strftime('%Y-%m-%dT%H:%M:%SZ',
				NEW.started_at / 1000, 'unixepoch'),
			'ended_at', strftime('%Y-%m-%dT%H:%M:%SZ',
				NEW.ended_at / 1000, 'unixepoch'),
			'summary', substr(NEW.summary, 1, 4096),
			'confidence', NEW.confidence,
			'confidence_rationale', NEW.confidence_rationale,
			'signal', NEW.signal), NEW.ended_at);
END;

CREATE TRIGGER agent_run_failed AFTER UPDATE OF outcome ON agent_run
WHEN NEW.outcome = 'failed'
BEGIN
	INSERT INTO event (session_id, kind, payload, ts)
	VALUES (NEW.session_id, 'agent_failed', json_object(
		'agent', NEW.agent,
		'summary', substr(NEW.summary, 1, 4096)), NEW.ended_at);
END;

CREATE TRIGGER agent_run_reopened AFTER UPDATE OF outcome ON agent_run
WHEN OLD.outcome = 'failed'
BEGIN
	INSERT INTO event (session_id, kind, payload, ts)
	SELECT NEW.session_id, 'session.agent_running', json_object(
		'id', NEW.session_id, 'agent', NEW.agent), m.at
	FROM move m
	WHERE m.id = (SELECT max(id) FROM move
		WHERE session_id = NEW.session_id);
END;

-- I13: a message belongs to a turn of its session; a result to an ended call
-- of that turn, which tells it once.
CREATE TRIGGER message_check BEFORE INSERT ON message
BEGIN
	SELECT CASE
	WHEN NOT EXISTS (SELECT 1 FROM agent_run WHERE id = NEW.run_id
			AND session_id = NEW.session_id
			AND (ended_at IS NULL OR NEW.role = 'tool'))
		THEN RAISE(ABORT, 'invalid: the message fits no turn')
	WHEN NEW.role = 'tool' AND NOT EXISTS (SELECT 1 FROM tool_call
			WHERE id = NEW.tool_call_id AND run_id = NEW.run_id
			AND ended_at IS NOT NULL AND result = NEW.content)
		THEN RAISE(ABORT, 'invalid: the message fits no tool call')
	END;
END;

-- Tokens are counted where they are journalled, once.
CREATE TRIGGER message_tokens AFTER INSERT ON message
WHEN NEW.role = 'assistant'
BEGIN
	UPDATE agent_run
	SET input_tokens = input_tokens + NEW.input_tokens,
		output_tokens = output_tokens + NEW.output_tokens,
		replies = replies + 1,
		tries = 0
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

------------------------------------------------------------------- tool calls

-- I12, I13: a call is planned (or refused unrun), once, under the lease.
CREATE TRIGGER tool_call_check BEFORE INSERT ON tool_call
BEGIN
	SELECT CASE
	WHEN NEW.status NOT IN ('planned', 'refused') OR NEW.attempt <> 0
			OR NEW.approver IS NOT NULL
			OR NEW.approved_at IS NOT NULL
		THEN RAISE(ABORT, 'invalid: a tool call starts as planned')
	WHEN NOT EXISTS (SELECT 1 FROM session WHERE id = NEW.session_id
			AND status = 'in_progress' AND epoch = NEW.epoch)
		THEN RAISE(ABORT, 'conflict: the lease of the session was lost')
	WHEN NEW.run_id IS NOT NULL AND NOT EXISTS (
			SELECT 1 FROM agent_run WHERE id = NEW.run_id
			AND session_id = NEW.session_id AND ended_at IS NULL)
		THEN RAISE(ABORT, 'invalid: the tool call fits no turn')
	END;
END;

-- I9: what was approved is what runs.
CREATE TRIGGER tool_call_fixed
BEFORE UPDATE OF session_id, ordinal, run_id, agent, tool, call_key,
	repeatable, created_at
ON tool_call
BEGIN
	SELECT RAISE(ABORT, 'conflict: the terms of a tool call never change');
END;

-- I9: but people edit the arguments, as their gate is decided; then, before
-- it can start, the runner's policy looks at the call again.
CREATE TRIGGER tool_call_edited
BEFORE UPDATE OF args, args_sha256, args_original, action, gate_reason, risk
ON tool_call
BEGIN
	SELECT RAISE(ABORT, 'conflict: the terms of a tool call never change')
	WHERE NOT (OLD.status = 'pending_approval' AND NEW.status = 'planned'
			AND NEW.gate_reason = 'edited'
			AND NEW.args_original = coalesce(OLD.args_original,
				OLD.args)
			AND (NEW.action, NEW.risk) = (OLD.action, OLD.risk)
			AND EXISTS (SELECT 1 FROM gate g JOIN vote v
				ON v.gate_id = g.id AND v.actor = g.decided_by
				WHERE g.id = (SELECT max(id) FROM gate
					WHERE tool_call_id = OLD.id)
				AND g.decision = 'edit' AND v.args = NEW.args
				AND v.args_sha256 = NEW.args_sha256))
		AND NOT (OLD.status = 'planned' AND NEW.status = 'planned'
			AND OLD.gate_reason = 'edited'
			AND NEW.gate_reason IS NOT 'edited'
			AND NEW.args_original = OLD.args_original
			AND EXISTS (SELECT 1 FROM session
				WHERE id = NEW.session_id
				AND status = 'in_progress'
				AND epoch = NEW.epoch));
END;

-- I19: a call lies with its session, in its order.
CREATE TRIGGER tool_call_beside AFTER INSERT ON tool_call
BEGIN
	SELECT RAISE(ABORT, 'invalid: not the id of that call of the session')
	FROM session
	WHERE id = NEW.session_id
		AND (NEW.id <> ((num - 1) << 20) + 1 + NEW.ordinal
			OR NEW.id >> 20 <> num - 1);
END;

-- The id has other names (rowid), so no list of columns can hold it.
CREATE TRIGGER tool_call_place BEFORE UPDATE ON tool_call
WHEN NEW.id <> OLD.id
BEGIN
	SELECT RAISE(ABORT, 'conflict: the terms of a tool call never change');
END;

-- I11: who approved is written with the decision of the gate.
CREATE TRIGGER tool_call_approver
BEFORE UPDATE OF approver, approved_at, approval_rationale ON tool_call
WHEN (NEW.approver, NEW.approved_at, NEW.approval_rationale) IS NOT
	(OLD.approver, OLD.approved_at, OLD.approval_rationale)
	AND (OLD.status <> 'pending_approval' OR NEW.status = OLD.status)
BEGIN
	SELECT RAISE(ABORT, 'conflict: only its gate approves a tool call');
END;

-- I5: a call that nobody knows the outcome of ends with its gate or with the
-- session.
CREATE TRIGGER tool_call_doubt BEFORE UPDATE OF ended_at ON tool_call
WHEN NEW.ended_at IS NOT NULL AND NEW.status = 'in_doubt'
BEGIN
	SELECT RAISE(ABORT, 'conflict: its gate did not decide so')
	WHERE EXISTS (SELECT 1 FROM session WHERE id = NEW.session_id
			AND status IN ('new', 'in_progress', 'awaiting_input'))
		AND NOT EXISTS (SELECT 1 FROM session_moving
			WHERE id = NEW.session_id AND finishes);
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
	WHEN NEW.status = 'in_doubt' AND NEW.ended_at IS NULL AND NOT EXISTS (
			SELECT 1 FROM gate WHERE tool_call_id = NEW.id
			AND kind = 'in_doubt' AND decision IS NULL)
		THEN RAISE(ABORT, 'conflict: no gate is open for the call')
	WHEN OLD.status = 'pending_approval' AND NOT EXISTS (
			SELECT 1 FROM gate WHERE id = (SELECT max(id) FROM gate
				WHERE tool_call_id = NEW.id AND kind = 'tool')
			AND (decision, NEW.status) IN (VALUES
				('approve', 'approved'), ('reject', 'rejected'),
				('edit', 'planned'), ('respond', 'rejected'),
				('escalate', 'rejected'),
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
	WHEN OLD.status = 'executing' AND NEW.status <> 'in_doubt'
			AND NEW.epoch <> (SELECT epoch FROM session
				WHERE id = NEW.session_id)
		THEN RAISE(ABORT, 'conflict: the lease of the session was lost')
	WHEN OLD.status = 'executing' AND NEW.status <> 'in_doubt'
			AND NEW.ended_at IS NULL AND NOT NEW.repeatable
		THEN RAISE(ABORT, 'denied: the call may have run already')
	WHEN NEW.status = 'approved' AND NOT EXISTS (
			SELECT 1 FROM gate WHERE tool_call_id = NEW.id
			AND kind = 'tool' AND decision = 'approve'
			AND args_sha256 = NEW.args_sha256)
		THEN RAISE(ABORT, 'denied: the call needs an approval')
	WHEN NEW.status = 'cancelled' AND NOT EXISTS (
			SELECT 1 FROM session_moving
			WHERE id = NEW.session_id AND finishes)
		THEN RAISE(ABORT, 'conflict: only the end of the session cancels')
	END;
END;

-- A call that takes its time is told of when it starts; what a session tool
-- writes is there at once.
CREATE TRIGGER tool_call_started AFTER UPDATE OF status ON tool_call
WHEN NEW.status = 'executing' AND OLD.status <> 'executing'
BEGIN
	INSERT INTO event (session_id, kind, payload, ts)
	SELECT NEW.session_id, 'tool_started', json_object(
		'tool_call_id', CAST(NEW.ordinal AS TEXT),
		'tool', NEW.tool, 'agent', NEW.agent,
		'attempt', NEW.attempt), NEW.started_at
	FROM session s
	JOIN tool t ON t.app_id = s.app_id AND t.name = NEW.tool
	WHERE s.id = NEW.session_id AND t.transport <> 'session';
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
		'result', CASE WHEN length(NEW.result) <= 4096
			THEN json(NEW.result)
			ELSE json_object('_truncated', json('true'),
				'preview', substr(NEW.result, 1, 4096)) END,
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
