-- SPDX-License-Identifier: Apache-2.0
--
-- Nothing that happened is changed, lost or made up.

-- I8: the audit log only grows.
CREATE TRIGGER event_fixed BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'conflict: an event never changes'); END;

-- I8: and only at its end: who names a number would overwrite or come before.
-- (A number that is not named is -1 here.)
CREATE TRIGGER event_new BEFORE INSERT ON event
WHEN NEW.seq <> -1
BEGIN SELECT RAISE(ABORT, 'conflict: an event comes after all others'); END;

-- I7, I13: an event that tells of a row is written while that happens, by
-- the trigger that makes it happen; there is no second one and no false one.
CREATE TRIGGER event_check BEFORE INSERT ON event
BEGIN
	SELECT RAISE(ABORT, 'denied: this event comes with what it tells of')
	WHERE NOT CASE NEW.kind
	WHEN 'status_changed' THEN EXISTS (
		SELECT 1 FROM session_moving WHERE id = NEW.session_id)
	WHEN 'session.status_changed' THEN EXISTS (
		SELECT 1 FROM session_moving WHERE id = NEW.session_id)
	WHEN 'session.created' THEN NOT EXISTS (
		SELECT 1 FROM event WHERE session_id = NEW.session_id)
	WHEN 'gate_fired' THEN EXISTS (
		SELECT 1 FROM gate g
		JOIN session s ON s.id = g.session_id
		LEFT JOIN tool_call c ON c.id = g.tool_call_id
		WHERE g.session_id = NEW.session_id AND g.decision IS NULL
			AND CASE g.kind
				WHEN 'tool' THEN c.status = 'planned'
				WHEN 'in_doubt' THEN c.status = 'executing'
				ELSE s.status = 'in_progress' END)
	WHEN 'gate_decided' THEN EXISTS (
		SELECT 1 FROM gate g
		JOIN session s ON s.id = g.session_id
		LEFT JOIN tool_call c ON c.id = g.tool_call_id
		WHERE g.id = CAST(substr(NEW.payload ->> 'gate_id', 2)
				AS INTEGER)
			AND g.session_id = NEW.session_id
			AND g.decision IS NOT NULL
			AND CASE g.kind
				WHEN 'tool' THEN c.status = 'pending_approval'
				WHEN 'in_doubt' THEN c.status = 'in_doubt'
					AND c.ended_at IS NULL
				ELSE s.status = 'awaiting_input' END)
	WHEN 'vote_cast' THEN EXISTS (
		SELECT 1 FROM gate g
		WHERE g.id = CAST(substr(NEW.payload ->> 'gate_id', 2)
				AS INTEGER)
			AND g.session_id = NEW.session_id
			AND g.decision IS NULL AND g.version > 1
			AND (SELECT count(*) FROM vote WHERE gate_id = g.id)
				= NEW.payload ->> 'votes'
			AND NOT EXISTS (SELECT 1 FROM event e
				WHERE e.session_id = NEW.session_id
				AND e.kind = 'vote_cast'
				AND e.payload ->> 'gate_id' =
					NEW.payload ->> 'gate_id'
				AND e.payload ->> 'votes' =
					NEW.payload ->> 'votes'))
	WHEN 'gate_changed' THEN EXISTS (
		SELECT 1 FROM gate g
		WHERE g.id = CAST(substr(NEW.payload ->> 'gate_id', 2)
				AS INTEGER)
			AND g.session_id = NEW.session_id
			AND g.version <= (SELECT count(*) FROM vote
				WHERE gate_id = g.id) + (
				SELECT count(*) FROM gate_change
				WHERE gate_id = g.id))
	WHEN 'tool_started' THEN EXISTS (
		SELECT 1 FROM tool_call c
		WHERE c.session_id = NEW.session_id
			AND c.ordinal = CAST(NEW.payload ->> 'tool_call_id'
				AS INTEGER)
			AND c.status = 'executing' AND c.started_at = NEW.ts)
	WHEN 'tool_invoked' THEN EXISTS (
		SELECT 1 FROM tool_call c
		WHERE c.session_id = NEW.session_id
			AND c.ordinal = CAST(NEW.payload ->> 'tool_call_id'
				AS INTEGER)
			AND c.status = NEW.payload ->> 'status'
			AND c.ended_at = NEW.ts AND NOT EXISTS (
				SELECT 1 FROM message
				WHERE tool_call_id = c.id))
	ELSE 1 END;
END;

-- INSERT OR REPLACE would delete without firing a delete trigger. (One EXISTS
-- for each key: an OR inside costs more than both.)
CREATE TRIGGER session_new BEFORE INSERT ON session
WHEN EXISTS (SELECT 1 FROM session WHERE id = NEW.id)
	OR EXISTS (SELECT 1 FROM session WHERE rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'conflict: the session exists'); END;
CREATE TRIGGER move_new BEFORE INSERT ON move
WHEN EXISTS (SELECT 1 FROM move WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'conflict: a move never changes'); END;
CREATE TRIGGER agent_run_new BEFORE INSERT ON agent_run
WHEN EXISTS (SELECT 1 FROM agent_run WHERE id = NEW.id)
	OR EXISTS (SELECT 1 FROM agent_run
		WHERE session_id = NEW.session_id AND ended_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'conflict: a turn is running'); END;
CREATE TRIGGER message_new BEFORE INSERT ON message
WHEN EXISTS (SELECT 1 FROM message WHERE id = NEW.id)
	OR EXISTS (SELECT 1 FROM message WHERE tool_call_id = NEW.tool_call_id)
BEGIN SELECT RAISE(ABORT, 'conflict: a message never changes'); END;
CREATE TRIGGER tool_call_new BEFORE INSERT ON tool_call
WHEN EXISTS (SELECT 1 FROM tool_call WHERE id = NEW.id)
	OR EXISTS (SELECT 1 FROM tool_call
		WHERE session_id = NEW.session_id AND ordinal = NEW.ordinal)
BEGIN SELECT RAISE(ABORT, 'conflict: the tool call exists'); END;
CREATE TRIGGER gate_new BEFORE INSERT ON gate
WHEN EXISTS (SELECT 1 FROM gate WHERE id = NEW.id)
	OR EXISTS (SELECT 1 FROM gate
		WHERE session_id = NEW.session_id AND decision IS NULL
			AND tool_call_id IS NEW.tool_call_id)
BEGIN SELECT RAISE(ABORT, 'conflict: the gate exists'); END;
CREATE TRIGGER vote_new BEFORE INSERT ON vote
WHEN EXISTS (SELECT 1 FROM vote WHERE id = NEW.id)
	OR EXISTS (SELECT 1 FROM vote
		WHERE gate_id = NEW.gate_id AND actor = NEW.actor)
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
CREATE TRIGGER gate_change_new BEFORE INSERT ON gate_change
WHEN EXISTS (SELECT 1 FROM gate_change WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'conflict: a change of a gate is kept'); END;
CREATE TRIGGER gate_change_kept BEFORE DELETE ON gate_change
BEGIN SELECT RAISE(ABORT, 'conflict: a change of a gate is kept'); END;
CREATE TRIGGER vote_kept BEFORE DELETE ON vote
BEGIN SELECT RAISE(ABORT, 'conflict: votes are kept'); END;
