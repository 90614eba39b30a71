-- SPDX-License-Identifier: Apache-2.0
--
-- What must never be seen. Each view is empty in a sound database;
-- `gatehouse verify` prints what is not.

-- I1: the status is where the newest move led.
CREATE VIEW invariant_i1 (session_id, problem) AS
SELECT s.id, 'status ' || s.status || ' did not come from its last move'
FROM session s
LEFT JOIN move m ON m.id = s.move_id
WHERE s.status IS NOT coalesce(m.to_status, 'new')
	OR m.session_id <> s.id
	OR EXISTS (SELECT 1 FROM move n
		WHERE n.session_id = s.id AND n.id > s.move_id);

-- I2: waiting and having an open gate are the same thing.
CREATE VIEW invariant_i2 (session_id, problem) AS
SELECT s.id, 'status ' || s.status || ' does not fit its open gates'
FROM session s
WHERE (s.status = 'awaiting_input') <> EXISTS (
	SELECT 1 FROM gate g
	WHERE g.session_id = s.id AND g.decision IS NULL);

-- I3: a session that no longer waits can be taken by a runner.
CREATE VIEW invariant_i3 (session_id, problem) AS
SELECT id, 'in_progress, but never ready'
FROM session
WHERE status = 'in_progress' AND ready_at IS NULL;

-- I4: a decision has exactly the votes that make it.
CREATE VIEW invariant_i4 (session_id, problem) AS
SELECT g.session_id, 'gate g' || g.id || ' was decided without its votes'
FROM gate g
WHERE g.decision IS NOT NULL AND g.decision <> 'cancelled'
	AND CASE g.decision WHEN 'approve' THEN g.quorum ELSE 1 END > (
		SELECT count(*) FROM vote v
		WHERE v.gate_id = g.id AND v.verdict = g.decision);

-- I5: nothing is pending where everything is over.
CREATE VIEW invariant_i5 (session_id, problem) AS
SELECT s.id, 'finished with call ' || c.ordinal || ' ' || c.status
FROM session s
JOIN tool_call c ON c.session_id = s.id
WHERE s.ready_at IS NULL AND s.status <> 'awaiting_input'
	AND c.ended_at IS NULL AND c.status <> 'executing';

-- I6: no gate was opened after the end.
CREATE VIEW invariant_i6 (session_id, problem) AS
SELECT g.session_id, 'gate g' || g.id || ' is open on a finished session'
FROM gate g
JOIN session s ON s.id = g.session_id
WHERE g.decision IS NULL AND (s.deleted_at IS NOT NULL
	OR s.status NOT IN ('in_progress', 'awaiting_input'));

-- I7: one pair of events for each move.
CREATE VIEW invariant_i7 (session_id, problem) AS
SELECT s.id, 'moves and status events do not agree'
FROM session s
WHERE (SELECT count(*) FROM move m WHERE m.session_id = s.id) <> (
		SELECT count(*) FROM event e
		WHERE e.session_id = s.id AND e.kind = 'status_changed')
	OR (SELECT count(*) FROM move m WHERE m.session_id = s.id) <> (
		SELECT count(*) FROM event e WHERE e.session_id = s.id
		AND e.kind = 'session.status_changed')
	OR (SELECT count(*) FROM gate g WHERE g.session_id = s.id) <> (
		SELECT count(*) FROM event e
		WHERE e.session_id = s.id AND e.kind = 'gate_fired');

-- I8: the log of a session starts with its creation.
CREATE VIEW invariant_i8 (session_id, problem) AS
SELECT s.id, 'its first event is not session.created'
FROM session s
WHERE 'session.created' IS NOT (
	SELECT kind FROM event e
	WHERE e.session_id = s.id ORDER BY e.seq LIMIT 1);

-- I9: a call that people had to approve ran only as approved.
CREATE VIEW invariant_i9 (session_id, problem) AS
SELECT c.session_id, 'call ' || c.ordinal || ' ran without approval'
FROM tool_call c
WHERE c.gate_reason IS NOT NULL AND c.started_at IS NOT NULL
	AND NOT EXISTS (
		SELECT 1 FROM gate g
		WHERE g.tool_call_id = c.id AND g.kind = 'tool'
			AND g.decision = 'approve'
			AND g.args_sha256 = c.args_sha256);

-- I10: only known verdicts were ever given.
CREATE VIEW invariant_i10 (session_id, problem) AS
SELECT g.session_id, 'vote ' || v.id || ' has verdict ' || v.verdict
FROM vote v
JOIN gate g ON g.id = v.gate_id
WHERE NOT EXISTS (
	SELECT 1 FROM gate_verdict d
	WHERE d.kind = g.kind AND d.verdict = v.verdict);

-- I11: nobody approved what they submitted where that is forbidden.
CREATE VIEW invariant_i11 (session_id, problem) AS
SELECT g.session_id, 'gate g' || g.id || ' was approved by the submitter'
FROM gate g
JOIN session s ON s.id = g.session_id
JOIN vote v ON v.gate_id = g.id
WHERE NOT g.submitter_may_approve AND v.verdict IN ('approve', 'run_again')
	AND v.actor = s.submitter ->> 'id';

-- I12: no turn or call carries an epoch that was never given out.
CREATE VIEW invariant_i12 (session_id, problem) AS
SELECT s.id, 'a call carries epoch ' || c.epoch || ' of ' || s.epoch
FROM session s
JOIN tool_call c ON c.session_id = s.id
WHERE c.epoch > s.epoch
UNION ALL
SELECT s.id, 'a turn carries epoch ' || r.epoch || ' of ' || s.epoch
FROM session s
JOIN agent_run r ON r.session_id = s.id
WHERE r.epoch > s.epoch;

-- I13: what did not run left no trace that says it did.
CREATE VIEW invariant_i13 (session_id, problem) AS
SELECT c.session_id, 'call ' || c.ordinal || ' ' || c.status || ' ran'
FROM tool_call c
WHERE c.status IN ('rejected', 'timeout', 'refused')
	AND c.started_at IS NOT NULL
UNION ALL
SELECT c.session_id, 'call ' || c.ordinal || ' is told more than once'
FROM tool_call c
WHERE c.run_id IS NOT NULL AND c.ended_at IS NOT NULL
	AND c.status NOT IN ('cancelled', 'in_doubt') AND 1 <> (
		SELECT count(*) FROM message m WHERE m.tool_call_id = c.id);
