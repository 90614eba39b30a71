#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What gatehouse load refuses and warns about beyond the acceptance list: our
# own keys, the graph, the script, what another system would have run.
set -u
here=$(dirname "$0")
. "$here/../helper/tap.sh"
. "$here/../helper/small_app.sh"

gatehouse init >/dev/null || bail "no database"

# The name.
fresh
sed -i '1i name: Big Name' "$app/config.yaml"
refused name config.yaml 'name: Big' name \
	'"Big Name" is no application name'
fresh
mv "$app" "$app.D" && app=$app.D
refused name config.yaml 'llm' '' '"small.D" is no application name'
rm -rf "$app"
app=${app%.D}

# Everything at once, each where it stands.
fresh
edit config.yaml 's/default: m$/default: nope/'
edit skills/intake/config.yaml 's/look, fix/look, nope/'
echo 'answers: []' >>"$app/script.yaml"
load
is "$status" 1 "several mistakes"
ok "all are told: config" said config.yaml 'default: nope' llm.default \
	'unknown model "nope"'
ok "all are told: skill" said skills/intake/config.yaml nope 'tools.ops[1]' \
	'unknown tool "nope"'
ok "all are told: script" said script.yaml answers answers 'unknown key'
like "$err" 'nothing was loaded' "and what became of it"
load --json
is "$(echo "$out" | jq -c '[.app, .version, .changed, (.errors | length)]')" \
	'["small",null,false,3]' "the same as JSON"

# No YAML at all.
fresh
echo '  - ][' >>"$app/config.yaml"
load
is "$status" 1 "no YAML"
like "$err" 'small/config.yaml:2[0-9]: ' "with its line"
fresh
echo 'a: [' >"$app/skills/intake/config.yaml"
load
is "$(echo "$err" | grep -c .)" 2 "a broken skill is one mistake, not many"
fresh
echo 'a: [' | skill broken
load
is "$(echo "$err" | grep -c .)" 2 "also one that no way leads to"
fresh
printf 'a\nb \377\n' >"$app/skills/intake/prompt.md"
load
like "$err" 'prompt.md:2: not UTF-8' "a prompt that is no text"
fresh
edit config.yaml 's/^llm/LLM/'
refused top config.yaml LLM '' '"llm" is missing'
fresh
gatehouse load "$tap_dir/none" 2>/dev/null
is $? 3 "no such directory"

# Servers and tools.
server() {
	fresh
	edit config.yaml "s/^orchestrator:/    - $1\n&/"
}
server '{name: far, transport: in_process, category: x, module: a.b}'
refused mcp config.yaml 'far' 'mcp.servers[2].transport' \
	'in_process is Python code, which is not run; use "transport: command"'
server '{name: far, transport: sse, category: x, url: "http:\/\/h\/sse"}'
refused mcp config.yaml 'far' 'mcp.servers[2].transport' \
	'sse is the transport of 2024, which servers have replaced; use "transport: http"'
server '{name: ops, transport: http, category: x, enabled: false}'
refused mcp config.yaml 'http' 'mcp.servers[2].name' 'a second server "ops"'
server '{name: local, transport: http, category: x, enabled: false}'
refused mcp config.yaml 'local' 'mcp.servers[2].name' '"local" stands for'
server '{name: far, category: x, tools: []}'
refused mcp config.yaml 'far' 'mcp.servers[2]' '"transport" is missing'

# tool LINE: one tool more on the first server.
tool() {
	fresh
	edit config.yaml "s/^    - name: desk/        - $1\n&/"
}
tool '{name: fix, command: [x]}'
refused tools config.yaml 'command: [x]' 'mcp.servers[0].tools[2].name' \
	'a second tool "fix" on this server'
tool '{name: t}'
refused tools config.yaml 'name: t}' 'mcp.servers[0].tools[2]' \
	'"command" is missing'
tool '{name: t, command: []}'
refused tools config.yaml 'name: t,' 'mcp.servers[0].tools[2].command' \
	'must name a program'
tool '{name: t, command: [tools\/none]}'
refused tools config.yaml 'none' 'mcp.servers[0].tools[2].command[0]' \
	'cannot run "'
tool '{name: t, command: [x], tiemout: 3}'
refused tools config.yaml 'tiemout' 'mcp.servers[0].tools[2].tiemout' \
	'unknown key'
for value in 0 601; do
	tool "{name: t, command: [x], timeout: $value}"
	refused tools config.yaml 'timeout' \
		'mcp.servers[0].tools[2].timeout' \
		'expected a time from 0.001 to 600 seconds'
done
tool '{name: t, command: [x], parameters: {type: list}}'
refused tools config.yaml 'list' \
	'mcp.servers[0].tools[2].parameters.type' 'is no type: string, '
tool '{name: t, command: [x], parameters: {required: [a]}}'
refused tools config.yaml 'required' \
	'mcp.servers[0].tools[2].parameters.required[0]' \
	'"a" is not among the properties'
tool '{name: t, command: [x], parameters: {additionalProperties: no}}'
refused tools config.yaml 'additional' \
	'mcp.servers[0].tools[2].parameters.additionalProperties' \
	'must be a schema, or true or false'
tool '{name: t, command: [x], parameters: {properties: {a: {pattern: "(?=a)"}}}}'
refused tools config.yaml 'pattern' \
	'mcp.servers[0].tools[2].parameters.properties.a.pattern' \
	'is no pattern that can be used: look-around is not understood'
tool '{name: t, command: [x], parameters: {properties: {a: {$ref: "x.json"}}}}'
refused tools config.yaml x.json \
	'mcp.servers[0].tools[2].parameters.properties.a.$ref' \
	'refers to another document, which is never fetched'
tool '{name: t, command: [x], parameters: {properties: {a: {anyOf: [{}, 5]}}}}'
refused tools config.yaml 'anyOf' \
	'mcp.servers[0].tools[2].parameters.properties.a.anyOf' \
	'must be a list of schemas'
tool '{name: t, command: [x], parameters: {properties: {a: {type: 1}}}}'
refused tools config.yaml 'type: 1' \
	'mcp.servers[0].tools[2].parameters.properties.a.type' 'is no type: '

fresh
edit config.yaml 's/write: extra_fields/write: everything/'
refused tools config.yaml 'everything' 'mcp.servers[1].tools[0].write' \
	'unknown "everything", expected one of: nothing, extra_fields, findings'
fresh
edit config.yaml 's/write: extra_fields/write: extra_fields, from: patch/'
refused tools config.yaml 'from' 'mcp.servers[1].tools[0].from' \
	'no parameter "patch"'

# What the orchestrator names.
for key in patch_tools harvest_terminal_tools; do
	fresh
	orchestrator "$key: [close, nope]"
	refused tools config.yaml "$key" "orchestrator.${key}[1]" \
		'unknown tool "nope"'
done
fresh
orchestrator 'escalate_action_tool_name: nope'
refused tools config.yaml 'nope' orchestrator.escalate_action_tool_name \
	'unknown tool "nope"'
fresh
orchestrator 'mcp_servers: [my.module]'
refused python config.yaml 'my.module' orchestrator.mcp_servers \
	'Python modules are not loaded'
fresh
top 'runtime: {state_class: my.State}'
refused python config.yaml 'my.State' runtime.state_class \
	'"my.State" is Python code'
fresh
orchestrator 'state_overrides_schema: {properties: {a: {minimum: "3"}}}'
refused schema config.yaml 'minimum' \
	orchestrator.state_overrides_schema.properties.a.minimum \
	'must be a number'
fresh
orchestrator 'state_overrides_schema: {properties: {a: {type: array}},' \
	'  required: [b]}'
refused schema config.yaml 'required' \
	'orchestrator.state_overrides_schema.required[0]' \
	'"b" is not among the properties'
edit config.yaml 's/required: .b./required: [a], type: array/'
refused schema config.yaml 'required' \
	orchestrator.state_overrides_schema.type 'must be "object" here'
edit config.yaml 's/required: .*/additionalProperties: true}/'
accepted schema "members with types"
fresh
orchestrator 'default_terminal_status: error' \
	'statuses: {error: {terminal: true, kind: failure}}'
refused status config.yaml 'default_terminal' \
	orchestrator.default_terminal_status \
	'an escalated session cannot end as "error"'
fresh
orchestrator 'default_terminal_status: done' 'statuses:' \
	'  done: {terminal: true, kind: success}' \
	'  new: {terminal: true, kind: pending}'
refused status config.yaml 'new:' orchestrator.statuses.new \
	'this status of the framework is not terminal'

# The gateway.
fresh
top 'runtime: {gateway: {policy: {fxi: high}}}'
refused gateway config.yaml 'fxi' runtime.gateway.policy.fxi \
	'unknown tool "fxi"'
edit config.yaml 's/^orchestrator:/    - {name: far, transport: sse, category: x, enabled: false}\n&/'
warned gateway config.yaml 'fxi' runtime.gateway.policy.fxi \
	'unknown tool "fxi", unless a disabled server has it'
fresh
top 'environments: [dev]' 'runtime: {gateway: {prod_overrides:' \
	'  {resolution_trigger_tools: ["opps:*"]}}}'
warned gateway config.yaml 'opps' \
	'runtime.gateway.prod_overrides.resolution_trigger_tools[0]' \
	'"opps:*" fits no tool'
edit config.yaml 's/resolution_trigger_tools: .*/prod_environments: [prod]}}}/'
warned gateway config.yaml 'prod_environments' \
	'runtime.gateway.prod_overrides.prod_environments[0]' \
	'"prod" is not in "environments"'
for pair in quorum:0 quorum:11 on_timeout:approve submitter_may_approve:3 \
	approval_timeout_seconds:0; do
	fresh
	top "runtime: {gateway: {${pair%:*}: ${pair#*:}}}"
	load
	is "$status" 1 "gateway: $pair"
	like "$err" ": runtime.gateway.${pair%:*}: " "names its key"
done
fresh
orchestrator 'gate_policy: {confidence_threshold: "0.7"}'
refused gateway config.yaml '0.7' \
	orchestrator.gate_policy.confidence_threshold 'must be a plain number'

# The graph.
fresh
edit skills/intake/config.yaml 's/__end__/nobody/'
refused graph skills/intake/config.yaml 'nobody' 'routes[0].next' \
	"unknown target 'nobody'"
edit skills/intake/config.yaml 's/nobody/intake/'
refused graph skills/intake/config.yaml 'routes' routes \
	'no way from here ever reaches __end__'
fresh
edit skills/intake/config.yaml 's/__end__/__end__, gate: people/'
refused graph skills/intake/config.yaml 'people' 'routes[0].next' \
	"a gate can only be 'confidence'"
fresh
skill lonely <<'YAML'
description: nobody comes here
routes: [{when: default, next: __end__}]
YAML
warned graph skills/lonely/config.yaml 'routes' routes \
	"no way leads here from 'intake'"

# The script.
fresh
edit config.yaml 's/script.yaml/none.yaml/'
load
is "$status" 1 "no script"
like "$err" 'small/none.yaml' "names the file"
script() {
	fresh
	echo "  - $1" >>"$app/script.yaml"
}
script '{agent: nobody}'
refused script script.yaml 'nobody' 'replies[1].agent' 'unknown agent "nobody"'
script '{content: x}'
refused script script.yaml 'x' 'replies[1]' '"agent" is missing'
script '{agent: intake, turns: 1}'
refused script script.yaml 'turns' 'replies[1].turns' 'unknown key'
script '{agent: intake, turn: "1"}'
refused script script.yaml 'turn' 'replies[1].turn' 'must be a plain number'
script '{agent: intake, turn: 0}'
refused script script.yaml 'turn' 'replies[1].turn' 'expected a whole number'
script '{agent: intake, tool_calls: [{args: {}}]}'
refused script script.yaml 'args' 'replies[1].tool_calls[0]' \
	'"name" is missing'
script '{agent: intake, tool_calls: [{name: "ops:look", args: []}]}'
refused script script.yaml 'args' 'replies[1].tool_calls[0].args' \
	'expected a map'
script '{agent: intake, tool_calls: [{name: "ops:nope"}]}'
warned script script.yaml 'nope' 'replies[1].tool_calls[0].name' \
	'unknown tool "ops:nope"'

# Providers: what the runner would stumble over.
# provider TEXT: one more, which the only agent uses.
provider() {
	fresh
	edit config.yaml "s|^  models:|    o: {$1}\n&|"
	edit config.yaml 's/m: {provider: p}/m: {provider: o, model: x}/'
}
provider 'kind: ollama, base_url: "http://x"'
accepted provider "ollama"
provider 'kind: openai_compat, base_url: "https://x/v1", api_key: "${NO_SUCH_KEY}"'
accepted provider "a key that only the runner knows"
provider 'kind: openai_compat, base_url: "https://x/v1", api_key: hush'
refused provider config.yaml 'hush' llm.providers.o.api_key \
	'write it as ${NAME}'
unlike "$err" hush "which does not repeat it"
provider 'kind: openai_compat, base_url: "x/v1"'
refused provider config.yaml 'x/v1' llm.providers.o.base_url \
	'"x/v1" is no URL of http or https'
provider 'kind: openai_compat'
warned provider skills/intake/config.yaml 'description' '' \
	'model "m" cannot be asked: there is no "base_url"'
provider 'kind: azure_openai'
warned provider skills/intake/config.yaml 'description' '' \
	'model "m" cannot be asked: there is no "endpoint"'
for key in connect_timeout first_byte_timeout idle_timeout; do
	provider "kind: ollama, base_url: \"http://x\", $key: 0"
	refused provider config.yaml "$key" "llm.providers.o.$key" \
		'expected a time from 0.001 to 600 seconds'
done
for key in max_concurrency requests_per_minute tokens_per_minute \
		breaker_failures; do
	provider "kind: ollama, base_url: \"http://x\", $key: -1"
	refused provider config.yaml "$key" "llm.providers.o.$key" \
		'expected a whole number from 0 to 1000000000'
done
provider 'kind: ollama, base_url: "http://x"'
edit config.yaml 's/model: x/model: x, options: {seed: 7, num_ctx: 5}/'
refused provider config.yaml 'num_ctx' llm.models.m.options.num_ctx \
	'not an option'
edit config.yaml 's/, num_ctx: 5/, top_k: 5/'
accepted provider "an option"
edit config.yaml 's/model: x/model: x, temperature: null, num_ctx: 512/'
accepted provider "no temperature"

# What is not run is told.
fresh
orchestrator 'retry_policy: {max_retries: 1}'
top 'dedup: {enabled: true, stage2_model: m}'
warned later config.yaml 'dedup' dedup 'not run by this version'
fresh
top 'triggers:' '  - {name: in, transport: api, target_app: x}'
warned later config.yaml 'triggers' triggers 'not run by this version'
fresh
top 'colour: red'
warned lenient config.yaml 'colour' colour 'unknown key'
fresh
echo 'colour: red' >>"$app/skills/intake/config.yaml"
warned lenient skills/intake/config.yaml 'colour' colour 'unknown key'

is "$(sqlite3 "$GATEHOUSE_DB" 'SELECT count(*) FROM app')" 0 \
	"nothing was written by any of this"
done_testing
