-- SPDX-License-Identifier: Apache-2.0
--
-- Writing definitions: gatehouse load.

-- name: app_latest
SELECT id, version, digest
FROM app
WHERE name = ?1
ORDER BY version DESC
LIMIT 1;

-- name: app_insert
INSERT INTO app (name, version, digest, dir, config, session_prefix,
	entry_agent, default_status, escalate_tool, escalate_status,
	escalate_team, escalation_teams, gate_timeout_ms, gate_on_timeout,
	gate_quorum, submitter_may_approve, loaded_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
	?16, ?17);

-- name: status_insert
INSERT INTO status (app_id, name, terminal, kind)
VALUES (?1, ?2, ?3, ?4);

-- name: model_insert
INSERT INTO model (app_id, name, provider, kind, config)
VALUES (?1, ?2, ?3, ?4, ?5);

-- name: tool_insert
INSERT INTO tool (app_id, name, server, transport, category, description,
	parameters, risk, repeatable, config)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);

-- name: tool_server_insert
INSERT INTO tool_server (app_id, name, transport, category, config)
VALUES (?1, ?2, ?3, ?4, ?5);

-- name: budget_insert
INSERT INTO budget (app_id, agent, name, amount)
VALUES (?1, ?2, ?3, ?4);

-- name: agent_insert
INSERT INTO agent (app_id, name, kind, description, model, prompt, tools,
	routes, config)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9);
