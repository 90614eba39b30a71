-- SPDX-License-Identifier: Apache-2.0
--
-- What a person does to sessions and gates, through the API or the command
-- line: sql/session.c, sql/gate.c, sql/verify.c.

-- name: app_names
-- scan: a few rows for each application
SELECT count(*), group_concat(app) FROM session_count WHERE status = 'new';

-- With how many there are, and the number of its next session on the day ?2.
-- name: app_current
-- scan: a handful of rows
SELECT a.id, a.session_prefix, a.entry_agent, a.session_cap,
	n.sessions + p.sessions, a.name,
	(SELECT count(*) FROM session_count WHERE status = 'new'),
	1 + coalesce(s.last, 0)
FROM app a
JOIN session_count n ON n.app = a.name AND n.status = 'new'
JOIN session_count p ON p.app = a.name AND p.status = 'in_progress'
LEFT JOIN session_number s ON s.prefix = a.session_prefix AND s.day = ?2
WHERE ?1 IS NULL OR a.name = ?1
ORDER BY a.id DESC
LIMIT 1;

-- name: session_number
INSERT INTO session_number (prefix, day, last)
VALUES (?1, ?2, 1)
ON CONFLICT (prefix, day) DO UPDATE SET last = last + 1;

-- name: session_insert
INSERT INTO session (id, app_id, app, query, environment, submitter, node,
	extra_fields, ready_at, created_at, updated_at, origin, traceparent)
VALUES (?1, ?2, ?10, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?8, ?9, ?11);

-- name: session_state
SELECT status, version, deleted_at,
	status NOT IN ('new', 'in_progress', 'awaiting_input')
FROM session
WHERE id = ?1;

-- name: session_move
INSERT INTO move (session_id, from_status, to_status, cause, actor, at, origin,
	transient)
SELECT id, status, ?2, ?3, ?4, ?5, ?6, ?7
FROM session
WHERE id = ?1;

-- Why a session is not retried, NULL: it may be; and how many of its
-- application run, and may.
-- name: session_retry_state
SELECT CASE
	WHEN s.status = 'in_progress' AND m.cause = 'retry'
		THEN 'retry already in progress'
	WHEN s.status <> 'error'
		THEN 'not in error state (status=' || s.status || ')'
	ELSE nullif(r.reason, 'auto_retry') END,
	s.attempt, n.sessions + p.sessions, (
		SELECT session_cap FROM app
		WHERE name = s.app ORDER BY version DESC LIMIT 1)
FROM session s
JOIN session_retry r ON r.id = s.id
JOIN session_count n ON n.app = s.app AND n.status = 'new'
JOIN session_count p ON p.app = s.app AND p.status = 'in_progress'
LEFT JOIN move m ON m.id = s.move_id
WHERE s.id = ?1;

-- name: session_patch
UPDATE session
SET extra_fields = json_patch(extra_fields, ?2), version = version + 1,
	updated_at = ?3
WHERE id = ?1;

-- name: session_patched
INSERT INTO event (session_id, kind, payload, ts)
SELECT ?1, 'session.patched', json_object('id', ?1, 'actor', ?3,
	'keys', json_group_array(key), 'origin', json(?5)), ?4
FROM json_each(?2);

-- name: session_delete
UPDATE session
SET deleted_at = ?2, deleted_by = ?3, deleted_origin = ?4,
	version = version + 1, updated_at = ?2
WHERE id = ?1;

-- name: retraction_insert
INSERT INTO retraction (session_id, original_id, actor, origin, note, at)
SELECT id, parent_session_id, ?2, ?3, ?4, ?5
FROM session
WHERE id = ?1
RETURNING original_id;

-- name: gate_state
SELECT id, kind, version, decision, decided_by, decided_at
FROM gate
WHERE id = ?1 AND session_id = coalesce(?2, session_id);

-- name: gate_open_of_call
SELECT g.id
FROM gate g
JOIN tool_call c ON c.id = g.tool_call_id
WHERE g.session_id = ?1 AND g.decision IS NULL AND c.ordinal = ?2;

-- name: gate_open_count
SELECT count(*)
FROM gate
WHERE session_id = ?1 AND decision IS NULL;

-- name: gate_open_confidence
SELECT id
FROM gate
WHERE session_id = ?1 AND kind = 'confidence' AND decision IS NULL;

-- name: gate_of_call
SELECT g.id
FROM gate g
JOIN tool_call c ON c.id = g.tool_call_id
WHERE g.session_id = ?1 AND c.ordinal = ?2
ORDER BY g.id DESC
LIMIT 1;

-- Who waited for others to write votes after them, whatever the clock said.
-- name: vote_insert
INSERT INTO vote (gate_id, gate_version, verdict, actor, rationale, input,
	team, at, said, origin, amount, roles, args, args_sha256)
VALUES (?1, nullif(?2, 0), ?3, ?4, ?5, ?6, ?7, max(?8, coalesce((
	SELECT e.ts FROM gate g
	JOIN event e ON e.session_id = g.session_id
	WHERE g.id = ?1 ORDER BY e.seq DESC LIMIT 1), ?8)), ?9, ?10,
	nullif(?11, 0), coalesce(?12, (SELECT roles FROM role_grant
		WHERE person = ?4 AND ended_at IS NULL)),
	json(?13), sha256(json(?13)));

-- What somebody voted; is it the same as this?
-- name: vote_of
SELECT verdict, at, verdict = ?3 AND input IS ?4 AND args IS json(?5)
FROM vote
WHERE gate_id = ?1 AND actor = ?2;

-- name: gate_change
INSERT INTO gate_change (gate_id, gate_version, actor, origin, assigns,
	assignee, deadline, rationale, at)
VALUES (?1, nullif(?2, 0), ?3, ?4, ?5, ?6, nullif(?7, 0), ?8, ?9);

-- What was last done about an open gate: a vote, or a change. Each of them
-- is one more version.
-- name: gate_last_change
SELECT what, actor, at
FROM (SELECT verdict AS what, actor, at
	FROM vote
	WHERE gate_id = ?1
	UNION ALL
	SELECT iif(assigns, 'assign', 'extend'), actor, at
	FROM gate_change
	WHERE gate_id = ?1)
ORDER BY at DESC
LIMIT 1;

-- name: gate_session
SELECT session_id
FROM gate
WHERE id = ?1;

-- name: verify_invariants
-- scan: verify reads everything
SELECT 'I1', * FROM invariant_i1 UNION ALL
SELECT 'I2', * FROM invariant_i2 UNION ALL
SELECT 'I3', * FROM invariant_i3 UNION ALL
SELECT 'I4', * FROM invariant_i4 UNION ALL
SELECT 'I5', * FROM invariant_i5 UNION ALL
SELECT 'I6', * FROM invariant_i6 UNION ALL
SELECT 'I7', * FROM invariant_i7 UNION ALL
SELECT 'I8', * FROM invariant_i8 UNION ALL
SELECT 'I9', * FROM invariant_i9 UNION ALL
SELECT 'I10', * FROM invariant_i10 UNION ALL
SELECT 'I11', * FROM invariant_i11 UNION ALL
SELECT 'I12', * FROM invariant_i12 UNION ALL
SELECT 'I13', * FROM invariant_i13 UNION ALL
SELECT 'I14', * FROM invariant_i14 UNION ALL
SELECT 'I15', * FROM invariant_i15 UNION ALL
SELECT 'I16', * FROM invariant_i16 UNION ALL
SELECT 'I17', * FROM invariant_i17 UNION ALL
SELECT 'I18', * FROM invariant_i18 UNION ALL
SELECT 'I19', * FROM invariant_i19 UNION ALL
SELECT 'I9', session_id, 'call ' || ordinal || ' has other arguments than '
	|| 'its digest says'
FROM tool_call
WHERE sha256(args) <> args_sha256 UNION ALL
SELECT 'I9', '', 'vote ' || id || ' has other arguments than its digest says'
FROM vote
WHERE sha256(args) <> args_sha256 UNION ALL
SELECT 'file', '', 'a row of ' || "table" || ' points to no ' || parent
FROM pragma_foreign_key_check;
