-- SPDX-License-Identifier: Apache-2.0
--
-- What the command line lists and shows: the columns of its tables, and last
-- the same as JSON.

-- name: cli_session
SELECT s.status, s.environment, s.query, s.submitter ->> 'id', a.name,
	a.version, s.created_at, s.updated_at, s.input_tokens,
	s.output_tokens, s.findings, s.extra_fields,
	(SELECT body FROM session_object v WHERE v.id = s.id)
FROM session s
JOIN app a ON a.id = s.app_id
WHERE s.id = ?1;

-- name: cli_session_runs
SELECT agent, coalesce(outcome, 'running'), confidence, signal, started_at,
	ended_at, summary
FROM agent_run
WHERE session_id = ?1
ORDER BY id;

-- name: cli_session_calls
SELECT ordinal, agent, tool, risk, status, approver, created_at, args
FROM tool_call
WHERE session_id = ?1
ORDER BY ordinal;

-- name: cli_session_gates
SELECT 'g' || id, kind, coalesce(decision, 'open'), decided_by, opened_at,
	question, (SELECT body FROM gate_object v WHERE v.id = g.id)
FROM gate g
WHERE session_id = ?1
ORDER BY id;

-- name: cli_gate
SELECT g.session_id, g.kind, g.reason, g.question, g.detail, c.agent, c.tool,
	c.risk, c.args, g.opened_at, g.deadline, g.quorum, g.decision,
	g.decided_by, g.decided_at, g.rationale, s.status,
	(SELECT body FROM gate_object v WHERE v.id = g.id), g.assignee,
	CASE WHEN g.decision IS NULL AND NOT EXISTS (
			SELECT 1 FROM gate_verdict
			WHERE kind = g.kind AND verdict = ?2)
		THEN (SELECT group_concat(verdict, '|')
			FROM gate_verdict
			WHERE kind = g.kind AND verdict <> 'timeout') END
FROM gate g
JOIN session s ON s.id = g.session_id
LEFT JOIN tool_call c ON c.id = g.tool_call_id
WHERE g.id = ?1;

-- name: cli_retry
SELECT iif(body ->> '$.retry', 'yes', 'no'), body ->> '$.reason',
	printf('%d of %d', body ->> '$.retry_count', body ->> '$.max_retries'),
	body ->> '$.failure',
	(body ->> '$.agent') || ', ' || (body ->> '$.step'),
	printf('%d turns, %d replies, %d calls', body ->> '$.reused.turns',
		body ->> '$.reused.replies',
		json_array_length(body, '$.reused.tool_calls')),
	(SELECT nullif(group_concat(value, ' '), '')
		FROM json_each(body, '$.asked_first')), body
FROM retry_object
WHERE id = ?1;

-- name: cli_events
SELECT seq, session_id, kind, ts, payload,
	(SELECT body FROM event_object v WHERE v.seq = e.seq)
FROM event e
WHERE seq > ?1
ORDER BY seq
LIMIT 500;

-- name: cli_events_session
SELECT seq, session_id, kind, ts, payload,
	(SELECT body FROM event_object v WHERE v.seq = e.seq)
FROM event e
WHERE session_id = ?2 AND seq > ?1
ORDER BY seq
LIMIT 500;

-- name: cli_events_newest
SELECT max(0, coalesce(max(seq), 0) - ?1)
FROM event;

-- name: cli_app_known
SELECT 1
FROM app
WHERE ?1 IS NULL OR name = ?1
LIMIT 1;

-- name: cli_tools
-- scan: what is loaded is small
SELECT name, body ->> '$.risk', body ->> '$.transport',
	body ->> '$.availability.state', app,
	(SELECT group_concat(value, ' ')
		FROM json_each(body, '$.bound_agents')), body
FROM tool_object
WHERE ?1 IS NULL OR app = ?1
ORDER BY app, name;

-- name: cli_tool_servers
-- scan: what is loaded is small
SELECT name, body ->> '$.transport', body ->> '$.state', body ->> '$.since',
	body ->> '$.tools', app, body ->> '$.reason', body
FROM tool_server_object
WHERE ?1 IS NULL OR app = ?1
ORDER BY app, name;
