-- SPDX-License-Identifier: Apache-2.0
--
-- What GET /ready and GET /metrics read, and what the runner tells for them.
-- Of a family of metrics each row is a line: its labels, then its value.
-- ?1: now.

-- name: runner_seen
INSERT INTO runner (name, version, sandbox, started_at, seen_at, replies,
	faults, input_tokens, output_tokens, results, errors)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (name) DO UPDATE
SET version = excluded.version, sandbox = excluded.sandbox,
	started_at = excluded.started_at, seen_at = excluded.seen_at,
	replies = excluded.replies, faults = excluded.faults,
	input_tokens = excluded.input_tokens,
	output_tokens = excluded.output_tokens,
	results = excluded.results, errors = excluded.errors;

-- name: ready_written
SELECT at FROM written WHERE one = 1;

-- name: ready_write
INSERT INTO written (one, at)
VALUES (1, ?1)
ON CONFLICT (one) DO UPDATE SET at = excluded.at;

-- name: metric_sessions
-- scan: a few rows for each application
SELECT app, status, sessions FROM session_count ORDER BY app, status;

-- name: metric_gates
-- scan: the kinds of gates; then a stretch of an index for each
SELECT k.kind, a.age, (
	SELECT count(*)
	FROM gate g INDEXED BY gate_open
	WHERE g.decision IS NULL AND g.opened_at <= ?1 - a.least
		AND g.opened_at > ?1 - a.below AND g.kind = k.kind)
FROM (SELECT DISTINCT kind FROM gate_verdict) k
CROSS JOIN (SELECT '0-5m' AS age, -1e15 AS least, 3e5 AS below
	UNION ALL VALUES ('5m-1h', 3e5, 36e5), ('1h-1d', 36e5, 864e5),
		('1d-', 864e5, 1e15)) a;

-- name: metric_oldest_gate
SELECT coalesce(max(0, ?1 - min(opened_at)) / 1e3, 0)
FROM gate
WHERE decision IS NULL;

-- What is ready and not taken yet, or was not given back in time.
-- name: metric_lag
SELECT coalesce(max(0, ?1 - min(ready_at)) / 1e3, 0)
FROM session
WHERE ready_at IS NOT NULL;

-- name: metric_runner_start
-- scan: one row for each runner
SELECT name, started_at / 1e3 FROM runner ORDER BY name;

-- name: metric_runner_seen
-- scan: one row for each runner
SELECT name, seen_at / 1e3 FROM runner ORDER BY name;

-- name: metric_model_calls
-- scan: one row for each runner
SELECT name, 'ok', replies FROM runner
UNION ALL
SELECT name, 'failed', faults FROM runner;

-- name: metric_tokens
-- scan: one row for each runner
SELECT name, 'input', input_tokens FROM runner
UNION ALL
SELECT name, 'output', output_tokens FROM runner;

-- name: metric_tool_calls
-- scan: one row for each runner
SELECT name, 'ok', results FROM runner
UNION ALL
SELECT name, 'failed', errors FROM runner;
