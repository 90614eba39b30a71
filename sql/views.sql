-- SPDX-License-Identifier: Apache-2.0
--
-- The public shapes, as JSON, one view each; read by the API and by the
-- command line, with the functions of sql/object.h. Row times are whole
-- seconds, event times microseconds.

CREATE VIEW agent_run_object (session_id, id, body) AS
SELECT session_id, id, object(
	'agent', agent,
	'started_at', at(started_at),
	'ended_at', at(ended_at),
	'summary', summary,
	'token_usage', object(
		'input_tokens', input_tokens,
		'output_tokens', output_tokens,
		'total_tokens', input_tokens + output_tokens),
	'confidence', confidence,
	'confidence_rationale', confidence_rationale,
	'signal', signal,
	'outcome', coalesce(outcome, 'running'))
FROM agent_run
WHERE kind = 'responsive';

CREATE VIEW tool_call_object (session_id, id, body) AS
SELECT session_id, id, object(
	'tool_call_id', CAST(ordinal AS TEXT),
	'agent', agent,
	'tool', tool,
	'args', spliced(args),
	'args_sha256', args_sha256,
	'args_original', spliced(args_original),
	'result', spliced(result),
	'is_error', spliced(iif(is_error, 'true', 'false')),
	'ts', at(created_at),
	'risk', risk,
	'status', status,
	'attempt', attempt,
	'approver', approver,
	'approved_at', at(approved_at),
	'approval_rationale', approval_rationale)
FROM tool_call;

-- What was asked about: people may have edited the call since.
CREATE VIEW gate_args (id, args) AS
SELECT g.id, CASE
	WHEN g.args_sha256 = c.args_sha256 THEN c.args
	WHEN g.id = (SELECT min(id) FROM gate WHERE tool_call_id = c.id)
		THEN c.args_original
	ELSE (SELECT v.args FROM gate e JOIN vote v ON v.gate_id = e.id
		WHERE e.tool_call_id = c.id
			AND v.args_sha256 = g.args_sha256) END
FROM gate g
JOIN tool_call c ON c.id = g.tool_call_id;

-- How much it takes to say yes on a page: as the tool says, else as its risk
-- says, else by risk and place.
CREATE VIEW gate_friction (id, friction) AS
SELECT g.id, coalesce(
	a.config ->> ('$.runtime.gateway.friction."' || c.tool || '"'),
	a.config ->> ('$.runtime.gateway.friction."' || c.risk || '"'),
	CASE c.risk WHEN 'medium' THEN 'confirm'
		WHEN 'high' THEN CASE WHEN s.environment IN (
			SELECT value FROM json_each(coalesce(a.config -> (
				'$.runtime.gateway.prod_overrides'
				|| '.prod_environments'), '["production"]')))
			THEN 'type' ELSE 'confirm' END
		WHEN 'low' THEN 'none' ELSE 'confirm' END)
FROM gate g
JOIN session s ON s.id = g.session_id
JOIN app a ON a.id = s.app_id
LEFT JOIN tool_call c ON c.id = g.tool_call_id;

CREATE VIEW gate_object (session_id, id, kind, opened_at, decision, body) AS
SELECT g.session_id, g.id, g.kind, g.opened_at, g.decision, object(
	'gate_id', 'g' || g.id,
	'session_id', g.session_id,
	'app', a.name,
	'environment', s.environment,
	'submitter', s.submitter ->> 'id',
	'kind', g.kind,
	'reason', g.reason,
	'question', g.question,
	'tool_call_id', CAST(c.ordinal AS TEXT),
	'agent', coalesce(c.agent, g.detail ->> 'upstream_agent',
		g.detail ->> 'agent'),
	'tool', c.tool,
	'args', spliced((SELECT args FROM gate_args p WHERE p.id = g.id)),
	'args_text', (SELECT args FROM gate_args p WHERE p.id = g.id),
	'args_sha256', g.args_sha256,
	'args_original', spliced(c.args_original),
	'friction', (SELECT friction FROM gate_friction f WHERE f.id = g.id),
	'grace_ms', CASE WHEN g.kind = 'tool' THEN a.grace_ms ELSE 0 END,
	'approvers', spliced(g.approvers),
	'assignee', g.assignee,
	'risk', c.risk,
	'detail', spliced(g.detail),
	'version', g.version,
	'quorum', g.quorum,
	'submitter_may_approve', spliced(iif(g.submitter_may_approve,
		'true', 'false')),
	'votes', (SELECT json_group_array(object(
		'actor', v.actor, 'verdict', v.verdict,
		'rationale', v.rationale, 'amount', v.amount,
		'input', v.input, 'args', spliced(v.args),
		'at', at(v.at)))
		FROM vote v WHERE v.gate_id = g.id),
	'verdicts', (SELECT json_group_array(verdict) FROM gate_verdict d
		WHERE d.kind = g.kind AND d.verdict <> 'timeout'),
	'ts', at(g.opened_at),
	'deadline', at(g.deadline),
	'on_timeout', CASE WHEN g.deadline IS NOT NULL THEN g.on_timeout END,
	'decision', g.decision,
	'decided_by', g.decided_by,
	'decided_at', at(g.decided_at),
	'rationale', g.rationale)
FROM gate g
JOIN session s ON s.id = g.session_id
JOIN app a ON a.id = s.app_id
LEFT JOIN tool_call c ON c.id = g.tool_call_id;

CREATE VIEW message_object (session_id, run_id, id, body) AS
SELECT r.session_id, r.id, m.id, object(
	'message_id', m.id,
	'turn', r.id,
	'agent', r.agent,
	'role', m.role,
	'content', m.content,
	'tool_calls', spliced(m.tool_calls),
	'tool_call_id', (SELECT CAST(c.ordinal AS TEXT) FROM tool_call c
		WHERE c.id = m.tool_call_id),
	'input_tokens', m.input_tokens,
	'output_tokens', m.output_tokens,
	'at', at(m.at))
FROM agent_run r
CROSS JOIN message m ON m.run_id = r.id;

CREATE VIEW event_object (session_id, seq, kind, body) AS
SELECT session_id, seq, kind, object(
	'seq', seq,
	'session_id', session_id,
	'kind', kind,
	'payload', spliced(payload),
	'ts', strftime('%Y-%m-%dT%H:%M:%f', ts / 1000.0, 'unixepoch')
		|| '000+00:00')
FROM event;

-- What a retry of the session would do. It goes on where a turn failed, with
-- the replies and results that this has; only the model is asked once more.
CREATE VIEW retry_object (id, body) AS
SELECT s.id, object(
	'session_id', s.id,
	'retry', spliced(iif(r.reason = 'auto_retry', 'true', 'false')),
	'reason', r.reason,
	'retry_count', s.attempt,
	'max_retries', r.max_retries,
	'transient', spliced(iif(m.transient, 'true', iif(NOT m.transient,
		'false', 'null'))),
	'failure', s.extra_fields ->> '$.failure',
	'app_version', a.version,
	'agent', coalesce(f.agent, iif(s.node IN ('__end__', '__escalate__'), NULL,
		s.node)),
	'step', CASE WHEN f.id IS NOT NULL THEN 'model'
		WHEN s.node NOT IN ('__end__', '__escalate__') THEN 'turn' END,
	'reused', object(
		'turns', (SELECT count(*) FROM agent_run o
			WHERE o.session_id = s.id AND o.outcome = 'ok'),
		'replies', coalesce(f.replies, 0),
		'tool_calls', (SELECT json_group_array(CAST(ordinal AS TEXT))
			FROM tool_call c
			WHERE c.run_id = f.id AND c.ended_at IS NOT NULL)),
	'asked_first', (SELECT json_group_array(CAST(ordinal AS TEXT))
		FROM tool_call c
		WHERE c.session_id = s.id AND c.ended_at IS NULL
			AND NOT c.repeatable))
FROM session s
JOIN app a ON a.id = s.app_id
JOIN session_retry r ON r.id = s.id
LEFT JOIN move m ON m.id = s.move_id
LEFT JOIN agent_run f ON f.outcome = 'failed' AND f.id = (
	SELECT max(id) FROM agent_run WHERE session_id = s.id);

-- The session as its clients know it; the query, environment and reporter
-- stand in extra_fields.
CREATE VIEW session_object (id, app_id, status, created_at, updated_at,
	deleted_at, body) AS
SELECT s.id, s.app_id, s.status, s.created_at, s.updated_at, s.deleted_at,
	object(
	'id', s.id,
	'app', a.name,
	'app_version', a.version,
	'status', s.status,
	'label', substr(s.query, 1, 200),
	'active_agent', CASE WHEN s.status IN ('in_progress', 'awaiting_input')
		THEN (SELECT agent FROM agent_run
		WHERE session_id = s.id AND ended_at IS NULL) END,
	'created_at', at(s.created_at),
	'updated_at', at(s.updated_at),
	'deleted_at', at(s.deleted_at),
	'agents_run', (SELECT json_group_array(spliced(body)) FROM (
		SELECT body FROM agent_run_object
		WHERE id BETWEEN (s.num - 1) << 20 AND (s.num << 20) - 1
		ORDER BY id)),
	'tool_calls', (SELECT json_group_array(spliced(body)) FROM (
		SELECT body FROM tool_call_object
		WHERE id BETWEEN (s.num - 1) << 20 AND (s.num << 20) - 1
		ORDER BY id)),
	'findings', spliced(s.findings),
	'token_usage', object(
		'input_tokens', s.input_tokens,
		'output_tokens', s.output_tokens,
		'total_tokens', s.input_tokens + s.output_tokens),
	'pending_intervention', CASE WHEN s.status = 'awaiting_input' THEN (
		SELECT spliced(detail) FROM gate g
		WHERE g.session_id = s.id AND g.tool_call_id IS NULL
		AND g.decision IS NULL) END,
	'user_inputs', spliced(s.user_inputs),
	'parent_session_id', s.parent_session_id,
	'dedup_rationale', s.dedup_rationale,
	'extra_fields', extended(s.extra_fields,
		'query', s.query,
		'environment', s.environment,
		'reporter', spliced(s.submitter)),
	'traceparent', s.traceparent,
	'version', s.version)
FROM session s
JOIN app a ON a.id = s.app_id;

-- What is loaded: the newest version of each application.
CREATE VIEW app_newest (id, name, config) AS
SELECT max(id), name, config FROM app GROUP BY name;

-- What a page shows of an application, and where it leads; the row without a
-- name is for when none is loaded.
CREATE VIEW ui_object (id, app, hints, views) AS
SELECT id, name, object(
	'brand_name', coalesce(CAST(config ->> '$.ui.brand_name' AS TEXT), ''),
	'brand_logo_url', CAST(config ->> '$.ui.brand_logo_url' AS TEXT),
	'approval_rationale_templates', spliced(coalesce(nullif(
		config -> '$.ui.approval_rationale_templates', 'null'), '[]')),
	'hitl_question_templates', spliced(coalesce(nullif(
		config -> '$.ui.hitl_question_templates', 'null'), '{}')),
	'environments', spliced(coalesce(nullif(
		config -> '$.environments', 'null'), '[]'))),
	coalesce(nullif(config -> '$.ui.app_views', 'null'), '[]')
FROM (SELECT id, name, config FROM app_newest
	UNION ALL SELECT 0, NULL, '{}');

-- What an agent may call. "server:*" is every tool that the server has; as
-- long as it has told of none, the star itself is there.
CREATE VIEW agent_tool (app_id, agent, key, tool) AS
SELECT g.app_id, g.name, b.key, coalesce(t.name, b.value)
FROM agent g, json_each(g.tools) b
LEFT JOIN tool t ON t.app_id = g.app_id AND t.present
	AND t.name BETWEEN replace(b.value, ':*', ':')
		AND replace(b.value, ':*', ';');

CREATE VIEW agent_object (app, name, body) AS
SELECT a.name, g.name, object(
	'name', g.name,
	'app', a.name,
	'kind', g.kind,
	'description', g.description,
	'model', g.model,
	'tools', (SELECT json_group_array(tool) FROM (
		SELECT tool FROM agent_tool b
		WHERE b.app_id = g.app_id AND b.agent = g.name
		ORDER BY b.key, b.tool)),
	'routes', spliced(g.routes),
	'system_prompt_excerpt', substr(g.prompt, 1, 500))
FROM app_newest a
JOIN agent g ON g.app_id = a.id;

-- An agent as a session's page shows it: servers only, routes by signal.
CREATE VIEW agent_definition (app_id, name, body) AS
SELECT g.app_id, g.name, object(
	'name', g.name,
	'kind', g.kind,
	'model', g.model,
	'tools', (SELECT json_group_array(DISTINCT
		substr(value, 1, instr(value, ':') - 1))
		FROM json_each(g.tools)),
	'routes', (SELECT json_group_object(value ->> 'when', value ->> 'next')
		FROM json_each(g.routes)),
	'system_prompt_excerpt', substr(g.prompt, 1, 500))
FROM agent g;

-- How a server that tells its tools itself does: what the runner sees that
-- is best off with it.
CREATE VIEW tool_server_now (app_id, name, transport, category, state, reason,
	since, protocol, tries, runner) AS
SELECT s.app_id, s.name, s.transport, s.category,
	coalesce(n.state, 'unknown'),
	CASE WHEN n.state IS NULL THEN 'no runner uses it' ELSE n.reason END,
	n.since, n.protocol, n.tries, n.runner
FROM tool_server s
LEFT JOIN tool_server_state n ON n.app_id = s.app_id AND n.server = s.name
	AND n.runner = (
		SELECT b.runner FROM tool_server_state b
		WHERE b.app_id = s.app_id AND b.server = s.name
		ORDER BY b.state, b.since DESC LIMIT 1);

CREATE VIEW tool_server_object (app, name, body) AS
SELECT a.name, s.name, object(
	'name', s.name,
	'app', a.name,
	'category', s.category,
	'transport', s.transport,
	'state', s.state,
	'reason', s.reason,
	'since', at(s.since),
	'protocol', s.protocol,
	'failed_tries', s.tries,
	'runner', s.runner,
	'tools', (SELECT count(*) FROM tool t
		WHERE t.app_id = s.app_id AND t.server = s.name AND t.present),
	'bound_agents', (SELECT json_group_array(g.name) FROM agent g
		WHERE g.app_id = s.app_id AND EXISTS (
			SELECT 1 FROM json_each(g.tools) b
			WHERE b.value BETWEEN s.name || ':'
				AND s.name || ';')))
FROM app_newest a
JOIN tool_server_now s ON s.app_id = a.id;

-- A tool that stands in the configuration is always there; one that a server
-- told of is there as long as the server is and has it.
CREATE VIEW tool_object (app, name, body) AS
SELECT a.name, t.name, object(
	'name', t.name,
	'original_name', substr(t.name, instr(t.name, ':') + 1),
	'app', a.name,
	'description', t.description,
	'category', t.category,
	'server', t.server,
	'transport', t.transport,
	'risk', t.risk,
	'parameters', spliced(t.parameters),
	'availability', object(
		'state', CASE WHEN s.name IS NULL THEN 'available'
			WHEN NOT t.present THEN 'absent'
			ELSE s.state END,
		'reason', CASE WHEN t.present THEN s.reason
			ELSE 'its server has it no more' END,
		'since', at(s.since)),
	'sandbox', CASE WHEN t.transport IN ('command', 'stdio') THEN (
		SELECT sandbox FROM runner ORDER BY seen_at DESC LIMIT 1) END,
	'bound_agents', (SELECT json_group_array(g.name) FROM agent g
		WHERE g.app_id = t.app_id AND EXISTS (
			SELECT 1 FROM json_each(g.tools) b
			WHERE b.value IN (t.name, t.server || ':*'))))
FROM app_newest a
JOIN tool t ON t.app_id = a.id
LEFT JOIN tool_server_now s ON s.app_id = t.app_id AND s.name = t.server;
