-- SPDX-License-Identifier: Apache-2.0
--
-- What the runner reads and writes. Every write about a session follows
-- session_fence in its transaction.

-- name: session_claim
UPDATE session
SET owner = ?1, epoch = epoch + 1, ready_at = ?3
WHERE num IN (
	SELECT num FROM session
	WHERE ready_at IS NOT NULL AND ready_at <= ?2
	ORDER BY ready_at
	LIMIT ?4)
RETURNING id, epoch, status = 'new';

-- name: session_fence
UPDATE session
SET ready_at = ?4
WHERE id = ?1 AND owner = ?2 AND epoch = ?3 AND status = 'in_progress';

-- name: session_again
UPDATE session
SET ready_at = ?2
WHERE id = ?1 AND status = 'in_progress';

-- name: session_later
UPDATE session
SET ready_at = ?2, owner = NULL
WHERE id = ?1 AND status = 'in_progress';

-- name: session_takeover
UPDATE session
SET ready_at = ?2
WHERE owner = ?1 AND ready_at IS NOT NULL;

-- name: session_next_ready
SELECT min(ready_at)
FROM session
WHERE ready_at IS NOT NULL;

-- name: session_live
SELECT 1 FROM session
WHERE id = ?1 AND epoch = ?2 AND status = 'in_progress';

-- name: snapshot_session
SELECT app_id, status, epoch, node, environment, query, dispatch_depth,
	(SELECT count(*) FROM agent_run WHERE session_id = ?1),
	(SELECT confidence FROM agent_run
		WHERE session_id = ?1 AND confidence IS NOT NULL
		ORDER BY id DESC LIMIT 1), traceparent
FROM session
WHERE id = ?1;

-- name: snapshot_run
SELECT r.id, r.agent, r.kind, r.replies, (
	SELECT role FROM message
	WHERE run_id = r.id ORDER BY id DESC LIMIT 1),
	r.tries, r.compact
FROM agent_run r
WHERE r.session_id = ?1 AND r.ended_at IS NULL;

-- name: snapshot_calls
SELECT id, ordinal, run_id, tool, status, gate_reason, repeatable, epoch, args,
	args_sha256, agent, attempt
FROM tool_call
WHERE session_id = ?1 AND ended_at IS NULL
ORDER BY ordinal;

-- ?2: now.
-- name: snapshot_uses
SELECT agent, name, amount, allowed, (used + coalesce(?2 - since, 0)) / scale
FROM budget_use
WHERE session_id = ?1;

-- name: framework_call_last
SELECT is_error
FROM tool_call
WHERE session_id = ?1 AND run_id IS NULL AND ended_at IS NOT NULL
ORDER BY ordinal DESC
LIMIT 1;

-- name: session_vars
SELECT json_patch(s.extra_fields, json_object(
	'id', s.id, 'status', s.status, 'query', s.query,
	'environment', s.environment, 'submitter', json(s.submitter),
	'findings', json(s.findings), 'user_inputs', json(s.user_inputs),
	'extra_fields', json(s.extra_fields)))
FROM session s
WHERE s.id = ?1;

-- What a dispatch rule can ask: the public object, and what began it.
-- name: session_vars_full
SELECT json_object('session', json_set(o.body, '$.query', s.query,
		'$.environment', s.environment,
		'$.submitter', json(s.submitter)),
	'status', s.status, 'agents_run', o.body -> '$.agents_run',
	'tool_calls', o.body -> '$.tool_calls')
FROM session s
JOIN session_object o ON o.id = s.id
WHERE s.id = ?1;

-- name: brief_session
SELECT id, status, query, environment
FROM session
WHERE id = ?1;

-- name: brief_findings
SELECT f.key || ': ' || f.value
FROM session s, json_each(s.findings) f
WHERE s.id = ?1
ORDER BY f.id;

-- name: brief_inputs
SELECT i.value
FROM session s, json_each(s.user_inputs) i
WHERE s.id = ?1
ORDER BY i.id;

-- name: brief_runs
SELECT agent || CASE WHEN confidence IS NULL THEN ''
	ELSE printf(' (confidence %.2f)', confidence) END || ': ' || summary
FROM agent_run
WHERE session_id = ?1 AND outcome = 'ok' AND kind = 'responsive'
ORDER BY id;

-- name: run_insert
INSERT INTO agent_run (id, session_id, agent, kind, epoch, started_at)
VALUES ((SELECT (num - 1) << 20 FROM session WHERE id = ?1) + 1 + (
	SELECT count(*) FROM agent_run WHERE session_id = ?1), ?1, ?2, ?3, ?4, ?5);

-- name: run_end
UPDATE agent_run
SET ended_at = ?2, outcome = ?3, summary = ?4, confidence = ?5,
	confidence_rationale = ?6, signal = ?7, next_node = ?8
WHERE id = ?1;

-- name: run_try
UPDATE agent_run
SET tries = tries + 1
WHERE id = ?1;

-- name: run_compact
UPDATE agent_run
SET compact = 1
WHERE id = ?1;

-- name: run_strikes
SELECT count(*)
FROM message m, json_each(m.tool_calls) c
WHERE m.run_id = ?1 AND c.value ->> '$.error' IS NOT NULL;

-- name: run_texts
SELECT content
FROM message
WHERE run_id = ?1 AND role = 'assistant'
ORDER BY id;

-- name: run_calls
SELECT tool, args, NOT is_error AND status IN ('executed',
	'executed_with_notify', 'approved')
FROM tool_call
WHERE run_id = ?1 AND ended_at IS NOT NULL
ORDER BY ordinal;

-- name: run_last_result
SELECT content
FROM message
WHERE run_id = ?1 AND role = 'tool'
ORDER BY id DESC
LIMIT 1;

-- name: message_insert
INSERT INTO message (session_id, run_id, role, content, tool_calls,
	input_tokens, output_tokens, at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);

-- name: reply_calls
SELECT coalesce(value ->> '$.id', 'call_' || key), value ->> '$.name',
	json(coalesce(value -> '$.args', '{}')), value ->> '$.error'
FROM json_each(?1)
ORDER BY key;

-- name: args_inject
SELECT CASE
	WHEN ?3 ->> ?4 IS NULL THEN json_remove(json(?1), ?2)
	ELSE json_set(json(?1), ?2, json(?3 -> ?4)) END;

-- name: args_remove
SELECT json_remove(json(?1), ?2);

-- name: call_insert
INSERT INTO tool_call (id, session_id, ordinal, run_id, agent, tool, call_key,
	args, args_sha256, action, gate_reason, risk, repeatable, status,
	result, is_error, epoch, created_at, ended_at)
SELECT (SELECT (num - 1) << 20 FROM session WHERE id = ?1) + 1 + n, ?1, n,
	nullif(?2, 0), ?3, ?4, ?5, ?6, sha256(?6), ?7, ?8, ?9, ?10,
	iif(?11 IS NULL, 'planned', 'refused'), ?11, ?11 IS NOT NULL, ?12, ?13,
	iif(?11 IS NULL, NULL, ?13)
FROM (SELECT count(*) AS n FROM tool_call WHERE session_id = ?1);

-- name: call_start
UPDATE tool_call
SET status = 'executing', attempt = attempt + 1, epoch = ?2, started_at = ?3
WHERE id = ?1 AND sha256(args) = args_sha256;

-- name: call_end
UPDATE tool_call
SET status = CASE
		WHEN approver IS NOT NULL AND gate_reason IS NOT NULL
			THEN 'approved'
		WHEN action = 'notify' THEN 'executed_with_notify'
		ELSE 'executed' END,
	result = ?3, is_error = ?4, ended_at = ?5
WHERE id = ?1 AND status = 'executing' AND epoch = ?2;

-- name: call_replan
UPDATE tool_call
SET status = CASE WHEN gate_reason IS NOT NULL THEN 'approved'
	ELSE 'planned' END, epoch = ?2, started_at = NULL
WHERE id = ?1 AND status = 'executing';

-- name: call_orphans
UPDATE tool_call
SET status = 'in_doubt', ended_at = ?1
WHERE id IN (
	SELECT c.id FROM tool_call c JOIN session s ON s.id = c.session_id
	WHERE c.status = 'executing' AND c.started_at < ?2
		AND s.ready_at IS NULL AND s.status <> 'awaiting_input');

-- name: gate_insert
INSERT INTO gate (session_id, kind, reason, question, detail, tool_call_id,
	args_sha256, opened_at, deadline, on_timeout, quorum,
	submitter_may_approve, approvers)
SELECT ?1, ?2, ?3, ?4, ?5, nullif(?6, 0), ?7, ?8,
	CASE WHEN ?2 = 'tool' THEN ?8 + a.gate_timeout_ms END,
	a.gate_on_timeout, CASE WHEN ?2 = 'tool' THEN a.gate_quorum ELSE 1 END,
	a.submitter_may_approve, CASE WHEN ?2 = 'tool' THEN (
		SELECT approvers FROM call_approvers
		WHERE tool_call_id = ?6) ELSE '[]' END
FROM session s JOIN app a ON a.id = s.app_id
WHERE s.id = ?1;

-- name: call_classify
UPDATE tool_call
SET args = ?2, args_sha256 = sha256(?2), action = ?3, gate_reason = ?4,
	risk = ?5, epoch = ?6
WHERE id = ?1;

-- name: gate_due
SELECT id
FROM gate
WHERE decision IS NULL AND coalesce(deadline, 9223372036854775807) <= ?1
ORDER BY coalesce(deadline, 9223372036854775807)
LIMIT 100;

-- name: gate_next_deadline
SELECT min(coalesce(deadline, 9223372036854775807))
FROM gate
WHERE decision IS NULL;

-- name: session_node
UPDATE session
SET node = ?2, dispatch_depth = ?3, version = version + 1, updated_at = ?4
WHERE id = ?1;

-- name: session_merge_fields
UPDATE session
SET extra_fields = json_patch(extra_fields, ?2), version = version + 1,
	updated_at = ?3
WHERE id = ?1;

-- name: session_merge_finding
UPDATE session
SET findings = json_patch(findings, json_object(?2, json(?3))),
	version = version + 1, updated_at = ?4
WHERE id = ?1;

-- name: args_part
SELECT json(?1 -> ?2)
WHERE json_type(?1, ?2) = 'object';

-- The patch leaves out a team that is not there.
-- name: escalate_args
SELECT json_patch('{}', json_object('incident_id', s.id,
	'team', s.extra_fields ->> 'escalated_to',
	'message', coalesce(g.rationale, 'escalated by ' || g.decided_by)))
FROM session s
JOIN gate g ON g.session_id = s.id
WHERE s.id = ?1 AND g.decision = 'escalate'
ORDER BY g.id DESC
LIMIT 1;

-- name: finished_calls
SELECT tool, args, result, status, is_error
FROM tool_call
WHERE session_id = ?1 AND ended_at IS NOT NULL
ORDER BY ordinal;

-- name: script_reply
SELECT nullif(r.value -> '$.tool_calls', 'null'), r.value ->> '$.content',
	coalesce(r.value ->> '$.delay', 0), r.value ->> '$.error',
	coalesce(r.value ->> '$.usage.input_tokens', 0),
	coalesce(r.value ->> '$.usage.output_tokens', 0)
FROM model m, json_each(m.config, '$.replies') r
WHERE m.app_id = ?1 AND m.name = ?2
	AND r.value ->> '$.agent' = ?3
	AND coalesce(r.value ->> '$.turn', ?4) = ?4
	AND coalesce(r.value ->> '$.environment', ?5) = ?5
	AND instr(?6, coalesce(r.value ->> '$.query', '')) > 0
	AND instr(?7, coalesce(r.value ->> '$.after', '')) > 0
ORDER BY r.key
LIMIT 1;

-- name: script_stub
SELECT config ->> '$.stub_response'
FROM agent
WHERE app_id = ?1 AND name = ?2 AND config ->> '$.stub_response' IS NOT NULL;

-- name: llm_model
SELECT kind, config, provider
FROM model
WHERE app_id = ?1 AND name = ?2;

-- name: llm_prompt
SELECT prompt || coalesce(char(10, 10) || 'Answer with one of these names: '
	|| (SELECT group_concat(value, ', ')
		FROM json_each(config, '$.subordinates')) || '.', '')
FROM agent
WHERE app_id = ?1 AND name = ?2;

-- "server:*" is every tool of that server.
-- name: llm_tools
SELECT t.name, t.description, t.parameters
FROM agent a, json_each(a.tools) n
JOIN tool t ON t.app_id = a.app_id AND t.present
	AND t.name BETWEEN replace(n.value, ':*', ':')
		AND replace(n.value, ':*', ';')
WHERE a.app_id = ?1 AND a.name = ?2
ORDER BY n.key, t.name;

-- name: llm_injected
SELECT i.key
FROM app a, json_each(a.config, '$.orchestrator.injected_args') i
WHERE a.id = ?1;

-- name: schema_hide
-- No row: the schema has no such property and stays as it is, byte for byte.
SELECT json_remove(CASE json_type(?1, '$.required') WHEN 'array'
	THEN json_set(?1, '$.required', (
		SELECT json_group_array(value) FROM json_each(?1, '$.required')
		WHERE value <> ?2))
	ELSE ?1 END, '$.properties."' || ?2 || '"')
WHERE json_type(?1, '$.properties."' || ?2 || '"') IS NOT NULL;

-- name: llm_messages
SELECT id, role, content
FROM message
WHERE run_id = ?1 AND role IN ('user', 'assistant')
ORDER BY id;

-- name: llm_calls
-- scan: the calls of one turn, found by its index
-- The nth call that the replies of a turn asked for is its nth tool_call.
WITH asked AS (
	SELECT m.id AS message_id, c.value -> '$.args' AS args,
		row_number() OVER (ORDER BY m.id, c.key) AS n
	FROM message m, json_each(m.tool_calls) c
	WHERE m.run_id = ?1),
made AS (
	SELECT ordinal, tool, result,
		CASE WHEN args_original IS NOT NULL THEN args END AS edited,
		row_number() OVER (ORDER BY ordinal) AS n
	FROM tool_call
	WHERE run_id = ?1)
SELECT a.message_id, 'call_' || m.ordinal, m.tool,
	coalesce(m.edited, CASE json_type(a.args)
		WHEN 'object' THEN a.args ELSE '{}' END),
	coalesce(m.result, '{"error":"it has no result"}')
FROM asked a JOIN made m USING (n)
ORDER BY n;

-- name: app_read
SELECT config, escalate_tool, escalate_status, dir, escalation_teams,
	default_status, EXISTS (SELECT 1 FROM budget WHERE app_id = app.id)
FROM app
WHERE id = ?1;

-- name: app_agents
SELECT name, kind, model, prompt, tools, routes, config
FROM agent
WHERE app_id = ?1;

-- name: app_tools
SELECT name, transport, parameters, repeatable, config, server, present
FROM tool
WHERE app_id = ?1;

-- name: model_kind
SELECT kind
FROM model
WHERE app_id = ?1 AND name = ?2;

-- The newest versions, if there is one that is newer than ?1.
-- name: server_apps
-- scan: what is loaded is small
SELECT a.id, (SELECT max(id) FROM app)
FROM app_newest a
WHERE (SELECT max(id) FROM app) > ?1;

-- name: server_rows
SELECT s.name, s.transport, s.config, a.dir
FROM tool_server s
JOIN app a ON a.id = s.app_id
WHERE s.app_id = ?1
ORDER BY s.name;

-- name: server_asked_by
SELECT 1
FROM agent a, json_each(a.tools) b
WHERE a.app_id = ?1 AND a.name = ?2
	AND b.value BETWEEN ?3 || ':' AND ?3 || ';'
LIMIT 1;

-- name: server_states_forget
-- scan: one row for each server in use
DELETE FROM tool_server_state
WHERE runner = ?1 AND (?2 = 0 OR app_id = ?2);

-- name: server_state_write
INSERT INTO tool_server_state (app_id, server, runner, state, reason, since,
	protocol, tries)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (app_id, server, runner) DO UPDATE
SET state = ?4, reason = ?5, since = ?6, protocol = ?7, tries = ?8;

-- name: server_tool_change
UPDATE tool
SET description = ?3, parameters = ?4, repeatable = ?5, present = 1
WHERE app_id = ?1 AND name = ?2
	AND (description, parameters, repeatable, present)
		IS NOT (?3, ?4, ?5, 1);

-- Its risk is what policy says of the full name, else of the bare one.
-- name: server_tool_insert
INSERT INTO tool (app_id, name, server, transport, category, description,
	parameters, risk, repeatable, config)
SELECT s.app_id, s.name || ':' || ?3, s.name, s.transport, s.category, ?4, ?5,
	coalesce(a.config -> '$.runtime.gateway.policy'
			->> ('$."' || s.name || ':' || ?3 || '"'),
		a.config -> '$.runtime.gateway.policy'
			->> ('$."' || ?3 || '"')),
	?6, '{}'
FROM tool_server s
JOIN app a ON a.id = s.app_id
WHERE s.app_id = ?1 AND s.name = ?2 AND NOT EXISTS (
	SELECT 1 FROM tool
	WHERE app_id = ?1 AND name = ?2 || ':' || ?3);

-- ?3: a JSON list of the names that its tools have now.
-- name: server_tools_absent
UPDATE tool
SET present = 0
WHERE app_id = ?1 AND server = ?2 AND present
	AND name BETWEEN ?2 || ':' AND ?2 || ';'
	AND name NOT IN (SELECT ?2 || ':' || value FROM json_each(?3));

-- The servers of the newest versions, those of ?1 alone unless it is NULL.
-- name: server_newest
-- scan: what is loaded is small
SELECT s.name, s.transport, s.config, a.dir, a.id, a.name
FROM app_newest n
JOIN app a ON a.id = n.id
JOIN tool_server s ON s.app_id = a.id
WHERE ?1 IS NULL OR a.name = ?1
ORDER BY a.name, s.name;

-- Where the configuration names a tool of this server.
-- name: server_named
SELECT 'agent ' || g.name, substr(b.value, length(?2) + 2)
FROM agent g, json_each(g.tools) b
WHERE g.app_id = ?1 AND b.value BETWEEN ?2 || ':' AND ?2 || ';'
	AND b.value <> ?2 || ':*'
UNION ALL
SELECT 'policy', substr(p.key, length(?2) + 2)
FROM app a, json_each(a.config, '$.runtime.gateway.policy') p
WHERE a.id = ?1 AND p.key BETWEEN ?2 || ':' AND ?2 || ';'
UNION ALL
SELECT 'a terminal tool', substr(t.value ->> '$.tool_name', length(?2) + 2)
FROM app a, json_each(a.config, '$.orchestrator.terminal_tools') t
WHERE a.id = ?1
	AND t.value ->> '$.tool_name' BETWEEN ?2 || ':' AND ?2 || ';';
