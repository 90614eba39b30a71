-- SPDX-License-Identifier: Apache-2.0
--
-- Fills a fresh database with sessions of the application "bench", as if they
-- had run: "gatehouse verify" stays silent. seed.py takes the triggers off
-- for that long, and gives one row in temp.seed:
--	sessions	how many
--	every		each so many waits at its gate, the others are done
--	digest		SHA-256 of the arguments of a call
-- Answers of GET /api/v1/sessions/{id} are 2 KB long.

CREATE TEMP TABLE life AS
WITH RECURSIVE number (n) AS (
	SELECT 1
	UNION ALL
	SELECT n + 1 FROM number, seed WHERE n < sessions)
SELECT n, printf('BEN-20250101-%07d', n) AS id, n % every = 0 AS waits,
	1735689600000 + n * 10 AS at,
	((n - 1) << 20) + 1 AS first	-- of its turn and its call
FROM number, seed;

INSERT INTO session (id, app_id, app, agent, waiting_since, status, move_id,
	query, environment, submitter, node, ready_at, epoch, version,
	input_tokens, output_tokens, findings, extra_fields, created_at,
	updated_at)
SELECT id, 1, (SELECT name FROM app), 'worker', iif(waits, at + 3, NULL),
	iif(waits, 'awaiting_input', 'done'), 2 * n,
	'the latency of service ' || (n % 1000) || ' is up since the last '
		|| 'deploy, please look at it and take the deploy back if '
		|| 'nothing else helps',
	'bench', '{"id":"person-' || (n % 97) || '","team":"payments"}',
	iif(waits, 'worker', '__end__'), NULL, 1, 3, 812, 64,
	'{"worker":{"hypothesis":"the pool of connections is too small for '
		|| 'the traffic since the deploy","evidence":["the 95th '
		|| 'percentile rose from 185 to 1500 ms","waiting for a '
		|| 'connection takes 1300 ms of it"],"number":' || n || '}}',
	'{"severity":"high","category":"latency","tags":["payments",'
		|| '"latency","deploy"],"runbook":"runbooks/latency.md",'
		|| '"dashboard":"https://dashboards.example/d/' || n || '"}',
	at, at + 3
FROM life;

UPDATE session_count
SET sessions = (SELECT count(*) FROM life
	WHERE waits = (status = 'awaiting_input'))
WHERE status IN ('awaiting_input', 'done');

INSERT INTO move (id, session_id, from_status, to_status, cause, actor, at)
SELECT 2 * n - 1, id, 'new', 'in_progress', 'started', 'runner', at + 1
FROM life
UNION ALL
SELECT 2 * n, id, 'in_progress', iif(waits, 'awaiting_input', 'done'),
	iif(waits, 'gate_paused', 'finished'), 'runner', at + 3
FROM life;

INSERT INTO agent_run (id, session_id, agent, kind, epoch, started_at,
	ended_at, outcome, summary, confidence, confidence_rationale, signal,
	next_node, replies, calls, input_tokens, output_tokens)
SELECT first, id, 'worker', 'responsive', 1, at + 1, iif(waits, NULL, at + 3),
	iif(waits, NULL, 'ok'), iif(waits, '', 'The deploy was taken back and '
		|| 'the latency is as it was.'),
	iif(waits, NULL, 0.9), iif(waits, NULL, 'the change was made'),
	iif(waits, NULL, 'success'), iif(waits, NULL, '__end__'), 1, NOT waits,
	812, 64
FROM life;

INSERT INTO tool_call (id, session_id, ordinal, run_id, agent, tool, call_key,
	args, args_sha256, action, gate_reason, risk, repeatable, status,
	result, attempt, epoch, created_at, started_at, ended_at)
SELECT first, id, 0, first, 'worker',
	'service:change', 'call_0',
	'{"service":"payments","action":"rollback","region":"eu-west-1"}',
	digest, iif(waits, 'approve', 'auto'), iif(waits, 'high_risk', NULL),
	iif(waits, 'high', 'low'), 0,
	iif(waits, 'pending_approval', 'executed'),
	iif(waits, NULL, '{"ok":true}'), iif(waits, 0, 1), 1, at + 2,
	iif(waits, NULL, at + 2), iif(waits, NULL, at + 3)
FROM life, seed;

INSERT INTO message (session_id, run_id, role, content, tool_calls,
	tool_call_id, input_tokens, output_tokens, at)
SELECT id, first, 'assistant', 'The change is needed.',
	'[{"name":"service:change","args":{"service":"payments",'
		|| '"action":"rollback","region":"eu-west-1"}}]',
	NULL, 812, 64, at + 2
FROM life
UNION ALL
SELECT id, first, 'tool', '{"ok":true}', '[]',
	first, 0, 0, at + 3
FROM life
WHERE NOT waits;

INSERT INTO gate (id, session_id, kind, reason, question, tool_call_id,
	args_sha256, opened_at)
SELECT n / every, id, 'tool', 'high_risk', 'worker asks: change payments in eu-west-1?',
	first, digest, at + 3
FROM life, seed
WHERE waits;

INSERT INTO session_text (session_text) VALUES ('rebuild');
UPDATE search SET upto = (SELECT max(num) FROM session);

-- The audit log, in the order of the sessions.
CREATE TEMP TABLE step (kind, move, waits);
INSERT INTO step VALUES
	('session.created', 0, NULL),
	('status_changed', 1, NULL), ('session.status_changed', 1, NULL),
	('agent_started', 1, NULL),
	('gate_fired', 2, 1), ('tool_invoked', 2, 0), ('agent_finished', 2, 0),
	('status_changed', 2, NULL), ('session.status_changed', 2, NULL);
INSERT INTO event (session_id, kind, payload, ts)
SELECT id, kind, '{"id":"' || id || CASE
	WHEN kind IN ('status_changed', 'session.status_changed')
		THEN iif(move = 1,
			'","from":"new","to":"in_progress","cause":"started',
			'","from":"in_progress","to":"' || iif(life.waits,
			'awaiting_input","cause":"gate_paused',
			'done","cause":"finished'))
	WHEN kind = 'gate_fired' THEN '","gate_id":"g' || (n / every)
	ELSE '","agent":"worker","tool":"service:change","tool_call_id":"0",'
		|| '"status":"executed'
	END || '"}', at + move
FROM life, seed
CROSS JOIN step
WHERE step.waits IS NULL OR step.waits = life.waits
ORDER BY n, step.rowid;
