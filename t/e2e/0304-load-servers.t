#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Servers that tell their tools themselves: what gatehouse load takes of
# them, and what it refuses. 4, 13, 14, 19, 25.
set -u
here=$(dirname "$0")
. "$here/../helper/tap.sh"
. "$here/../helper/small_app.sh"

gatehouse init >/dev/null || bail "no database"

# servers LINE...: two servers more, and each line within the last, of http.
# The one before it runs a program.
servers() {
	fresh
	printf '#!/bin/sh\n' >"$app/tools/serve"
	chmod +x "$app/tools/serve"
	sed -i '/^orchestrator:/,$d' "$app/config.yaml"
	cat >>"$app/config.yaml" <<-'YAML'
	    - name: files
	      transport: stdio
	      category: files
	      command: [tools/serve, "1"]
	    - name: hub
	      transport: http
	      category: hub
	      url: https://hub.example/mcp
	YAML
	for line; do
		printf '      %s\n' "$line" >>"$app/config.yaml"
	done
	printf 'orchestrator:\n  entry_agent: intake\n' >>"$app/config.yaml"
}

# stdio LINE...: each within the server that runs a program.
stdio() {
	servers
	for line; do
		sed -i "s|^      category: files|&\n      $line|" "$app/config.yaml"
	done
}

# column QUERY: of the newest version.
column() {
	sqlite3 "$GATEHOUSE_DB" "$1"
}

# What is refused, none of it written: KEY, a part of its line, the message.
while IFS='|' read -r kind line text key message; do
	case $kind in
	stdio) stdio "$line" ;;
	edit) servers && edit config.yaml "$line" ;;
	*) servers "$line" ;;
	esac
	refused servers config.yaml "$text" "$key" "$message" ||
		diag "$kind: $line"
done <<'EOT'
edit|s/^      command: \[tools.serve, "1"\]//|name: files|mcp.servers[2]|"command" is missing
edit|s/\[tools.serve, "1"\]/[]/|command: []|mcp.servers[2].command|must name a program
edit|s/\[tools.serve, "1"\]/tools/|command: tools|mcp.servers[2].command|expected a list
edit|s/tools.serve/tools\/none/|tools/none|mcp.servers[2].command[0]|cannot run "
edit|/url: https/d|name: hub|mcp.servers[3]|"url" is missing
edit|s/url: https/url: ftp/|url: ftp|mcp.servers[3].url|"ftp://hub.example/mcp" is no URL of http or https
edit|s/hub.example//|url: https|mcp.servers[3].url|"https:///mcp" is no URL of http or https
edit|s/hub.example/me:pw@&/|url: https|mcp.servers[3].url|a secret does not belong into an address
http|command: [x]|command: [x]|mcp.servers[3].command|not for http
http|env: {A: b}|env:|mcp.servers[3].env|not for http
http|paths: {read: [/usr]}|paths:|mcp.servers[3].paths|not for http
stdio|paths: {read: [usr]}|paths:|mcp.servers[2].paths.read[0]|must be an absolute path
http|memory_mb: 100|memory_mb|mcp.servers[3].memory_mb|not for http
stdio|url: "http://h"|url: "http|mcp.servers[2].url|not for stdio
stdio|headers: {A: b}|headers|mcp.servers[2].headers|not for stdio
stdio|env: [A]|env|mcp.servers[2].env|expected a map
stdio|env: {1A: b}|env|mcp.servers[2].env.1A|"1A" is no name of a variable
stdio|env: {A: 1}|env|mcp.servers[2].env.A|expected a text, found a number; quote it
stdio|env: {A: "${a}"}|env|mcp.servers[2].env.A|a reference is written ${NAME}
stdio|env: {A: "a\\tb"}|env|mcp.servers[2].env.A|must not have control characters
stdio|era: old|era|mcp.servers[2].era|unknown "old", expected one of: auto, legacy, modern
stdio|start_timeout: 0|start_timeout|mcp.servers[2].start_timeout|expected a time from 0.001 to 600 seconds
stdio|timeout: 601|timeout|mcp.servers[2].timeout|expected a time from 0.001 to 600 seconds
stdio|max_timeout: 30|max_timeout|mcp.servers[2].max_timeout|is shorter than "timeout"
stdio|concurrency: 0|concurrency|mcp.servers[2].concurrency|expected a whole number from 1 to 1000
stdio|memory_mb: 63|memory_mb|mcp.servers[2].memory_mb|expected a whole number from 64
stdio|output_kb: 16385|output_kb|mcp.servers[2].output_kb|expected a whole number from 1 to 16384
stdio|trust_hints: 3|trust_hints|mcp.servers[2].trust_hints|expected true or false
http|headers: {Authorization: "Bearer abc"}|headers|mcp.servers[3].headers.Authorization|write the secret as ${NAME}
http|headers: {Mcp-Session-Id: a}|headers|mcp.servers[3].headers.Mcp-Session-Id|is sent anyway
http|headers: {content-type: a}|headers|mcp.servers[3].headers.content-type|is sent anyway
http|headers: {"a b": c}|headers|mcp.servers[3].headers.a b|"a b" is no name of a header
http|headers: {A: "b${"}|headers|mcp.servers[3].headers.A|a reference is written ${NAME}
http|tools: [{read_only: true}]|tools: [{|mcp.servers[3].tools[0]|"name" is missing
http|tools: [{name: a, risk: low}]|tools: [{|mcp.servers[3].tools[0].risk|unknown key
http|tools: [{name: a}, {name: a}]|tools: [{|mcp.servers[3].tools[1].name|a second tool "a" on this server
http|tools: {a: b}|tools: {|mcp.servers[3].tools|expected a list
EOT

# What is written: the server, not what only the server knows.
stdio 'env: {TOKEN: "a ${NOT_SET} b", PLAIN: c}' \
	'paths: {write: [/tmp]}' 'era: legacy' 'timeout: 400' \
	'concurrency: 2' 'trust_hints: true'
edit config.yaml 's|^      url: https.*|&\
      headers: {Authorization: "Bearer ${NOT_SET}"}\
      tools: [{name: get, read_only: true}, {name: "x\\"y", idempotent: false}]|'
edit skills/intake/config.yaml \
	's|^  ops: .*|  files: ["*"]\n  hub: [get, "x\\"y"]\n  local: [fix]|'
load
is "$status:$err" "0:" "a server of each kind is loaded"
is "$(column "SELECT group_concat(name || ' ' || transport || ' ' || category)
	FROM tool_server")" "files stdio files,hub http hub" "both are rows"
is "$(column "SELECT config FROM tool_server WHERE name = 'files'")" \
	'{"command":["tools/serve","1"],"env":{"TOKEN":"a ${NOT_SET} b","PLAIN":"c"},"paths":{"read":[],"write":["/tmp"]},"era":"legacy","start_ms":30000,"call_ms":400000,"call_max_ms":400000,"concurrency":2,"memory_mb":4096,"output_kb":1024,"trust_hints":true,"tools":{}}' \
	"a program, with what was not given, and secrets by name"
is "$(column "SELECT config FROM tool_server WHERE name = 'hub'")" \
	'{"url":"https://hub.example/mcp","headers":{"Authorization":"Bearer ${NOT_SET}"},"era":"auto","start_ms":30000,"call_ms":60000,"call_max_ms":300000,"concurrency":8,"memory_mb":4096,"output_kb":1024,"trust_hints":false,"tools":{"get":true,"x\"y":false}}' \
	"4: an address, its headers with the secret's name"
is "$(column "SELECT tools FROM agent")" \
	'["files:*","hub:get","hub:x\"y","ops:fix"]' \
	"an agent has what the server will tell of"
is "$(column "SELECT count(*) FROM tool WHERE server IN ('files', 'hub')")" 0 \
	"no tool is there before its server told of it"
load
like "$out" 'version 1 is unchanged' "the same is no new version"
edit config.yaml 's/concurrency: 2/concurrency: 3/'
load
like "$out" 'version 2 is loaded' "another setting of a server is"

# 25: disabled
servers 'enabled: false'
edit config.yaml 's/hub.example//'
load
is "$status:$(column "SELECT count(*) FROM tool_server s JOIN app a
	ON a.id = s.app_id WHERE version = 3")" "0:1" \
	"25: a disabled server is no row, and not looked at"
edit skills/intake/config.yaml 's/^  ops: .*/  hub: [get]/'
load
like "$err" 'tools.hub: server "hub" is disabled' "25: nor has an agent it"

# Names that may be a server's.
fresh
rm -f "$GATEHOUSE_DB"* && gatehouse init >/dev/null
servers
edit skills/intake/config.yaml 's/^  ops: .*/  files: [a, "*"]/'
refused 19 skills/intake/config.yaml files 'tools.files[1]' '"*" stands alone'
servers
edit skills/intake/config.yaml 's/^  ops: .*/  local: [get]/'
refused 13 skills/intake/config.yaml local 'tools.local[0]' \
	'unknown tool "get" on server "local"'
servers
top 'runtime: {gateway: {policy: {"hub:drop": high, "ops:nope": low}}}'
refused 5 config.yaml 'ops:nope' 'runtime.gateway.policy.ops:nope' \
	'unknown tool "ops:nope"'
load
unlike "$err" 'hub:drop' "a policy for a tool of such a server"
servers
top 'runtime: {gateway: {policy: {drop: high}}}'
warned 5 config.yaml 'drop' 'runtime.gateway.policy.drop' \
	'unknown tool "drop", unless a stdio or http server has it'
servers
top 'runtime: {gateway: {prod_overrides: {resolution_trigger_tools: ["hub:*"]}}}'
load --check
is "$err" "" "a pattern may fit what a server will tell of"

done_testing
