-- SPDX-License-Identifier: Apache-2.0
--
-- Gates, and the votes that decide them.

-- Who may decide about a call: as its tool says, else as its risk says.
CREATE VIEW call_approvers (tool_call_id, approvers) AS
SELECT c.id, coalesce(
	a.approvers -> ('$."' || c.tool || '"'),
	a.approvers -> ('$."' || c.risk || '"'), '[]')
FROM tool_call c
JOIN session s ON s.id = c.session_id
JOIN app a ON a.id = s.app_id;

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
	WHEN NEW.tool_call_id IS NOT NULL AND NOT EXISTS (
			SELECT 1 FROM tool_call WHERE id = NEW.tool_call_id
			AND session_id = NEW.session_id
			AND args_sha256 = NEW.args_sha256
			AND status = CASE NEW.kind WHEN 'tool' THEN 'planned'
				ELSE 'executing' END)
		THEN RAISE(ABORT, 'invalid: the gate fits no tool call')
	WHEN NEW.kind <> 'confidence' AND NOT EXISTS (
			SELECT 1 FROM session s JOIN app a ON a.id = s.app_id
			WHERE s.id = NEW.session_id
			AND (a.gate_quorum <= NEW.quorum OR NEW.kind <> 'tool')
			AND a.submitter_may_approve
				>= NEW.submitter_may_approve)
		THEN RAISE(ABORT, 'denied: the application asks for more')
	WHEN NEW.approvers <> coalesce((SELECT approvers FROM call_approvers
			WHERE tool_call_id = NEW.tool_call_id
				AND NEW.kind = 'tool'), '[]')
		THEN RAISE(ABORT, 'denied: the application names others')
	-- Else the answer to one question would be lost behind the other.
	WHEN EXISTS (SELECT 1 FROM gate WHERE session_id = NEW.session_id
			AND decision IS NULL
			AND (tool_call_id IS NULL OR NEW.tool_call_id IS NULL))
		THEN RAISE(ABORT, 'conflict: another question is open')
	END;
END;

-- I2, I7: opening a gate tells the audit log, binds its call, and makes the
-- session wait, in this one statement.
CREATE TRIGGER gate_opened AFTER INSERT ON gate
BEGIN
	INSERT INTO event (session_id, kind, payload, ts)
	SELECT NEW.session_id, 'gate_fired', json_object(
		'gate_id', 'g' || NEW.id, 'kind', NEW.kind,
		'tool', c.tool,
		'agent', coalesce(c.agent, NEW.detail ->> 'upstream_agent',
			NEW.detail ->> 'agent'),
		'reason', NEW.reason,
		'tool_call_id', CAST(c.ordinal AS TEXT),
		'args', CASE WHEN coalesce(length(c.args), 0) <= 4096
			THEN json(c.args)
			ELSE json_object('_truncated', json('true'),
				'preview', substr(c.args, 1, 4096)) END,
		'risk', c.risk, 'environment', s.environment), NEW.opened_at
	FROM session s LEFT JOIN tool_call c ON c.id = NEW.tool_call_id
	WHERE s.id = NEW.session_id;
	UPDATE tool_call
	SET status = CASE NEW.kind WHEN 'tool' THEN 'pending_approval'
		ELSE 'in_doubt' END
	WHERE id = NEW.tool_call_id;
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
			OR NEW.approvers <> OLD.approvers
			OR NEW.on_timeout <> OLD.on_timeout
			OR NEW.opened_at <> OLD.opened_at
			OR NEW.detail <> OLD.detail
			OR NEW.reason <> OLD.reason
			OR NEW.question <> OLD.question
			OR (NEW.decision IS NULL AND NEW.rationale IS NOT NULL)
		THEN RAISE(ABORT, 'conflict: the terms of a gate never change')
	WHEN NEW.version <> OLD.version AND NEW.version <> 1 + (
			SELECT count(*) FROM vote WHERE gate_id = NEW.id) + (
			SELECT count(*) FROM gate_change WHERE gate_id = NEW.id)
		THEN RAISE(ABORT, 'conflict: the version of a gate counts votes')
	WHEN (NEW.deadline IS NOT OLD.deadline
			OR NEW.assignee IS NOT OLD.assignee)
			AND (NEW.version = OLD.version OR NOT EXISTS (
				SELECT 1 FROM gate_change
				WHERE gate_id = NEW.id AND id = (
					SELECT max(id) FROM gate_change
					WHERE gate_id = NEW.id)
				AND NEW.deadline IS coalesce(deadline,
					OLD.deadline)
				AND NEW.assignee IS CASE WHEN assigns
					THEN assignee ELSE OLD.assignee END))
		THEN RAISE(ABORT, 'conflict: nobody changed the gate so')
	WHEN NEW.decision = 'cancelled' AND NOT EXISTS (
			SELECT 1 FROM session_moving
			WHERE id = NEW.session_id AND finishes)
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
		'rationale', NEW.rationale,
		'origin', (SELECT json(origin) FROM vote
			WHERE gate_id = NEW.id AND actor = NEW.decided_by)),
		NEW.decided_at);
	UPDATE tool_call
	SET status = CASE
			WHEN NEW.decision = 'approve' THEN 'approved'
			WHEN NEW.decision = 'cancelled' THEN 'cancelled'
			WHEN NEW.decision = 'timeout'
				AND NEW.on_timeout = 'timeout' THEN 'timeout'
			ELSE 'rejected' END,
		result = CASE
			WHEN NEW.decision IN ('approve', 'cancelled') THEN NULL
			WHEN NEW.decision = 'respond' THEN json_object(
				'response', (SELECT input FROM vote
					WHERE gate_id = NEW.id
						AND actor = NEW.decided_by),
				'by', NEW.decided_by)
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
	WHERE id = NEW.tool_call_id AND NEW.kind = 'tool'
		AND NEW.decision <> 'edit';
	-- Edited: the runner asks the policy again before anything runs.
	UPDATE tool_call
	SET status = 'planned', args = v.args, args_sha256 = v.args_sha256,
		args_original = coalesce(args_original, tool_call.args),
		gate_reason = 'edited'
	FROM vote v
	WHERE tool_call.id = NEW.tool_call_id AND NEW.decision = 'edit'
		AND v.gate_id = NEW.id AND v.actor = NEW.decided_by;
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

------------------------------------------------------------------------ votes

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
	WHEN NEW.at < (SELECT e.ts FROM gate g
			JOIN event e ON e.session_id = g.session_id
			WHERE g.id = NEW.gate_id ORDER BY e.seq DESC LIMIT 1)
		THEN RAISE(ABORT, 'invalid: at: the session is further on')
	-- Ahead of all clocks: nobody would take the session on. There is no
	-- such bound behind, since a story that is told again is of the past.
	WHEN NEW.at > 60000 + max((julianday('now') - 2440587.5) * 86400000,
			(SELECT e.ts FROM gate g
			JOIN event e ON e.session_id = g.session_id
			WHERE g.id = NEW.gate_id ORDER BY e.seq DESC LIMIT 1))
		THEN RAISE(ABORT, 'invalid: at: lies in the future')
	WHEN NEW.verdict <> 'timeout' AND NEW.at >= (
			SELECT deadline FROM gate WHERE id = NEW.gate_id)
		THEN RAISE(ABORT, 'conflict: the gate has expired')
	WHEN NEW.verdict = 'timeout' AND NEW.at < (
			SELECT coalesce(deadline, NEW.at + 1) FROM gate
			WHERE id = NEW.gate_id)
		THEN RAISE(ABORT, 'conflict: the gate has not expired')
	WHEN NEW.verdict IN ('approve', 'run_again', 'raise', 'edit')
			AND EXISTS (
			SELECT 1 FROM gate g JOIN session s
			ON s.id = g.session_id
			WHERE g.id = NEW.gate_id AND NOT g.submitter_may_approve
			AND s.submitter ->> 'id' = NEW.actor)
		THEN RAISE(ABORT, 'denied: the submitter may not approve')
	WHEN NEW.verdict <> 'timeout' AND EXISTS (
			SELECT 1 FROM gate g
			JOIN session s ON s.id = g.session_id
			WHERE g.id = NEW.gate_id AND g.approvers <> '[]'
			AND NOT EXISTS (SELECT 1 FROM json_each(g.approvers) p
				WHERE p.value = NEW.actor OR instr(' '
					|| replace(coalesce(NEW.roles, '')
					|| ' ', '@' || s.app || ' ', ' '),
					' ' || p.value || ' ') > 0
				OR (p.value IN ('viewer', 'operator',
					'approver') AND instr(' '
					|| replace(coalesce(NEW.roles, '')
					|| ' ', '@' || s.app || ' ', ' '),
					' admin ') > 0)))
		THEN RAISE(ABORT, 'denied: the application lets others decide')
	WHEN (NEW.verdict = 'edit') <> (NEW.args IS NOT NULL)
			OR (NEW.args IS NULL) <> (NEW.args_sha256 IS NULL)
		THEN RAISE(ABORT, 'invalid: args: go with edit, and only there')
	WHEN NEW.verdict = 'edit' AND EXISTS (
			SELECT 1 FROM gate WHERE id = NEW.gate_id
			AND args_sha256 = NEW.args_sha256)
		THEN RAISE(ABORT, 'invalid: args: nothing is edited')
	-- Edits narrow: to nothing that neither tool nor model knows.
	WHEN NEW.verdict = 'edit' AND EXISTS (
			SELECT 1 FROM gate g
			JOIN session s ON s.id = g.session_id
			JOIN tool_call c ON c.id = g.tool_call_id
			JOIN tool t ON t.app_id = s.app_id AND t.name = c.tool
			JOIN json_each(NEW.args) m
			WHERE g.id = NEW.gate_id
			AND json_type(t.parameters, '$.properties') = 'object'
			AND NOT EXISTS (SELECT 1
				FROM json_each(t.parameters, '$.properties') p
				WHERE p.key = m.key)
			AND NOT EXISTS (SELECT 1 FROM json_each(c.args) o
				WHERE o.key = m.key))
		THEN RAISE(ABORT, 'invalid: args: the tool has no such parameter')
	WHEN NEW.verdict = 'edit' AND EXISTS (
			SELECT 1 FROM gate g
			JOIN session s ON s.id = g.session_id
			JOIN tool_call c ON c.id = g.tool_call_id
			JOIN tool t ON t.app_id = s.app_id AND t.name = c.tool
			JOIN json_each(t.parameters, '$.required') r
			WHERE g.id = NEW.gate_id
			AND NOT EXISTS (SELECT 1 FROM json_each(NEW.args) m
				WHERE m.key = r.value))
		THEN RAISE(ABORT, 'invalid: args: a required parameter is missing')
	WHEN NEW.verdict IN ('resume_with_input', 'respond')
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
	INSERT INTO event (session_id, kind, payload, ts)
	SELECT g.session_id, 'vote_cast', json_object('gate_id', 'g' || g.id,
		'verdict', NEW.verdict, 'by', NEW.actor,
		'votes', (SELECT count(*) FROM vote WHERE gate_id = g.id),
		'quorum', g.quorum, 'origin', json(NEW.origin)), NEW.at
	FROM gate g
	WHERE g.id = NEW.gate_id AND g.decision IS NULL;
	UPDATE session
	SET user_inputs = json_insert(user_inputs, '$[#]',
		trim(NEW.input, char(9, 10, 11, 12, 13, 32)))
	WHERE NEW.verdict = 'resume_with_input'
		AND id = (SELECT session_id FROM gate WHERE id = NEW.gate_id);
	-- Nothing more is asked or run: what there is decides how it ends.
	UPDATE session
	SET node = '__end__'
	WHERE NEW.verdict = 'finish'
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
	INSERT INTO move (session_id, from_status, to_status, cause, actor,
		origin, at)
	SELECT s.id, s.status, CASE
			WHEN NEW.verdict = 'stop' THEN 'stopped'
			WHEN NEW.verdict = 'escalate'
				AND a.escalate_tool IS NULL THEN a.escalate_status
			ELSE 'in_progress' END,
		CASE WHEN NEW.verdict IN ('stop', 'escalate') THEN NEW.verdict
			ELSE 'gate_decided' END, NEW.actor, NEW.origin, NEW.at
	FROM gate g
	JOIN session s ON s.id = g.session_id
	JOIN app a ON a.id = s.app_id
	WHERE g.id = NEW.gate_id AND g.decision IS NOT NULL
		AND s.status = 'awaiting_input' AND (
			NEW.verdict = 'escalate' OR NOT EXISTS (
			SELECT 1 FROM gate o
			WHERE o.session_id = g.session_id
			AND o.decision IS NULL));
END;

CREATE TRIGGER vote_fixed BEFORE UPDATE ON vote
BEGIN SELECT RAISE(ABORT, 'conflict: a vote never changes'); END;

---------------------------------------------------------------------- changes

-- Until when a gate waits is put off within limits; who looks at it is a name.
CREATE TRIGGER gate_change_check BEFORE INSERT ON gate_change
BEGIN
	SELECT CASE
	WHEN NOT EXISTS (SELECT 1 FROM gate WHERE id = NEW.gate_id)
		THEN RAISE(ABORT, 'unknown: no such gate')
	WHEN EXISTS (SELECT 1 FROM gate WHERE id = NEW.gate_id
			AND decision IS NOT NULL)
		THEN RAISE(ABORT, 'conflict: the gate is already decided')
	WHEN NEW.gate_version <> (SELECT version FROM gate
			WHERE id = NEW.gate_id)
		THEN RAISE(ABORT, 'conflict: the gate changed meanwhile')
	WHEN NEW.at >= (SELECT deadline FROM gate WHERE id = NEW.gate_id)
		THEN RAISE(ABORT, 'conflict: the gate has expired')
	WHEN NEW.deadline <= (SELECT coalesce(deadline, NEW.deadline)
			FROM gate WHERE id = NEW.gate_id)
		THEN RAISE(ABORT, 'invalid: deadline: not later than it is')
	WHEN NEW.deadline > NEW.at + 2592000000
		THEN RAISE(ABORT, 'invalid: deadline: more than 30 days away')
	WHEN 100 <= (SELECT count(*) FROM gate_change
			WHERE gate_id = NEW.gate_id)
		THEN RAISE(ABORT, 'conflict: the gate was changed 100 times')
	END;
END;

CREATE TRIGGER gate_change_made AFTER INSERT ON gate_change
BEGIN
	INSERT INTO event (session_id, kind, payload, ts)
	SELECT session_id, 'gate_changed', json_object(
		'gate_id', 'g' || id, 'by', NEW.actor,
		'from', json_object('assignee', assignee,
			'deadline', deadline),
		'to', json_object('assignee', CASE WHEN NEW.assigns
			THEN NEW.assignee ELSE assignee END,
			'deadline', coalesce(NEW.deadline, deadline)),
		'rationale', NEW.rationale, 'origin', json(NEW.origin)),
		NEW.at
	FROM gate
	WHERE id = NEW.gate_id;
	UPDATE gate
	SET assignee = CASE WHEN NEW.assigns THEN NEW.assignee
			ELSE assignee END,
		deadline = coalesce(NEW.deadline, deadline),
		version = version + 1
	WHERE id = NEW.gate_id;
END;

CREATE TRIGGER gate_change_fixed BEFORE UPDATE ON gate_change
BEGIN SELECT RAISE(ABORT, 'conflict: a change of a gate is kept'); END;
