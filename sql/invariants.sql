-- SPDX-License-Identifier: Apache-2.0
--
-- What must never be seen. Each view is empty in a sound database;
-- `gatehouse verify` prints what is not. They read rows alone and trust no
-- trigger.

-- I1: the status is where the newest move led, and each move went along
-- status_move from where the one before had led.
CREATE VIEW invariant_i1 (session_id, problem) AS
SELECT s.id, 'status ' || s.status || ' did not come from its last move'
FROM session s
LEFT JOIN move m ON m.id = s.move_id
WHERE s.status IS NOT coalesce(m.to_status, 'new')
	OR m.session_id <> s.id
	OR EXISTS (SELECT 1 FROM move n
		WHERE n.session_id = s.id AND n.id > s.move_id)
UNION ALL
SELECT m.session_id, 'no such move: ' || m.from_status || ' to '
	|| m.to_status
FROM move m
JOIN session s ON s.id = m.session_id
WHERE NOT EXISTS (SELECT 1 FROM status_move d
	WHERE d.app_id = s.app_id AND d.from_status = m.from_status
		AND d.to_status = m.to_status)
UNION ALL
SELECT session_id, 'move ' || id || ' does not follow the one before'
FROM (SELECT session_id, id, from_status, lag(to_status, 1, 'new') OVER (
		PARTITION BY session_id ORDER BY id) AS before
	FROM move)
WHERE from_status <> before;

-- I2: waiting and having an open gate are the same thing.
CREATE VIEW invariant_i2 (session_id, problem) AS
SELECT s.id, 'status ' || s.status || ' does not fit its open gates'
FROM session s
WHERE (s.status = 'awaiting_input') <> EXISTS (
	SELECT 1 FROM gate g
	WHERE g.session_id = s.id AND g.decision IS NULL)
UNION ALL
SELECT s.id, 'waits since another time than its move'
FROM session s
JOIN move m ON m.id = s.move_id
WHERE s.waiting_since IS NOT CASE s.status
	WHEN 'awaiting_input' THEN m.at END
UNION ALL
SELECT s.id, 'is listed under app ' || coalesce(s.app, '') || ', agent '
	|| coalesce(s.agent, '')
FROM session s
JOIN app a ON a.id = s.app_id
WHERE s.app IS NOT a.name OR s.agent IS NOT (
	SELECT r.agent FROM agent_run r
	WHERE r.session_id = s.id
	ORDER BY r.id DESC LIMIT 1);

-- I3: when the last gate is decided the session goes on, and can be taken.
CREATE VIEW invariant_i3 (session_id, problem) AS
SELECT s.id, 'decided, but ' || CASE s.status WHEN 'in_progress'
	THEN 'never ready' ELSE 'still waiting' END
FROM session s
WHERE (s.status = 'in_progress' AND s.ready_at IS NULL)
	OR (s.status = 'awaiting_input'
		AND EXISTS (SELECT 1 FROM gate g WHERE g.session_id = s.id)
		AND NOT EXISTS (SELECT 1 FROM gate g
			WHERE g.session_id = s.id AND g.decision IS NULL));

-- I4: a gate is decided by the vote that completes the decision, at once;
-- none comes later, and only the system's comes after the deadline.
CREATE VIEW invariant_i4 (session_id, problem) AS
SELECT g.session_id, 'gate g' || g.id || ' was decided without its votes'
FROM gate g
WHERE g.decision IS NOT NULL AND g.decision <> 'cancelled'
	AND CASE g.decision WHEN 'approve' THEN g.quorum ELSE 1 END > (
		SELECT count(*) FROM vote v
		WHERE v.gate_id = g.id AND v.verdict = g.decision)
UNION ALL
SELECT g.session_id, 'gate g' || g.id || ' has its votes and is open'
FROM gate g
WHERE g.decision IS NULL AND (
	EXISTS (SELECT 1 FROM vote v
		WHERE v.gate_id = g.id AND v.verdict <> 'approve')
	OR g.quorum <= (SELECT count(*) FROM vote v
		WHERE v.gate_id = g.id AND v.verdict = 'approve'))
UNION ALL
SELECT g.session_id, 'gate g' || g.id || ' has a vote after its decision'
FROM gate g
WHERE g.decision <> 'cancelled' AND g.decided_by IS NOT (
	SELECT v.actor FROM vote v
	WHERE v.gate_id = g.id ORDER BY v.id DESC LIMIT 1)
UNION ALL
SELECT g.session_id, 'vote ' || v.id || ' on gate g' || g.id || ' came '
	|| CASE v.verdict WHEN 'timeout' THEN 'too early' ELSE 'too late' END
FROM vote v
JOIN gate g ON g.id = v.gate_id
WHERE g.deadline IS NOT NULL
	AND (v.verdict = 'timeout') <> (v.at >= g.deadline)
UNION ALL
SELECT g.session_id, 'vote ' || v.id || ' on gate g' || g.id
	|| ' came before it could'
FROM vote v
JOIN gate g ON g.id = v.gate_id
WHERE v.at < g.opened_at OR EXISTS (
	SELECT 1 FROM vote o
	WHERE o.gate_id = v.gate_id AND o.id < v.id AND o.at > v.at)
UNION ALL
SELECT g.session_id, 'gate g' || g.id || ' has version ' || g.version
FROM gate g
WHERE g.version <> 1 + (SELECT count(*) FROM vote v WHERE v.gate_id = g.id)
	+ (SELECT count(*) FROM gate_change c WHERE c.gate_id = g.id)
UNION ALL
SELECT g.session_id, 'gate g' || g.id || ' is not as its last change left it'
FROM gate g
WHERE g.assignee IS NOT (SELECT c.assignee FROM gate_change c
		WHERE c.gate_id = g.id AND c.assigns
		ORDER BY c.id DESC LIMIT 1)
	OR g.deadline <> (SELECT c.deadline FROM gate_change c
		WHERE c.gate_id = g.id AND c.deadline IS NOT NULL
		ORDER BY c.id DESC LIMIT 1);

-- I5: nothing is pending where everything is over.
CREATE VIEW invariant_i5 (session_id, problem) AS
SELECT s.id, 'finished with call ' || c.ordinal || ' ' || c.status
FROM session s
JOIN tool_call c ON c.session_id = s.id
WHERE s.status NOT IN ('new', 'in_progress', 'awaiting_input')
	AND c.ended_at IS NULL AND c.status <> 'executing'
UNION ALL
SELECT s.id, 'finished with a turn of ' || r.agent
FROM session s
JOIN agent_run r ON r.session_id = s.id
WHERE s.status NOT IN ('new', 'in_progress', 'awaiting_input')
	AND r.ended_at IS NULL;

-- I6: no gate is open after the end, and none was opened there.
CREATE VIEW invariant_i6 (session_id, problem) AS
SELECT g.session_id, 'gate g' || g.id || ' is open on a finished session'
FROM gate g
JOIN session s ON s.id = g.session_id
WHERE g.decision IS NULL AND (s.deleted_at IS NOT NULL
	OR s.status NOT IN ('in_progress', 'awaiting_input'))
UNION ALL
SELECT s.id, 'a gate was opened after the end'
FROM session s
JOIN event e ON e.session_id = s.id AND e.kind = 'gate_fired'
WHERE s.status NOT IN ('new', 'in_progress', 'awaiting_input')
	AND e.seq > (SELECT max(seq) FROM event l
		WHERE l.session_id = s.id AND l.kind = 'status_changed');

-- I7: the n-th move has the n-th event of each kind, the n-th gate its
-- gate_fired; and what made a session wait is told just before. (Session by
-- session, along indexes: sorting all there is takes its time and memory.)
CREATE VIEW invariant_i7 (session_id, problem) AS
SELECT id, 'its moves and its events ' || kind || ' do not agree'
FROM (SELECT s.id, k.kind,
		(SELECT group_concat(body) FROM (
			SELECT json_array(from_status, to_status, cause)
				AS body
			FROM move
			WHERE session_id = s.id ORDER BY id)) AS made,
		(SELECT group_concat(body) FROM (
			SELECT json_extract(payload, '$.from', '$.to',
				'$.cause') AS body
			FROM event
			WHERE session_id = s.id AND event.kind = k.kind
			ORDER BY seq)) AS told
	FROM session s, (SELECT 'status_changed' AS kind UNION ALL
		SELECT 'session.status_changed') k)
WHERE made IS NOT told
UNION ALL
SELECT id, 'its gates and its events gate_fired do not agree'
FROM (SELECT s.id,
		(SELECT group_concat(gate_id) FROM (
			SELECT 'g' || id AS gate_id
			FROM gate
			WHERE session_id = s.id ORDER BY gate.id)) AS made,
		(SELECT group_concat(gate_id) FROM (
			SELECT payload ->> 'gate_id' AS gate_id
			FROM event
			WHERE session_id = s.id AND kind = 'gate_fired'
			ORDER BY seq)) AS told
	FROM session s)
WHERE made IS NOT told
UNION ALL
SELECT session_id, 'event ' || seq || ' does not follow a gate_fired'
FROM (SELECT session_id, seq, kind, payload, lag(kind) OVER (
		PARTITION BY session_id ORDER BY seq) AS before
	FROM event)
WHERE kind = 'status_changed' AND payload ->> 'to' = 'awaiting_input'
	AND before IS NOT 'gate_fired';

-- I8: the log of a session starts with its creation, and the numbers of all
-- events have no hole.
CREATE VIEW invariant_i8 (session_id, problem) AS
SELECT s.id, 'its first event is not session.created'
FROM session s
WHERE 'session.created' IS NOT (
	SELECT kind FROM event e
	WHERE e.session_id = s.id ORDER BY e.seq LIMIT 1)
UNION ALL
SELECT '', 'of ' || last || ' events ' || number || ' are there'
FROM (SELECT (SELECT count(*) FROM event) AS number,
	(SELECT seq FROM sqlite_sequence WHERE name = 'event') AS last)
WHERE number <> last;

-- I9: a call that people had to approve ran only as approved, and waits
-- exactly as long as its gate.
CREATE VIEW invariant_i9 (session_id, problem) AS
SELECT c.session_id, 'call ' || c.ordinal || ' ran without approval'
FROM tool_call c
WHERE (c.gate_reason IS NOT NULL AND c.started_at IS NOT NULL
		OR c.status = 'approved')
	AND NOT EXISTS (
		SELECT 1 FROM gate g
		WHERE g.tool_call_id = c.id AND g.kind = 'tool'
			AND g.decision = 'approve'
			AND g.args_sha256 = c.args_sha256)
UNION ALL
SELECT c.session_id, 'call ' || c.ordinal || ' was edited by nobody'
FROM tool_call c
WHERE c.args_original IS NOT NULL AND NOT EXISTS (
	SELECT 1 FROM gate g
	WHERE g.tool_call_id = c.id AND g.decision = 'edit')
UNION ALL
SELECT c.session_id, 'call ' || c.ordinal || ' ' || c.status
	|| ' does not fit its gate'
FROM tool_call c
WHERE (c.status = 'pending_approval') <> EXISTS (
	SELECT 1 FROM gate g
	WHERE g.tool_call_id = c.id AND g.kind = 'tool'
		AND g.decision IS NULL);

-- I10: only known verdicts were ever given.
CREATE VIEW invariant_i10 (session_id, problem) AS
SELECT g.session_id, 'vote ' || v.id || ' has verdict ' || v.verdict
FROM vote v
JOIN gate g ON g.id = v.gate_id
WHERE NOT EXISTS (
	SELECT 1 FROM gate_verdict d
	WHERE d.kind = g.kind AND d.verdict = v.verdict)
UNION ALL
SELECT g.session_id, 'gate g' || g.id || ' is decided as ' || g.decision
FROM gate g
WHERE g.decision <> 'cancelled' AND NOT EXISTS (
	SELECT 1 FROM gate_verdict d
	WHERE d.kind = g.kind AND d.verdict = g.decision);

-- I11: nobody approved what they submitted where that is forbidden, and
-- nothing was approved by fewer people than the application asks for.
CREATE VIEW invariant_i11 (session_id, problem) AS
SELECT g.session_id, 'gate g' || g.id || ' was approved by the submitter'
FROM gate g
JOIN session s ON s.id = g.session_id
JOIN app a ON a.id = s.app_id
JOIN vote v ON v.gate_id = g.id
WHERE NOT (g.submitter_may_approve AND a.submitter_may_approve)
	AND v.verdict IN ('approve', 'run_again', 'raise', 'edit')
	AND v.actor = s.submitter ->> 'id'
UNION ALL
SELECT g.session_id, 'gate g' || g.id || ' was decided by ' || v.actor
	|| ', who may not'
FROM gate g
JOIN session s ON s.id = g.session_id
JOIN vote v ON v.gate_id = g.id
WHERE g.approvers <> '[]' AND v.verdict <> 'timeout' AND NOT EXISTS (
	SELECT 1 FROM json_each(g.approvers) p
	WHERE p.value = v.actor OR instr(' ' || replace(coalesce(v.roles, '')
			|| ' ', '@' || s.app || ' ', ' '),
			' ' || p.value || ' ') > 0
		OR (p.value IN ('viewer', 'operator', 'approver') AND instr(' '
			|| replace(coalesce(v.roles, '') || ' ',
				'@' || s.app || ' ', ' '), ' admin ') > 0))
UNION ALL
SELECT g.session_id, 'gate g' || g.id || ' was approved by too few'
FROM gate g
JOIN session s ON s.id = g.session_id
JOIN app a ON a.id = s.app_id
WHERE g.decision = 'approve' AND max(g.quorum, a.gate_quorum) > (
	SELECT count(DISTINCT v.actor) FROM vote v
	WHERE v.gate_id = g.id AND v.verdict = 'approve');

-- I12: who is ready and who is not, how many there are; and no turn or call
-- carries an epoch that was never given out.
CREATE VIEW invariant_i12 (session_id, problem) AS
SELECT id, 'status ' || status || ' and ready_at do not agree'
FROM session
WHERE (ready_at IS NOT NULL) <> (status IN ('new', 'in_progress'))
UNION ALL
SELECT '', 'application ' || app || ' has ' || sum(has) || ' sessions '
	|| status || ' and counts ' || sum(counts)
FROM (SELECT app, status, sessions AS counts, 0 AS has FROM session_count
	UNION ALL
	SELECT app, status, 0, count(*) FROM session GROUP BY app, status)
GROUP BY app, status
HAVING sum(has) <> sum(counts)
UNION ALL
SELECT s.id, 'a call carries epoch ' || c.epoch || ' of ' || s.epoch
FROM session s
JOIN tool_call c ON c.session_id = s.id
WHERE c.epoch > s.epoch
UNION ALL
SELECT s.id, 'a turn carries epoch ' || r.epoch || ' of ' || s.epoch
FROM session s
JOIN agent_run r ON r.session_id = s.id
WHERE r.epoch > s.epoch;

-- I13: what did not run left no trace that says it did, and what ended is
-- told once.
CREATE VIEW invariant_i13 (session_id, problem) AS
SELECT c.session_id, 'call ' || c.ordinal || ' ' || c.status || ' ran'
FROM tool_call c
WHERE c.status IN ('rejected', 'timeout', 'refused', 'cancelled')
	AND c.started_at IS NOT NULL
UNION ALL
SELECT c.session_id, 'call ' || c.ordinal || ' is told more than once'
FROM tool_call c
WHERE c.run_id IS NOT NULL AND c.ended_at IS NOT NULL
	AND c.status NOT IN ('cancelled', 'in_doubt') AND 1 <> (
		SELECT count(*) FROM message m WHERE m.tool_call_id = c.id)
UNION ALL
SELECT e.session_id, 'event ' || e.seq || ' says '
	|| (e.payload ->> 'status') || ' of call '
	|| (e.payload ->> 'tool_call_id')
FROM event e
LEFT JOIN tool_call c ON c.session_id = e.session_id
	AND c.ordinal = CAST(e.payload ->> 'tool_call_id' AS INTEGER)
WHERE e.kind = 'tool_invoked' AND (c.ended_at IS NULL
	OR c.status IS NOT e.payload ->> 'status');

-- I14: only known roles were given, nobody is signed in for longer than the
-- token is good, and who acted with a token is the one whom it stands for.
CREATE VIEW invariant_i14 (session_id, problem) AS
SELECT '', 'token ' || t.id || ' has role ' || r.value
FROM token t, json_each('["' || replace(t.roles, ' ', '","') || '"]') r
WHERE substr(r.value, 1, instr(r.value || '@', '@') - 1) NOT IN (
	'viewer', 'operator', 'approver', 'admin')
UNION ALL
SELECT '', g.person || ' has role ' || r.value
FROM role_grant g, json_each('["' || replace(g.roles, ' ', '","') || '"]') r
WHERE substr(r.value, 1, instr(r.value || '@', '@') - 1) NOT IN (
	'viewer', 'operator', 'approver', 'admin')
UNION ALL
SELECT '', 'login ' || l.id || ' outlives token ' || t.id
FROM login l
JOIN token t ON t.id = l.token_id
WHERE l.expires_at > t.expires_at
UNION ALL
SELECT g.session_id, 'vote ' || v.id || ' of ' || v.actor
	|| ' came with a token that is not theirs'
FROM vote v
JOIN gate g ON g.id = v.gate_id
WHERE v.origin ->> '$.token_id' IS NOT NULL AND NOT EXISTS (
	SELECT 1 FROM token
	WHERE id = v.origin ->> '$.token_id' AND person = v.actor)
UNION ALL
SELECT session_id, 'move ' || id || ' of ' || actor
	|| ' came with a token that is not theirs'
FROM move m
WHERE origin ->> '$.token_id' IS NOT NULL AND NOT EXISTS (
	SELECT 1 FROM token
	WHERE id = m.origin ->> '$.token_id' AND person = m.actor);

-- I15: every tool that a server told of belongs to a server of its
-- application.
CREATE VIEW invariant_i15 (session_id, problem) AS
SELECT '', 'tool ' || t.name || ' belongs to no server'
FROM tool t
LEFT JOIN tool_server s ON s.app_id = t.app_id AND s.name = t.server
	AND s.transport = t.transport
	AND t.name GLOB s.name || ':*'
WHERE t.transport IN ('stdio', 'http') AND s.name IS NULL;

-- I16: what turns count is what their rows say, and nothing but a raise made
-- room beyond a budget. (Tokens and time are known when they are used.)
CREATE VIEW invariant_i16 (session_id, problem) AS
SELECT r.session_id, 'a turn of ' || r.agent || ' used other ' || u.name
	|| ' than it counts'
FROM agent_run r
JOIN (SELECT a.id, n.value AS name, CASE n.value
		WHEN 'replies' THEN a.replies
		WHEN 'calls' THEN a.calls
		ELSE a.input_tokens + a.output_tokens END AS counted,
		CASE n.value
		WHEN 'replies' THEN (SELECT count(*) FROM message m
			WHERE m.run_id = a.id AND m.role = 'assistant')
		WHEN 'calls' THEN (SELECT count(*) FROM tool_call c
			WHERE c.run_id = a.id AND c.attempt > 0)
		ELSE (SELECT coalesce(sum(m.input_tokens + m.output_tokens), 0)
			FROM message m
			WHERE m.run_id = a.id AND m.role = 'assistant') END
			AS made
	FROM agent_run a,
		json_each('["replies","calls","tokens"]') n) u ON u.id = r.id
WHERE u.counted <> u.made
UNION ALL
SELECT session_id, 'used ' || used || ' of ' || allowed || ' ' || name
FROM budget_use
WHERE name IN ('model_calls', 'tool_calls') AND used > allowed
UNION ALL
SELECT session_id, 'gate g' || id || ' asks for a budget that is not used up'
FROM gate
WHERE kind = 'budget'
	AND NOT coalesce(detail ->> 'used' >= detail ->> 'limit', 0);

-- I17: a key stands for one answer, for a day.
CREATE VIEW invariant_i17 (session_id, problem) AS
SELECT '', 'a key of ' || n.person || ' has answers ' || o.id || ' and '
	|| n.id
FROM request_key n
JOIN request_key o ON o.person = n.person AND o.key = n.key
	AND o.id < n.id AND o.at > n.at - 86400000;

-- I18: only what failed in passing was retried, as often as its application
-- allows, and each time was counted.
CREATE VIEW invariant_i18 (session_id, problem) AS
SELECT s.id, 'counts ' || s.attempt || ' retries of at most '
	|| r.max_retries
FROM session s
JOIN session_retry r ON r.id = s.id
WHERE s.attempt > r.max_retries OR s.attempt <> (
	SELECT count(*) FROM move m
	WHERE m.session_id = s.id AND m.from_status = 'error')
UNION ALL
SELECT m.session_id, 'move ' || m.id || ' retries what fails again'
FROM move m
WHERE m.from_status = 'error' AND (m.cause <> 'retry' OR 1 IS NOT (
	SELECT p.transient FROM move p
	WHERE p.session_id = m.session_id AND p.id < m.id
	ORDER BY p.id DESC LIMIT 1));

-- I19: what is read with a session lies where it is looked for.
CREATE VIEW invariant_i19 (session_id, problem) AS
SELECT s.id, 'turn ' || r.id || ' lies with another session'
FROM session s
JOIN agent_run r ON r.session_id = s.id
WHERE r.id >> 20 <> s.num - 1
UNION ALL
SELECT s.id, 'call ' || c.ordinal || ' lies elsewhere, at ' || c.id
FROM session s
JOIN tool_call c ON c.session_id = s.id
WHERE c.id <> ((s.num - 1) << 20) + 1 + c.ordinal
	OR c.id >> 20 <> s.num - 1;
