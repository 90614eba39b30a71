#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Every key of the configuration, wrong in one way each. A row is: the file;
# a line that is added to it, or an edit by sed; what stands on the line that
# is blamed; the key; how the message begins.
set -u
here=$(dirname "$0")
. "$here/../helper/tap.sh"
. "$here/../helper/small_app.sh"

gatehouse init >/dev/null || bail "no database"

# table WORD: each row of standard input is refused, or warned about.
table() {
	while IFS='|' read -r file change text key message; do
		fresh
		case $change in
		s/*) edit "$file" "$change" ;;
		*) printf '%s\n' "$change" >>"$app/$file" ;;
		esac
		"$1" "$file" "$file" "$text" "$key" "$message" ||
			diag "change: $change"
	done
}

table refused <<'EOT'
config.yaml|s/^mcp:/MCP:/|llm:||"mcp" is missing
config.yaml|s/kind: script, //|p: {|llm.providers.p|"kind" is missing
config.yaml|s/kind: script/kind: parrot/|kind: parrot|llm.providers.p.kind|unknown "parrot"
config.yaml|s/, file: script.yaml//|p: {|llm.providers.p|"file" is missing
config.yaml|s/provider: p}/temperature: 0}/|m: {|llm.models.m|"provider" is missing
config.yaml|s/provider: p}/provider: p, temperature: hot}/|m: {|llm.models.m.temperature|expected a number
config.yaml|s/^mcp:/  embedding: {provider: p}\nmcp:/|embedding|llm.embedding|"model" is missing
config.yaml|s/^mcp:/  embedding: {provider: p, model: e, dim: 0}\nmcp:/|embedding|llm.embedding.dim|expected a whole number
config.yaml|s/name: ops/name: my ops/|my ops|mcp.servers[0].name|"my ops" is no server name
config.yaml|s/category: ops/category: ""/|category|mcp.servers[0].category|must not be empty
config.yaml|s/name: fix/name: "f:x"/|f:x|mcp.servers[0].tools[1].name|"f:x" is no tool name
config.yaml|s/\[tools.fix, now\]/[""]/|[""]|mcp.servers[0].tools[1].command[0]|must not be empty
config.yaml|s/command: \[tools.fix, now\]/command: x/|command: x|mcp.servers[0].tools[1].command|expected a list
config.yaml|s/now\]/1]/|fix, 1|mcp.servers[0].tools[1].command[1]|expected a text, found a number; quote it
config.yaml|s/now\]/now], memory_mb: 1/|fix, now|mcp.servers[0].tools[1].memory_mb|expected a whole number from 16
config.yaml|s/now\]/now], output_kb: 0/|fix, now|mcp.servers[0].tools[1].output_kb|expected a whole number from 1
config.yaml|s/now\]/now], paths: [x]/|fix, now|mcp.servers[0].tools[1].paths|expected a map
config.yaml|s/now\]/now], paths: {see: [x]}/|fix, now|mcp.servers[0].tools[1].paths.see|unknown key
config.yaml|s/now\]/now], paths: {read: x}/|fix, now|mcp.servers[0].tools[1].paths.read|expected a list
config.yaml|s/now\]/now], paths: {read: [x]}/|fix, now|mcp.servers[0].tools[1].paths.read[0]|must be an absolute path
config.yaml|s/now\]/now], paths: {write: [\/no\/way]}/|fix, now|mcp.servers[0].tools[1].paths.write[0]|cannot find "/no/way"
config.yaml|s/now\]/now], read_only: 3/|fix, now|mcp.servers[0].tools[1].read_only|expected true or false
config.yaml|s/now\]/now], idempotent: 3/|fix, now|mcp.servers[0].tools[1].idempotent|expected true or false
config.yaml|s/name: close/name: close, command: [x]/|name: close|mcp.servers[1].tools[0].command|unknown key
config.yaml|s/write: extra_fields/from: a, parameters: {properties: {a: {}}}/|from|mcp.servers[1].tools[0].from|nothing is written
config.yaml|s/^      tools:$/      tolls:/|name: ops|mcp.servers[0]|"tools" is missing
config.yaml|  entry_agent: "intake"|"intake"|orchestrator.entry_agent|duplicate key
config.yaml|  signals: success|signals|orchestrator.signals|expected a list
config.yaml|  statuses: {Done: {terminal: true, kind: success}}|statuses|orchestrator.statuses.Done|"Done" is no status name
config.yaml|  statuses: {done: {kind: success}}|statuses|orchestrator.statuses.done|"terminal" is missing
config.yaml|  statuses: {done: {terminal: true}}|statuses|orchestrator.statuses.done|"kind" is missing
config.yaml|  statuses: {done: {terminal: true, kind: good}}|statuses|orchestrator.statuses.done.kind|unknown "good"
config.yaml|  gate_policy: {confidence_threshold: 1.1}|gate_policy|orchestrator.gate_policy.confidence_threshold|expected a number from 0 to 1
config.yaml|  gate_policy: {gated_environments: production}|gate_policy|orchestrator.gate_policy.gated_environments|expected a list
config.yaml|  retry_policy: {max_retries: 11}|retry_policy|orchestrator.retry_policy.max_retries|expected a whole number from 0 to 10
config.yaml|  retry_policy: {max_retries: "1"}|retry_policy|orchestrator.retry_policy.max_retries|must be a plain number
config.yaml|  retry_policy: {retry_low_confidence_threshold: 2}|retry_policy|orchestrator.retry_policy.retry_low_confidence_threshold|expected a number from 0 to 1
config.yaml|  state_overrides_schema: {minProperties: -1}|minProperties|orchestrator.state_overrides_schema.minProperties|must be a whole number from 0
config.yaml|runtime: {framework_app_config_path: a.b}|runtime|runtime.framework_app_config_path|"a.b" is Python code, which is not run; write
config.yaml|runtime: {dedup_config_path: a.b}|runtime|runtime.dedup_config_path|"a.b" is Python code, which is not run; write
config.yaml|runtime: {environments_provider_path: a.b}|runtime|runtime.environments_provider_path|"a.b" is Python code, which is not run; list
config.yaml|runtime: {max_concurrent_sessions: 0}|runtime|runtime.max_concurrent_sessions|expected a whole number
config.yaml|runtime: {budget: 5}|runtime|runtime.budget|expected a map
config.yaml|runtime: {budget: {token: 5}}|runtime|runtime.budget.token|unknown key
config.yaml|runtime: {budget: {tokens: 0}}|runtime|runtime.budget.tokens|expected a whole number from 1 to 1000000000000
config.yaml|runtime: {budget: {model_calls: many}}|runtime|runtime.budget.model_calls|expected a whole number
config.yaml|runtime: {budget: {tool_calls: 1.5}}|runtime|runtime.budget.tool_calls|expected a whole number
config.yaml|runtime: {budget: {wall_time: 0.5}}|runtime|runtime.budget.wall_time|expected a time from 1 to
config.yaml|runtime: {budget: {wall_time: 1500ms}}|runtime|runtime.budget.wall_time|must be whole seconds
config.yaml|runtime: {gateway: {policy: [low]}}|runtime|runtime.gateway.policy|expected a map
config.yaml|framework: {confidence_threshold: 2}|framework|framework.confidence_threshold|expected a number from 0 to 1
config.yaml|framework: {confidence_threshold: "0.7"}|framework|framework.confidence_threshold|must be a plain number
config.yaml|framework: {lesson_refresh_cron: daily}|framework|framework.lesson_refresh_cron|"daily" is no schedule
config.yaml|framework: {lesson_refresh_window_days: 0}|framework|framework.lesson_refresh_window_days|expected a whole number
config.yaml|framework: {escalation_teams: sre}|framework|framework.escalation_teams|expected a list
config.yaml|dedup: {enabled: true}|dedup|dedup|stage2_model: unknown model "cheap"
config.yaml|dedup: {stage1_top_k: 21}|dedup|dedup.stage1_top_k|expected a whole number from 1 to 20
config.yaml|dedup: {scope: {only_closed: 3}}|dedup|dedup.scope.only_closed|expected true or false
config.yaml|environments: dev|environments|environments|expected a list
config.yaml|environments: [dev, 3]|environments|environments[1]|expected a text
config.yaml|paths: {skills_dir: nowhere}|paths|paths.skills_dir|cannot read the skills in "
config.yaml|api: {cors_allow_credentials: 3}|api|api.cors_allow_credentials|expected true or false
config.yaml|api: {cors_origins: "*"}|api|api.cors_origins|expected a list
config.yaml|storage: {metadata: {pool_size: 0}}|storage|storage.metadata.pool_size|expected a whole number
config.yaml|storage: {vector: {backend: x}}|storage|storage.vector.backend|unknown "x"
config.yaml|storage: {vector: {distance_strategy: x}}|storage|storage.vector.distance_strategy|unknown "x"
config.yaml|ui: {colour: red}|ui|ui.colour|unknown key
config.yaml|ui: {badges: {a: {b: {label: B}}}}|ui|ui.badges.a.b|"color" is missing
config.yaml|ui: {badges: {a: {b: {label: B, color: red, size: 1}}}}|ui|ui.badges.a.b.size|unknown key
config.yaml|ui: {detail_fields: [{key: a}]}|ui|ui.detail_fields[0]|"label" is missing
config.yaml|ui: {detail_fields: [{key: a, label: A, size: 1}]}|ui|ui.detail_fields[0].size|unknown key
config.yaml|ui: {app_views: [{id: a, title: A, applies_to: x}]}|ui|ui.app_views[0]|"url" is missing
config.yaml|ui: {hitl_question_templates: {a: [b]}}|ui|ui.hitl_question_templates.a|expected a single value
config.yaml|ui: {approval_rationale_templates: [1]}|ui|ui.approval_rationale_templates[0]|expected a text
config.yaml|triggers: [{transport: api, target_app: x}]|triggers|triggers[0]|"name" is missing
config.yaml|triggers: [{name: "a b", transport: api, target_app: x}]|triggers|triggers[0].name|"a b" is no trigger name
config.yaml|triggers: [{name: a, target_app: x}]|triggers|triggers[0]|"transport" is missing
config.yaml|triggers: [{name: a, transport: pigeon, target_app: x}]|triggers|triggers[0].transport|unknown "pigeon"
config.yaml|triggers: [{name: a, transport: api}]|triggers|triggers[0]|"target_app" is missing
config.yaml|triggers: [{name: a, transport: webhook, target_app: x}]|triggers|triggers[0]|"auth_token_env" is missing
config.yaml|triggers: [{name: a, transport: webhook, target_app: x, auth: none, payload_schema: {type: text}}]|triggers|triggers[0].payload_schema.type|is no type: string,
config.yaml|triggers: [{name: a, transport: webhook, target_app: x, auth: none, idempotency_ttl_hours: 721}]|triggers|triggers[0].idempotency_ttl_hours|expected a whole number from 1 to 720
config.yaml|triggers: [{name: a, transport: schedule, target_app: x}]|triggers|triggers[0]|"schedule" is missing
config.yaml|triggers: [{name: a, transport: schedule, target_app: x, schedule: "0 0 3 * * *"}]|triggers|triggers[0].schedule|"0 0 3 * * *" is no schedule of five fields
script.yaml|  - {agent: intake, tool_calls: [{name: "ops:fix", arguments: {}}]}|arguments|replies[1].tool_calls[0].arguments|unknown key
script.yaml|  - {agent: intake, usage: {tokens: 1}}|usage|replies[1].usage.tokens|unknown key
script.yaml|  - {agent: intake, usage: {input_tokens: "1"}}|usage|replies[1].usage.input_tokens|must be a plain number
script.yaml|  - {agent: intake, delay: 601}|delay|replies[1].delay|expected a number from 0 to 600
script.yaml|  - {agent: intake, content: 5}|content: 5|replies[1].content|expected a text
script.yaml|  - just this|just|replies[1]|expected a map
skills/intake/config.yaml|s/^description: .*/kind: clown/|clown|kind|unknown "clown"
skills/intake/config.yaml|s/^description: .*/kind: responsive/|kind||"description" is missing
skills/intake/config.yaml|budget: {tokens: -1}|budget|budget.tokens|expected a whole number
skills/intake/config.yaml|budget: {time: 5}|budget|budget.time|unknown key
skills/intake/config.yaml|budget: [5]|budget|budget|expected a map
skills/intake/config.yaml|stub_response: 3|stub|stub_response|expected a text
skills/intake/config.yaml|s/^  ops: .*/  ops: look/|ops|tools.ops|expected a list
skills/intake/config.yaml|s/when: default, //|next|routes[0]|"when" is missing
skills/intake/config.yaml|s/, next: __end__//|when|routes[0]|there is no target
EOT

table warned <<'EOT'
config.yaml|s/provider: p}/provider: p, colour: red}/|m: {|llm.models.m.colour|unknown key
config.yaml|s/file: script.yaml/&, colour: red/|p: {|llm.providers.p.colour|unknown key
config.yaml|s/^mcp:/  colour: red\nmcp:/|colour|llm.colour|unknown key
config.yaml|s/^mcp:/  embedding: {provider: p, model: e, colour: red}\nmcp:/|colour|llm.embedding.colour|unknown key
config.yaml|s/^  servers:/  colour: red\n&/|colour|mcp.colour|unknown key
config.yaml|s/name: ops/&\n      colour: red/|colour|mcp.servers[0].colour|unknown key
config.yaml|  gate_policy: {gated_risk_actions: [high]}|gate_policy|orchestrator.gate_policy.gated_risk_actions[0]|no action "high"
config.yaml|runtime: {colour: red}|colour|runtime.colour|unknown key
config.yaml|runtime: {gateway: {colour: red}}|colour|runtime.gateway.colour|unknown key
config.yaml|runtime: {gateway: {prod_overrides: {colour: red}}}|colour|runtime.gateway.prod_overrides.colour|unknown key
config.yaml|framework: {colour: red}|colour|framework.colour|unknown key
config.yaml|dedup: {colour: red}|colour|dedup.colour|unknown key
config.yaml|dedup: {scope: {colour: red}}|colour|dedup.scope.colour|unknown key
config.yaml|paths: {colour: red}|colour|paths.colour|unknown key
config.yaml|api: {colour: red}|colour|api.colour|unknown key
config.yaml|storage: {colour: red}|colour|storage.colour|unknown key
config.yaml|storage: {vector: {backend: none}}|storage|storage|not used: the store is the database
config.yaml|triggers: [{name: a, transport: api, target_app: x, colour: red}]|colour|triggers[0].colour|unknown key
skills/intake/config.yaml|system_prompt: x|system_prompt|system_prompt|not used: the prompt is in the .md files
skills/intake/config.yaml|  - {when: default, next: intake}|next: intake|routes[1].when|never followed
skills/intake/config.yaml|s/next: __end__/&, colour: red/|colour|routes[0].colour|unknown key
EOT

# What needs more than a line.
fresh
orchestrator 'default_terminal_status: done' \
	'statuses: {done: {name: over, terminal: true, kind: success}}' \
	'gate_policy: {gated_environments: [prod]}'
top 'environments: [dev]'
warned statuses config.yaml 'name: over' orchestrator.statuses.done \
	'is called "done", not "over"'
warned environments config.yaml 'prod' \
	'orchestrator.gate_policy.gated_environments[0]' \
	'"prod" is not in "environments"'
orchestrator_rules() {
	fresh
	orchestrator 'default_terminal_status: done' \
		'statuses: {done: {terminal: true, kind: success}}' "$@"
}
orchestrator_rules 'terminal_tools: [{tool_name: nope, status: done}]'
refused rules config.yaml nope 'orchestrator.terminal_tools[0].tool_name' \
	'unknown tool "nope"'
orchestrator_rules 'terminal_tools: [{tool_name: close, status: done,' \
	'  extract_fields: {team: args.team}}]'
refused rules config.yaml extract \
	'orchestrator.terminal_tools[0].extract_fields.team' 'expected a list'
orchestrator_rules 'terminal_tools: [{tool_name: close, status: done,' \
	'  match_args: {n: 1}}]'
refused rules config.yaml match 'orchestrator.terminal_tools[0].match_args.n' \
	'expected a text'
orchestrator_rules 'escalate_action_default_team: sre'
top 'framework: {escalation_teams: [dba]}'
refused teams config.yaml escalation_teams framework.escalation_teams \
	'does not have the default team "sre"'

supervisor() {
	fresh
	edit config.yaml 's/entry_agent: .*/entry_agent: boss/'
	skill boss <<-YAML
	description: hands out
	kind: supervisor
	subordinates: [intake]
	dispatch_strategy: rule
	dispatch_rules: [{when: not agents_run, target: intake$2}]
	$1
	YAML
}
supervisor 'max_dispatch_depth: "3"' ''
refused supervisor skills/boss/config.yaml max max_dispatch_depth \
	'must be a plain number'
supervisor 'runner: a.b' ''
refused supervisor skills/boss/config.yaml runner runner \
	'"a.b" is Python code, which is not run; leave it out'
supervisor '' ', colour: red'
warned supervisor skills/boss/config.yaml colour 'dispatch_rules[0].colour' \
	'unknown key'

fresh
skill watch <<'YAML'
description: looks now and then
kind: monitor
schedule: "* * * * *"
observe: []
emit_signal_when: obs
trigger_target: page
YAML
refused monitor skills/watch/config.yaml observe observe 'must not be empty'
edit skills/watch/config.yaml 's/\[\]/[nope]/'
refused monitor skills/watch/config.yaml observe 'observe[0]' \
	'unknown tool "nope"'

# .env
for line in 'no equals sign' '1a=b' '=b'; do
	fresh
	echo "$line" >"$app/.env"
	refused env .env "$line" '' 'expected NAME=VALUE'
done
fresh
printf '# a comment\n\nexport A="b"\n' >"$app/.env"
accepted env "comments, empty lines and quotes"

is "$(sqlite3 "$GATEHOUSE_DB" 'SELECT count(*) FROM app')" 0 \
	"nothing was written by any of this"
done_testing
