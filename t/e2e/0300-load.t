#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What gatehouse load refuses: statements 1 to 29 of the acceptance list. Each
# error names file, line and key, and nothing is written.
set -u
here=$(dirname "$0")
. "$here/../helper/tap.sh"
. "$here/../helper/small_app.sh"

gatehouse init >/dev/null || bail "no database"
fresh
accepted 0 "the application that all others are made from" || bail "no base"

# 1: llm.default
fresh
edit config.yaml 's/default: m$/default: nope/'
refused 1 config.yaml 'default: nope' llm.default 'unknown model "nope"'
fresh
edit config.yaml '/default: m$/d'
refused 1 config.yaml 'llm:' llm 'unknown model "stub_default"'

# 2: a model's provider
fresh
edit config.yaml 's/provider: p}/provider: q}/'
refused 2 config.yaml 'provider: q' llm.models.m.provider 'unknown provider "q"'

# 3: embedding
fresh
edit config.yaml 's/^mcp:/  embedding: {provider: q, model: e}\nmcp:/'
refused 3 config.yaml 'provider: q' llm.embedding.provider \
	'unknown provider "q"'
edit config.yaml 's/provider: q/provider: p/'
accepted 3 "an embedding of a known provider"

# 4: ${NAME}
fresh
edit config.yaml 's/default: m$/default: "${SMALL_MODEL}"/'
unset SMALL_MODEL
refused 4 config.yaml 'SMALL_MODEL' llm.default \
	'variable "SMALL_MODEL" is not set'
SMALL_MODEL=m
export SMALL_MODEL
accepted 4 "a variable that is set"
unset SMALL_MODEL
echo "export SMALL_MODEL='m'  # not in quotes" | sed 's/  #.*//' >"$app/.env"
accepted 4 "a variable from .env"

# 5: risks
for risk in HIGH extreme '""'; do
	fresh
	top 'runtime:' '  gateway:' '    policy:' "      fix: $risk"
	refused 5 config.yaml "fix: $risk" runtime.gateway.policy.fix \
		"unknown \"$(echo "$risk" | tr -d '"')\", expected one of: low"
done
fresh
top 'runtime:' '  gateway:' '    policy:' '      fix:'
refused 5 config.yaml '      fix:' runtime.gateway.policy.fix \
	'must not be empty'
fresh
top 'runtime: {gateway: {policy: {"ops:fix": high, look: low}}}'
accepted 5 "lower-case risks"

# 6: the default status
statuses='statuses: {done: {name: done, terminal: true, kind: success},
    open: {name: open, terminal: false, kind: pending}}'
fresh
orchestrator "$statuses"
refused 6 config.yaml 'orchestrator' orchestrator \
	'"default_terminal_status" is missing'
orchestrator 'default_terminal_status: nope'
refused 6 config.yaml 'status: nope' orchestrator.default_terminal_status \
	'unknown status "nope"'
edit config.yaml 's/status: nope/status: open/'
refused 6 config.yaml 'status: open' orchestrator.default_terminal_status \
	'status "open" is not terminal'
edit config.yaml 's/status: open/status: done/'
accepted 6 "a default that is terminal"

# 7: a rule's status
orchestrator 'terminal_tools:' '  - {tool_name: close, status: done}' \
	'  - {tool_name: close, status: lost}'
refused 7 config.yaml 'status: lost' \
	'orchestrator.terminal_tools[1].status' 'unknown status "lost"'
edit config.yaml 's/status: lost/status: open/'
refused 7 config.yaml 'status: open}' \
	'orchestrator.terminal_tools[1].status' 'status "open" is not terminal'

# 8: rules or a default without statuses
fresh
orchestrator 'default_terminal_status: done'
refused 8 config.yaml 'default_terminal_status' \
	orchestrator.default_terminal_status 'needs "statuses"'
fresh
orchestrator 'terminal_tools: [{tool_name: close, status: done}]'
refused 8 config.yaml 'terminal_tools' orchestrator.terminal_tools \
	'needs "statuses"'
fresh
edit config.yaml '/^orchestrator/,$d'
accepted 8 "no orchestrator"
top 'orchestrator: {}'
accepted 8 "an empty orchestrator"

# 9: unknown keys where it is strict
fresh
orchestrator 'colour: red'
refused 9 config.yaml 'colour' orchestrator.colour 'unknown key'
fresh
orchestrator 'default_terminal_status: done' \
	'statuses: {done: {terminal: true, kind: success, color: red}}'
refused 9 config.yaml 'color' orchestrator.statuses.done.color 'unknown key'
fresh
orchestrator 'default_terminal_status: done' \
	'statuses: {done: {terminal: true, kind: success}}' \
	'terminal_tools: [{tool_name: close, status: done, kind: x}]'
refused 9 config.yaml 'kind: x' 'orchestrator.terminal_tools[0].kind' \
	'unknown key'
fresh
orchestrator 'gate_policy: {threshold: 1}'
refused 9 config.yaml 'threshold' orchestrator.gate_policy.threshold \
	'unknown key'
fresh
orchestrator 'retry_policy: {tries: 1}'
refused 9 config.yaml 'tries' orchestrator.retry_policy.tries 'unknown key'

# 10: ollama needs a base URL
for url in '' ', base_url: ""'; do
	fresh
	edit config.yaml "s/^  models:/    o: {kind: ollama$url}\n  models:/"
	refused 10 config.yaml 'kind: ollama' llm.providers.o \
		'"base_url" is missing'
done
for kind in openai_compat azure_openai stub; do
	fresh
	edit config.yaml "s/^  models:/    o: {kind: $kind}\n  models:/"
	accepted 10 "$kind without a base URL"
done

# 11: the model's time
for time in 0 -1 601; do
	fresh
	edit config.yaml "s/script.yaml}/script.yaml, request_timeout: $time}/"
	refused 11 config.yaml 'request_timeout' \
		llm.providers.p.request_timeout \
		'expected a time from 0.001 to 600 seconds'
	fresh
	orchestrator "default_llm_request_timeout: $time"
	refused 11 config.yaml 'default_llm' \
		orchestrator.default_llm_request_timeout \
		'expected a time from 0.001 to 600 seconds'
done
fresh
orchestrator 'default_llm_request_timeout: 600'
accepted 11 "600 seconds"

# 12: the entry agent
fresh
edit config.yaml 's/entry_agent: .*/entry_agent: nobody/'
refused 12 config.yaml 'nobody' orchestrator.entry_agent \
	"unknown entry agent 'nobody'"

# 13: tools of a skill
fresh
edit skills/intake/config.yaml 's/\[look, fix\]/[look, nope]/'
refused 13 skills/intake/config.yaml 'nope' 'tools.ops[1]' \
	'unknown tool "nope" on server "ops"'
fresh
edit skills/intake/config.yaml 's/ops:/nops:/'
refused 13 skills/intake/config.yaml 'nops' tools.nops \
	'unknown server "nops"'

# 14: one name on two servers, by "local"
fresh
edit config.yaml 's/{name: close,/{name: look}\n        - {name: close,/'
edit skills/intake/config.yaml 's/ops: .*/local: [fix, look]/'
refused 14 skills/intake/config.yaml 'local' 'tools.local[1]' \
	'ambiguous: 2 servers have a tool "look"'
edit skills/intake/config.yaml 's/\[fix, look\]/[fix]/'
accepted 14 "a name of one server, by local"

# 15: the default route
fresh
edit skills/intake/config.yaml 's/when: default/when: success/'
refused 15 skills/intake/config.yaml 'routes' routes \
	"there is no route for 'default'"
edit skills/intake/config.yaml '/routes/,$d'
refused 15 skills/intake/config.yaml 'description' '' \
	"there is no route for 'default'"

# 16: names of skills
for name in Intake 1st in-take "$(printf 'a%064d' 0)"; do
	fresh
	echo 'description: x' | skill "$name"
	refused 16 "skills/$name/config.yaml" 'description' '' \
		"\"$name\" is no agent name"
done
fresh
echo 'nonsense: [' | skill _draft
mkdir "$app/skills/No-Config"
accepted 16 "folders that begin with _ or have no config.yaml"
like "$err" "No-Config:1: warning: no config.yaml here" \
	"16: but the second kind is told"

# 17: name and prompt
fresh
edit skills/intake/config.yaml '1i name: other'
refused 17 skills/intake/config.yaml 'name: other' name "an agent's name is"
fresh
rm "$app/skills/intake/prompt.md"
refused 17 skills/intake/config.yaml 'description' '' 'no prompt'
fresh
rm "$app/skills/intake/config.yaml"
refused 17 config.yaml 'entry_agent' orchestrator.entry_agent \
	"unknown entry agent 'intake'"

# 19: lists of tools
fresh
edit skills/intake/config.yaml 's/\[look, fix\]/[]/'
refused 19 skills/intake/config.yaml 'ops' tools.ops 'must not be empty'
fresh
edit skills/intake/config.yaml 's/\[look, fix\]/[look, "*"]/'
refused 19 skills/intake/config.yaml 'ops' 'tools.ops[1]' '"*" stands alone'
edit skills/intake/config.yaml 's/\[look, "\*"\]/["*"]/'
accepted 19 "all of a server's tools"

# 20: keys of another kind
for key in 'subordinates: [intake]' 'dispatch_strategy: rule' \
	'max_dispatch_depth: 2' 'runner: a.b' 'schedule: "* * * * *"' \
	'observe: [x]' 'trigger_target: x' 'tick_timeout_seconds: 3'; do
	fresh
	echo "$key" >>"$app/skills/intake/config.yaml"
	refused 20 skills/intake/config.yaml "$key" "${key%%:*}" \
		'not for a responsive'
done
# supervisor [LINE]: an agent above the first, and a line more in its file.
supervisor() {
	fresh
	skill boss <<-YAML
	description: hands out
	kind: supervisor
	subordinates: [intake]
	dispatch_strategy: rule
	dispatch_rules:
	  - {when: not agents_run, target: intake}
	${1-}
	YAML
	edit config.yaml 's/entry_agent: .*/entry_agent: boss/'
}
supervisor
accepted 20 "a supervisor"
for key in 'system_prompt: x' 'tools: {ops: [look]}' 'stub_response: x' \
	'routes: [{when: default, next: __end__}]' 'observe: [x]'; do
	supervisor "$key"
	refused 20 skills/boss/config.yaml "$key" "${key%%:*}" \
		'not for a supervisor'
done

# 21: supervisors
supervisor
edit skills/boss/config.yaml 's/\[intake\]/[]/'
refused 21 skills/boss/config.yaml 'subordinates' subordinates \
	'must not be empty'
edit skills/boss/config.yaml '/subordinates/d'
refused 21 skills/boss/config.yaml 'description' '' \
	'"subordinates" is missing'
supervisor
edit skills/boss/config.yaml 's/: rule/: llm/'
refused 21 skills/boss/config.yaml 'description' '' \
	'"dispatch_prompt" is missing'
supervisor
edit skills/boss/config.yaml '/dispatch_rules/,$d'
refused 21 skills/boss/config.yaml 'description' '' \
	'"dispatch_rules" is missing'
supervisor
edit skills/boss/config.yaml 's/target: intake/target: other/'
refused 21 skills/boss/config.yaml 'target' 'dispatch_rules[0].target' \
	'"other" is not among the subordinates'
for depth in 0 11; do
	supervisor "max_dispatch_depth: $depth"
	refused 21 skills/boss/config.yaml 'max_dispatch_depth' \
		max_dispatch_depth 'expected a whole number from 1 to 10'
done
supervisor
edit skills/boss/config.yaml 's/\[intake\]/[intake, other]/'
refused 21 skills/boss/config.yaml 'subordinates' 'subordinates[1]' \
	"unknown target 'other'"

# 22: expressions that could act
while IFS='|' read -r text what; do
	supervisor
	edit skills/boss/config.yaml "s/not agents_run/\"$text\"/"
	refused 22 skills/boss/config.yaml 'when' 'dispatch_rules[0].when' \
		"column ${what%% *}: ${what#* }"
done <<'EOT'
len(agents_run)|4 a call is not allowed
session.status|8 an attribute is not allowed
lambda: 1|1 a lambda is not allowed
[x for x in status]|4 a comprehension is not allowed
import os|1 an import is not allowed
secret == 1|1 unknown name 'secret'
EOT

# 23: monitors
monitor() {
	fresh
	skill watch <<-'YAML'
	description: looks now and then
	kind: monitor
	schedule: "*/5 8-18 * * mon-fri"
	observe: [ops:look]
	emit_signal_when: observation['x'] > 1
	trigger_target: page
	YAML
}
monitor
accepted 23 "a complete monitor"
warned 23 skills/watch/config.yaml 'description' '' \
	'a monitor is not run by this version'
for key in schedule observe emit_signal_when trigger_target; do
	monitor
	edit skills/watch/config.yaml "/^$key/d"
	refused 23 skills/watch/config.yaml 'description' '' \
		"\"$key\" is missing"
done
for cron in '* * * *' '* * * * * *' '60 * * * *' '* * 0 * *' 'x * * * *' \
	'5-1 * * * *' '*/0 * * * *' '1, * * * *'; do
	monitor
	edit skills/watch/config.yaml "s:^schedule.*:schedule\: \"$cron\":"
	refused 23 skills/watch/config.yaml 'schedule' schedule \
		"\"$cron\" is no schedule of five fields"
done
monitor
edit skills/watch/config.yaml 's/observation/session/'
refused 23 skills/watch/config.yaml 'emit_signal_when' emit_signal_when \
	"column 1: unknown name 'session'"

for key in 'system_prompt: x' 'stub_response: x' 'subordinates: [intake]' \
	'routes: [{when: default, next: __end__}]'; do
	monitor
	echo "$key" >>"$app/skills/watch/config.yaml"
	refused 20 skills/watch/config.yaml "$key" "${key%%:*}" \
		'not for a monitor'
done

# 24: the model of a skill
fresh
echo 'model: other' >>"$app/skills/intake/config.yaml"
refused 24 skills/intake/config.yaml 'model' model 'unknown model "other"'
edit config.yaml 's/^mcp:/    other: {provider: p}\nmcp:/'
accepted 24 "a model of its own"

# 25: a disabled server is not looked at, and not there
fresh
edit config.yaml 's/^orchestrator:/    - {name: far, transport: http, category: x, enabled: false}\n&/'
accepted 25 "a disabled server of a kind that this version does not have"
edit skills/intake/config.yaml 's/ops: .*/far: ["*"]/'
refused 25 skills/intake/config.yaml 'far' tools.far \
	'server "far" is disabled'

# 26: injected arguments
for path in '""' session id .id session. session..id request.id; do
	fresh
	orchestrator "injected_args: {id: $path}"
	refused 26 config.yaml 'injected' orchestrator.injected_args.id \
		"\"$(echo "$path" | tr -d '"')\" is no path"
done
fresh
orchestrator 'injected_args: {my-id: session.id}'
refused 26 config.yaml 'injected' orchestrator.injected_args.my-id \
	'"my-id" is no parameter name'
fresh
orchestrator 'injected_args: {incident_id: session.id, x: session.extra.y}'
accepted 26 "paths below session"

# 27: the prefix of session ids
for prefix in '""' ABCDEFGHIJKLMNOPQ 'A B' 'A_B' '1A' '-A'; do
	fresh
	top "framework: {session_id_prefix: $prefix}"
	refused 27 config.yaml 'session_id_prefix' \
		framework.session_id_prefix \
		"\"$(echo "$prefix" | tr -d '"')\" is no prefix"
done
fresh
top 'framework: {session_id_prefix: ABC-def-1234567-}'
accepted 27 "16 letters, digits and hyphens"

# 28: dedup
fresh
top 'dedup: {stage1_top_k: 2, stage2_top_k: 3}'
refused 28 config.yaml 'stage2' dedup.stage2_top_k \
	'stage2_top_k, 3, is above stage1_top_k, 2'
for key in stage1_threshold stage2_min_confidence; do
	for value in -0.1 1.1; do
		fresh
		top "dedup: {$key: $value}"
		refused 28 config.yaml "$key" "dedup.$key" \
			'expected a number from 0 to 1'
	done
done
fresh
top 'dedup: {run_at: later}'
refused 28 config.yaml 'run_at' dedup.run_at 'unknown "later"'
fresh
top 'dedup: null'
accepted 28 "no dedup"

# 29: what only Python could resolve
fresh
orchestrator 'state_overrides_schema: my.module.State'
refused 29 config.yaml 'my.module' orchestrator.state_overrides_schema \
	'"my.module.State" is Python code, which is not run; write the JSON'
for key in transform payload_schema; do
	fresh
	top 'triggers:' '  - {name: in, transport: webhook, target_app: x,' \
		"     auth: none, $key: my.thing}"
	refused 29 config.yaml "$key" "triggers[0].$key" \
		'"my.thing" is Python code, which is not run'
done

done_testing
