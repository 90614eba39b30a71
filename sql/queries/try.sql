-- SPDX-License-Identifier: Apache-2.0
--
-- What "gatehouse try" follows of its one session.

-- name: try_session
SELECT s.status, s.status IN ('new', 'in_progress', 'awaiting_input'),
	s.extra_fields ->> '$.failure', s.input_tokens, s.output_tokens,
	(SELECT count(*) FROM tool_call WHERE session_id = s.id),
	(SELECT count(*) FROM agent_run r JOIN message m ON m.run_id = r.id
		WHERE r.session_id = s.id AND m.role = 'assistant')
FROM session s
WHERE s.id = ?1;

-- name: try_runs
SELECT id, agent, ended_at IS NOT NULL, outcome, confidence,
	confidence_rationale, signal, next_node, input_tokens, output_tokens,
	ended_at - started_at
FROM agent_run
WHERE session_id = ?1 AND id >= ?2
ORDER BY id;

-- name: try_messages
SELECT m.id, m.role, m.content, json_array_length(m.tool_calls), m.at,
	m.input_tokens, m.output_tokens, c.ordinal, c.status, c.is_error,
	c.ended_at - c.started_at
FROM message m
LEFT JOIN tool_call c ON c.id = m.tool_call_id
WHERE m.run_id = ?1 AND m.id > ?2
ORDER BY m.id;

-- name: try_calls
SELECT ordinal, tool, args, risk, action, gate_reason, status
FROM tool_call
WHERE session_id = ?1 AND ordinal >= ?2 AND ordinal < ?3
ORDER BY ordinal;

-- name: try_gate
SELECT g.id, g.kind, g.reason, g.question, c.tool, c.args, c.risk,
	(SELECT json_group_array(verdict) FROM gate_verdict d
		WHERE d.kind = g.kind AND d.verdict <> 'timeout'
			AND (d.kind <> 'tool' OR d.verdict IN ('approve', 'reject')))
FROM gate g
LEFT JOIN tool_call c ON c.id = g.tool_call_id
WHERE g.session_id = ?1 AND g.decision IS NULL
ORDER BY g.id
LIMIT 1;
