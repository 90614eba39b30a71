-- SPDX-License-Identifier: Apache-2.0
--
-- What the API and the command line read.

-- name: session_get
SELECT body FROM session_object WHERE id = ?1;

-- name: sessions_recent
SELECT (SELECT body FROM session_object o WHERE o.id = s.id)
FROM session s INDEXED BY session_created
WHERE deleted_at IS NULL AND status <> 'duplicate'
ORDER BY created_at DESC, num DESC
LIMIT ?1;

-- name: filters_known
-- scan: a handful of rows
SELECT ?1 IS NULL OR EXISTS (SELECT 1 FROM app WHERE name = ?1),
	?2 IN ('unfinished', 'any') OR EXISTS (
		SELECT 1 FROM status WHERE name = ?2);

-- What a client sent, with what it left out; no other digit changes. ?3: who
-- it is, where that is known; what it says then is only kept.
-- name: session_input
SELECT json_insert(CASE WHEN ?3 IS NULL THEN coalesce(?1, '{}')
		ELSE json_patch(coalesce(?1, '{}'), json_object('id', ?3,
			'said', nullif(?1 ->> '$.id', ?3))) END,
		'$.id', 'user-mock', '$.team', 'platform'),
	json_remove(coalesce(?2, '{}'), '$.environment');

-- name: overrides_schema
-- scan: a handful of rows
SELECT config -> '$.orchestrator.state_overrides_schema'
FROM app
WHERE ?1 IS NULL OR name = ?1
ORDER BY id DESC
LIMIT 1;

-- name: session_runs
SELECT body FROM agent_run_object WHERE session_id = ?1 ORDER BY id;

-- name: session_calls
SELECT body FROM tool_call_object WHERE session_id = ?1 ORDER BY ordinal;

-- A negative limit is none.
-- name: session_events
SELECT body, seq
FROM event_object
WHERE session_id = ?1 AND seq > ?2
ORDER BY seq
LIMIT ?3;

-- name: session_agents
SELECT json_group_object(d.name, json(d.body))
FROM session s
JOIN agent_definition d ON d.app_id = s.app_id
WHERE s.id = ?1;

-- name: session_seq
SELECT coalesce(max(seq), 0) FROM event WHERE session_id = ?1;

-- name: agents
-- scan: what is loaded is small
SELECT body FROM agent_object ORDER BY app, name;

-- name: tools
-- scan: what is loaded is small
SELECT body FROM tool_object ORDER BY app, name;

-- name: tool_servers
-- scan: what is loaded is small
SELECT body FROM tool_server_object ORDER BY app, name;

-- name: environments
-- scan: what is loaded is small
SELECT json_quote(e.value)
FROM app_newest a
JOIN json_each(a.config, '$.environments') e
GROUP BY e.value
ORDER BY min(a.id), min(e.key);

-- Every open gate, the oldest first; ?1: now.
-- name: gates_open
SELECT '{"age_ms":' || (?1 - opened_at) || ',' || substr(body, 2)
FROM gate_object
WHERE decision IS NULL
ORDER BY opened_at, id
LIMIT ?2;

-- The open gates of a session that are about a tool call; ?1: now.
-- name: gates_of_session
SELECT '{"age_ms":' || (?1 - opened_at) || ',' || substr(body, 2)
FROM gate_object
WHERE session_id = ?2 AND decision IS NULL AND kind <> 'confidence'
ORDER BY id;

-- What a vote came to; ?2 to ?4: the vote.
-- name: verdict_answer
SELECT json_object(
	'session_id', o.id,
	'tool_call_id', CAST(c.ordinal AS TEXT),
	'gate_id', 'g' || g.id,
	'version', g.version,
	'decision', ?2,
	'approver', ?3,
	'rationale', ?4,
	'open', json(CASE WHEN g.decision IS NULL THEN 'true'
		ELSE 'false' END),
	'status', o.status,
	'session', json(o.body))
FROM gate g
JOIN session_object o ON o.id = g.session_id
LEFT JOIN tool_call c ON c.id = g.tool_call_id
WHERE g.id = ?1;
