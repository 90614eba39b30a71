-- SPDX-License-Identifier: Apache-2.0
--
-- What the API and the command line read.

-- name: session_get
SELECT body FROM session_object WHERE id = ?1;

-- A session that there is not is not retried; a name that none can have is
-- not found.
-- name: retry_preview
SELECT body FROM retry_object WHERE id = ?1
UNION ALL
SELECT '{"retry":false,"reason":"permanent_error"}'
WHERE ?1 GLOB '[A-Za-z]*-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]-[0-9][0-9][0-9]*'
	AND ?1 NOT GLOB '*[^A-Za-z0-9_-]*'
	AND NOT EXISTS (SELECT 1 FROM session WHERE id = ?1);

-- What a retry came to.
-- name: retry_answer
SELECT json_object('session_id', s.id, 'status', s.status,
	'retry_count', s.attempt, 'session', json(o.body))
FROM session s
JOIN session_object o ON o.id = s.id
WHERE s.id = ?1;

-- name: sessions_recent
SELECT (SELECT body FROM session_object o WHERE o.id = s.id)
FROM session s INDEXED BY session_created
WHERE deleted_at IS NULL AND status <> 'duplicate'
ORDER BY created_at DESC, num DESC
LIMIT ?1;

-- Do applications list that origin of pages, and do all of these take its
-- cookies?
-- name: cors_origin
-- scan: a handful of rows
SELECT count(*), min(coalesce(
	a.config ->> '$.api.cors_allow_credentials', 1))
FROM app_newest a
JOIN json_each(a.config, '$.api.cors_origins') o
WHERE o.value = ?1;

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
SELECT body FROM tool_call_object WHERE session_id = ?1 ORDER BY id;

-- A negative limit is none.
-- name: session_events
SELECT body, seq
FROM event_object
WHERE session_id = ?1 AND seq > ?2
ORDER BY seq
LIMIT ?3;

-- The newest of what is older than ?2; the oldest of them first, with: is
-- there an older one?
-- name: session_events_before
-- scan: sorts one page
SELECT body, seq, seq > (SELECT min(seq) FROM event WHERE session_id = ?1)
FROM (SELECT body, seq
	FROM event_object
	WHERE session_id = ?1 AND seq < ?2
	ORDER BY seq DESC
	LIMIT ?3)
ORDER BY seq;

-- Turns of a session follow each other, and so do their messages.
-- name: session_messages
SELECT body, id
FROM message_object
WHERE session_id = ?1 AND id > ?2
ORDER BY run_id, id
LIMIT ?3;

-- name: session_messages_before
-- scan: sorts one page
SELECT body, id, id > (SELECT min(id) FROM message_object
	WHERE session_id = ?1)
FROM (SELECT body, id, run_id
	FROM message_object
	WHERE session_id = ?1 AND id < ?2
	ORDER BY run_id DESC, id DESC
	LIMIT ?3)
ORDER BY run_id, id;

-- name: session_agents
SELECT json_group_object(d.name, json(d.body))
FROM session s
JOIN agent_definition d ON d.app_id = s.app_id
WHERE s.id = ?1;

-- The session with what its turns have cost: null where a model of theirs has
-- no price.
-- name: session_costed
SELECT substr(o.body, 1, length(o.body) - 1) || ',"cost":' || (
	SELECT CASE WHEN count(*) = count(m.config -> '$.model.price') THEN
		round(coalesce(sum((r.input_tokens
				* (m.config ->> '$.model.price.input')
			+ r.output_tokens
				* (m.config ->> '$.model.price.output'))
			/ 1e6), 0), 6)
		ELSE 'null' END
	FROM agent_run r
	JOIN agent g ON g.app_id = o.app_id AND g.name = r.agent
	JOIN model m ON m.app_id = o.app_id AND m.name = g.model
	WHERE r.session_id = o.id) || '}'
FROM session_object o
WHERE o.id = ?1;

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

-- Of the application of that name, or else of the one that was loaded last.
-- name: ui_hints
SELECT hints FROM ui_object ORDER BY app = ?1 DESC, id DESC LIMIT 1;

-- name: ui_views
SELECT views FROM ui_object ORDER BY app = ?1 DESC, id DESC LIMIT 1;

-- A gate, open or not; ?1: now.
-- name: gate_get
SELECT '{"age_ms":' || (?1 - opened_at) || ',' || substr(body, 2)
FROM gate_object
WHERE id = ?2;

-- What the tool of a gate's call takes.
-- name: gate_parameters
SELECT t.parameters
FROM gate g
JOIN session s ON s.id = g.session_id
JOIN tool_call c ON c.id = g.tool_call_id
JOIN tool t ON t.app_id = s.app_id AND t.name = c.tool
WHERE g.id = ?1;

-- The application that a gate belongs to.
-- name: gate_app
SELECT s.app, s.id
FROM gate g
JOIN session s ON s.id = g.session_id
WHERE g.id = ?1;

-- The open gates of a session that are about a tool call; ?1: now.
-- name: gates_of_session
SELECT '{"age_ms":' || (?1 - opened_at) || ',' || substr(body, 2)
FROM gate_object
WHERE session_id = ?2 AND decision IS NULL AND kind <> 'confidence'
ORDER BY id;

-- What a vote came to; ?2 to ?4: the vote, ?5: now.
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
	'starts_at', (SELECT replace(datetime(ready_at / 1000, 'unixepoch'),
		' ', 'T') || 'Z' FROM session
		WHERE id = o.id AND ready_at > ?5),
	'session', json(o.body))
FROM gate g
JOIN session_object o ON o.id = g.session_id
LEFT JOIN tool_call c ON c.id = g.tool_call_id
WHERE g.id = ?1;

-- name: request_key_find
SELECT digest, status, type, headers, body
FROM request_key
WHERE person = ?1 AND key = ?2 AND at > ?3 - 86400000
ORDER BY at DESC
LIMIT 1;

-- name: request_key_insert
INSERT INTO request_key (person, key, digest, status, type, headers, body, at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);

-- name: request_key_purge
DELETE FROM request_key
WHERE id IN (SELECT id FROM request_key WHERE at <= ?1 - 86400000
	ORDER BY at LIMIT ?2);
