-- SPDX-License-Identifier: Apache-2.0
-- What gatehouse-stream reads.

-- name: live_kinds
-- scan: a dozen rows
SELECT kind FROM event_kind ORDER BY kind;

-- A runner that was not seen for 15 s, three of its signs of life, is gone.
-- name: live_runner
-- scan: one row for each runner
SELECT 1 FROM runner WHERE seen_at >= ?1 - 15000 LIMIT 1;

-- name: live_gate
SELECT session_id FROM gate WHERE id = ?1;

-- name: live_head
SELECT coalesce(max(seq), 0) FROM event;

-- name: live_events
SELECT seq, session_id, kind, payload, ts
FROM event
WHERE seq > ?1
ORDER BY seq
LIMIT ?2;

-- name: live_session_events
SELECT seq, session_id, kind, payload, ts
FROM event
WHERE session_id = ?3 AND seq > ?1
ORDER BY seq
LIMIT ?2;

-- name: live_sessions_events
-- scan: each of a hundred sessions by its index, then in order
SELECT seq, session_id, kind, payload, ts
FROM event
WHERE session_id IN (SELECT value FROM json_each(?3)) AND seq > ?1
ORDER BY seq
LIMIT ?2;
