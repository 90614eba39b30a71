#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What gatehouse load writes: rows, once, and a new version when something
# changed, while a session keeps the version that it started with.
set -u
here=$(dirname "$0")
. "$here/../helper/tap.sh"
. "$here/../helper/small_app.sh"

# ask SQL: what the database says.
ask() {
	sqlite3 "$GATEHOUSE_DB" "PRAGMA foreign_keys=ON; $1"
}

fresh
load
is "$status" 5 "no database, no load"
gatehouse init >/dev/null || bail "no database"

load --check
is "$out" "small is fine" "--check"
is "$(ask 'SELECT count(*) FROM app')" 0 "writes nothing"

# Everything that a row can hold.
fresh
orchestrator 'default_terminal_status: done' 'statuses:' \
	'  done: {name: done, terminal: true, kind: success}' \
	'  handed_over: {name: handed_over, terminal: true, kind: escalation}' \
	'  parked: {name: parked, terminal: false, kind: pending}' \
	'  new: {name: new, terminal: false, kind: pending}' \
	'terminal_tools:' \
	'  - {tool_name: close, status: handed_over}' \
	'escalate_action_tool_name: desk:close' \
	'escalate_action_default_team: sre'
top 'framework: {session_id_prefix: SML, escalation_teams: [sre, dba]}' \
	'runtime: {gateway: {policy: {"ops:fix": high, fix: low, look: medium},' \
	'  approval_timeout_seconds: 90, on_timeout: reject, quorum: 2,' \
	'  submitter_may_approve: false}}'
edit config.yaml 's/p: {kind: script/p: {api_key: "${HUSH}", kind: script/'
cat >>"$app/script.yaml" <<-'YAML'
  - agent: intake
    tool_calls:
      - {name: "ops:fix", args: {id: 9007199254740993, of: "12", on: yes}}
YAML
edit config.yaml 's/fix, now\]/fix, now], timeout: 2m, memory_mb: 64, paths: {read: [\/usr]}/'
printf 'First.\n' >"$app/skills/intake/10-first.md"
printf '\n\nCommon.\n' >"$app/skills/_common/x.md"
HUSH=sesame
export HUSH
load
is "$out" "small version 1 is loaded" "the first version"
is "$err" "" "with nothing to complain about"
is "$(ask 'SELECT name, version, dir, session_prefix, entry_agent,
	default_status, escalate_tool, escalate_status, escalate_team,
	escalation_teams, gate_timeout_ms, gate_on_timeout, gate_quorum,
	submitter_may_approve FROM app')" \
	"small|1|$app|SML|intake|done|desk:close|handed_over|sre|[\"sre\",\"dba\"]|90000|reject|2|0" \
	"the application"
is "$(ask "SELECT name, terminal, kind FROM status
	WHERE name IN ('done', 'handed_over', 'parked', 'new')")" \
	"done|1|success
handed_over|1|escalation
new|0|pending
parked|0|pending" "its statuses, beside those of the framework"
is "$(ask 'SELECT name, transport, risk, repeatable, config FROM tool')" \
	'desk:close|session||0|{"write":"extra_fields","from":null}
ops:fix|command|high|0|{"command":["tools/fix","now"],"timeout":120.000,"memory_mb":64,"output_kb":1024,"paths":{"read":["/usr"],"write":[]}}
ops:look|command|medium|1|{"command":["tools/look"],"timeout":30.000,"memory_mb":512,"output_kb":1024,"paths":{"read":[],"write":[]}}' \
	"its tools: the full name decides the risk before the bare one"
is "$(ask 'SELECT kind, model, tools, routes FROM agent')" \
	'responsive|m|["ops:look","ops:fix"]|[{"when":"default","next":"__end__"}]' \
	"its agent"
is "$(ask 'SELECT prompt FROM agent')" "First.

Take it in.

Common." "18: the prompt: own files by name, then the common ones"
is "$(ask "SELECT config -> '\$.replies[1].tool_calls[0].args' FROM model")" \
	'{"id":9007199254740993,"of":"12","on":"yes"}' \
	"numbers of the script keep every digit"
is "$(ask "SELECT count(*) FROM app, model
	WHERE app.config || model.config LIKE '%sesame%'")" 0 \
	"a key is not written anywhere"
is "$(ask "SELECT config ->> '\$.orchestrator.default_terminal_status'
	FROM app")" 'done' "the configuration is kept"

# Twice.
load
is "$out" "small version 1 is unchanged" "the same again changes nothing"
is "$(ask 'SELECT count(*) FROM app')" 1 "not even a row"
is "$(cd "$app/.." && gatehouse load small)" "small version 1 is unchanged" \
	"named in another way, too"

# A session keeps what it started with.
ask "INSERT INTO session (id, app_id, query, environment, submitter, node,
	ready_at, created_at, updated_at)
	VALUES ('SML-20250101-001', 1, 'q', 'dev', '{}', 'intake', 1, 1, 1)"
version=1
while IFS='|' read -r what command; do
	eval "$command"
	version=$((version + 1))
	load
	is "$out" "small version $version is loaded" "a change of $what"
done <<'EOT'
a prompt|echo 'Second.' >"$app/skills/intake/10-first.md"
the common prompt|echo 'Other.' >"$app/skills/_common/x.md"
a skill|echo 'stub_response: hello' >>"$app/skills/intake/config.yaml"
the script|edit script.yaml 's/content: done/content: ready/'
the configuration|edit config.yaml 's/quorum: 2/quorum: 3/'
a tool|edit config.yaml 's/memory_mb: 64/memory_mb: 65/'
a tool's description|edit config.yaml 's/name: look,/&description: x,/'
the directory|mv "$app" "$app.2"; app=$app.2; sed -i '1i name: small' "$app/config.yaml"
EOT
is "$(ask "SELECT a.version FROM session s JOIN app a ON a.id = s.app_id")" 1 \
	"the session is pinned to version 1"
is "$(ask "SELECT a.prompt LIKE 'First.%' FROM session s
	JOIN agent a ON a.app_id = s.app_id")" 1 "which is as it was"
like "$(gatehouse show SML-20250101-001)" \
	'^application +small version 1$' "and show says so"
load --json
is "$(echo "$out" | jq -c .)" \
	"{\"app\":\"small\",\"version\":$version,\"changed\":false,\"errors\":[],\"warnings\":[]}" \
	"as JSON"

# What is wrong later changes nothing either.
edit config.yaml 's/default: m$/default: nope/'
load
is "$status" 1 "a mistake in a later version"
is "$(ask 'SELECT max(version) FROM app')" "$version" "adds none"

# Two at once: one adds the version, the other finds it.
edit config.yaml 's/default: nope$/default: m/'
echo 'Third.' >"$app/skills/intake/10-first.md"
for n in 1 2 3 4; do
	gatehouse load "$app" >"$tap_dir/race$n" &
done
wait
is "$(cat "$tap_dir"/race? | sort | uniq -c | tr -s ' ')" \
	" 1 small version $((version + 1)) is loaded
 3 small version $((version + 1)) is unchanged" "four at once add one"
ok "the database is sound" gatehouse verify

# The example application loads, warns of nothing, and is stable.
is "$(gatehouse load "$here/../../apps/incident" 2>&1)" \
	"incident version 1 is loaded" "apps/incident"

done_testing
