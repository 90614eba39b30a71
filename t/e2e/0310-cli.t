#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Every command of gatehouse on rows alone, with nothing else running: what it
# prints, the same as JSON, and its exit code.
set -u
here=$(dirname "$0")
. "$here/../helper/tap.sh"
. "$here/../helper/small_app.sh"
unset SUDO_USER
me=$(id -un 2>"$tap_dir/err") || me=unknown

json() {
	printf '%s' "$out" | jq -c "$1"
}

sql() {
	sqlite3 -cmd '.timeout 60000' "$GATEHOUSE_DB" "$@"
}

# The id of the first turn and of the first call of $sid.
place="(SELECT (num - 1) << 20 | 1 FROM session WHERE id = "

# session NUMBER: a session in a turn of its agent; sets $sid.
session() {
	sid=SES-20250101-00$1
	sql "INSERT INTO session (id, app_id, query, environment, submitter,
		node, ready_at, created_at, updated_at)
		SELECT '$sid', max(id), 'query $1', 'dev', '{\"id\":\"ann\"}',
		'intake', 1, $1, $1 FROM app;
	UPDATE session SET owner = 'r', epoch = 1 WHERE id = '$sid';
	INSERT INTO move (session_id, from_status, to_status, cause, actor, at)
		VALUES ('$sid', 'new', 'in_progress', 'claim', 'runner', 2);
	INSERT INTO agent_run (id, session_id, agent, kind, epoch, started_at)
		VALUES ($place'$sid'), '$sid', 'intake', 'responsive', 1, 3)"
}

# call ARGUMENTS: a planned call of $sid; sets $sum.
call() {
	sum=$(printf '%s' "$1" | sha256sum | cut -c1-64)
	sql "INSERT INTO tool_call (id, session_id, ordinal, run_id, agent, tool,
		call_key, args, args_sha256, action, gate_reason, risk,
		repeatable, status, epoch, created_at)
		SELECT $place'$sid') + count(*), '$sid', count(*), (SELECT max(id)
		FROM agent_run WHERE session_id = '$sid'), 'intake', 'ops:fix',
		'k', '$1', '$sum', 'approve', $2, 'high', 0, 'planned', 1, 4 FROM tool_call WHERE session_id = '$sid'"
}

# gate KIND [QUORUM]: a gate for the newest call of $sid, or for none.
gate() {
	case $1 in
	confidence) gate_call=NULL gate_sum=NULL ;;
	*) gate_call='(SELECT max(id) FROM tool_call)' gate_sum="'$sum'" ;;
	esac
	gate_deadline=NULL
	[ "$1" != tool ] || gate_deadline=${deadline-9000000000000000}
	sql "INSERT INTO gate (session_id, kind, reason, question, detail,
		tool_call_id, args_sha256, opened_at, deadline, quorum,
		submitter_may_approve)
		VALUES ('$sid', '$1', 'why', 'May it?', '{}', $gate_call,
		$gate_sum, 5, $gate_deadline, ${2:-1}, ${3:-1})"
}

# ---- without a database

for word in version --version; do
	run "$word"
	ends 0 "$word"
	like "$out" '^gatehouse [0-9.]+, schema [0-9]+$' "$word prints both"
done
run --json version
is "$(json keys)" '["schema","version"]' "version as JSON"
run help
ends 0 "help"
for command in init load sessions show approvals approve reject decide \
	assign extend resume retry un-duplicate stop tail try verify version help; do
	like "$out" "^  $command( |\$)" "help names $command"
	run "$command" --help
	ends 0 "$command --help"
	like "$out" "^  $command( |\$)" "$command --help names it"
	run help
done
like "$out" '5 no usable database' "help lists the exit codes"
run help --json
is "$(json 'length')" "$(grep -c ', cmd_' "$here/../../cli/commands.c")" \
	"help as JSON"
run help nonsense
ends 2 "help of nothing"

run
ends 2 "no command"
run nonsense
ends 2 "an unknown command"
is "$err" 'gatehouse: unknown command "nonsense"; see: gatehouse help' \
	"names it"
run --json nonsense
is "$(echo "$err" | jq -c .error.code)" '"bad_request"' "errors as JSON"
(
	unset GATEHOUSE_DB
	gatehouse sessions 2>"$tap_dir/err"
	[ $? -eq 2 ] && grep -q 'GATEHOUSE_DB' "$tap_dir/err"
)
is $? 0 "no database named: wrong usage"

# ---- init

run init
ends 0 "init"
is "$out" "$GATEHOUSE_DB is ready, schema 1" "says what it made"
is "$(stat -c %a "$GATEHOUSE_DB")" 660 "for the group, too"
run init --json
is "$(json .)" "{\"database\":\"$GATEHOUSE_DB\",\"schema\":1}" \
	"again, as JSON: nothing changes"
run --db "$tap_dir/other.db" init
ends 0 "--db names another file"
ok "which is there" test -s "$tap_dir/other.db"

# ---- nothing there

run sessions
is "$status$out$err" 0 "no sessions, no lines"
run --json sessions
is "$out" '[]' "as JSON: none"
run approvals
is "$status$out$err" 0 "no gates, no lines"
run --json approvals
is "$out" '[]' "as JSON: none"
run tail
is "$status$out$err" 0 "no events, no lines"
run verify
is "$status$out$err" 0 "verify prints nothing"
run verify --json
is "$out" '[]' "as JSON: none"

# ---- one session at a gate

fresh
run load "$app"
ends 0 "load"
session 1
call '{"n":9007199254740993}' "'why'"
gate tool
session 2
gate confidence

run sessions
ends 0 "sessions"
is "$out" \
'SESSION           STATUS          ENVIRONMENT  AGE     QUERY
SES-20250101-002  awaiting_input  dev          '"$(($(date +%s) / 86400))"'d  query 2
SES-20250101-001  awaiting_input  dev          '"$(($(date +%s) / 86400))"'d  query 1' \
	"newest first, in columns"
run sessions --limit 1 --status awaiting_input --json
is "$(json 'map([.session_id, .status, .environment, .label])')" \
	'[["SES-20250101-002","awaiting_input","dev","query 2"]]' \
	"one of a status, as JSON"
run sessions --status error
is "$status$out" 0 "none of another"
run --json sessions --all
is "$(json 'length')" 2 "--all"

run approvals
ends 0 "approvals"
like "$out" '^g1 +tool +high .* SES-20250101-001 +May it\? +\{"n":9007199254740993\}$' \
	"a gate with its question and arguments"
like "$out" '^g2 +confidence +- ' "and one without a call"
run approvals --json
is "$(json 'map([.gate_id, .kind, .session_id, .args_text, .version])')" \
	'[["g1","tool","SES-20250101-001","{\"n\":9007199254740993}",1],["g2","confidence","SES-20250101-002",null,1]]' \
	"as JSON, oldest first"

run show SES-20250101-001
ends 0 "show"
like "$out" '^status +awaiting_input$' "its fields"
like "$out" '^application +small version 1$' "its application"
like "$out" '^intake +running ' "its turns"
like "$out" '^0 +intake +ops:fix +high +pending_approval ' "its calls"
like "$out" '^g1 +tool +open ' "its gates"
run --json show SES-20250101-001
is "$(json '[.session.id, .gates[0].gate_id]')" '["SES-20250101-001","g1"]' \
	"as JSON"

run tail SES-20250101-001
ends 0 "tail of a session"
is "$(echo "$out" | awk '{ print $4 }' | tr '\n' ' ')" \
	'session.created status_changed session.status_changed agent_started session.agent_running gate_fired status_changed session.status_changed ' \
	"from its beginning"
first=$(echo "$out" | awk '$4 == "gate_fired" { print $1 }')
run tail --json --since "$((first - 1))" SES-20250101-001
is "$(printf '%s\n' "$out" | head -n 1 | jq -c '[.seq, .kind, .session_id]')" \
	"[$first,\"gate_fired\",\"SES-20250101-001\"]" "--since, as JSON"
run tail
is "$(echo "$out" | wc -l)" 16 "of all sessions"
run tail --since 15
is "$(echo "$out" | wc -l)" 1 "of all, --since"

# ---- decisions

run decide g1 nonsense
ends 1 "a verdict that there is not"
run decide g2 approve
ends 1 "a verdict of another kind of gate"
run resume SES-20250101-001 --text go
ends 4 "text for a gate of a tool"
run approve g1 --actor bob --rationale 'known good'
ends 0 "approve"
is "$out" 'g1: approve by bob; SES-20250101-001 is in_progress' "by whom"
run approve g1 --actor bob
ends 0 "the same once more"
run reject 1 --actor eve
ends 4 "too late, by number"
like "$err" '"approve" by "bob" at ....-..-..T' "and who was first"
run --json reject g1 --actor eve
is "$(echo "$err" | jq -c .error.code)" '"conflict"' "as JSON"
is "$(sql "SELECT actor || rationale FROM vote")" 'bobknown good' \
	"one vote is there"

sid=SES-20250101-001
call '{"n":2}' "'why'"
gate tool
run reject g3 --rationale 'not now' --json
ends 0 "reject"
is "$(json '[.gate_id, .decision, .decided_by, .rationale]')" \
	"[\"g3\",\"reject\",\"$me\",\"not now\"]" \
	"by the one who sits there, as JSON"
call '{"n":3}' "'why'"
gate tool
SUDO_USER=carl gatehouse approve 4 >"$tap_dir/out"
like "$(cat "$tap_dir/out")" 'approve by carl' "or behind sudo"

call '{"n":4}' "'why'"
gate tool 2 0
run approve g5 --actor ann
ends 1 "the submitter may not"
run approve g5 --actor bob
is "$status $out" '0 g5: the vote counts, more are needed' "half a quorum"
run approve g5 --actor carl
is "$out" 'g5: approve by carl; SES-20250101-001 is in_progress' "all of it"

call '{"n":5}' NULL
sql "UPDATE tool_call SET status = 'executing', started_at = 6, attempt = 1
	WHERE id = (SELECT max(id) FROM tool_call)"
gate in_doubt
run approve g6
ends 1 "a call in doubt is not approved"
is "$err" 'gatehouse: g6: "approve" is no verdict here; use: gatehouse decide g6 done|fail|run_again' \
	"and what it takes is told"
run decide g6 'done' --rationale 'looked at it'
ends 0 "decide"
is "$(sql "SELECT decision FROM gate WHERE id = 6")" 'done' "is what it is"

# ---- answers to an agent that is not sure

run resume SES-20250101-002 --escalate nowhere
ends 0 "escalate to a team, as there is no list of them"
is "$(sql "SELECT verdict || team FROM vote WHERE gate_id = 2")" \
	escalatenowhere "the team is told"
for way in '--text go' --stop --escalate --escalate=dba; do
	n=$((${n:-2} + 1))
	session "$n"
	gate confidence
	# shellcheck disable=SC2086 # words
	run resume "SES-20250101-00$n" $way
	ends 0 "resume $way"
done
is "$(sql "SELECT group_concat(decision) FROM gate WHERE id > 6")" \
	resume_with_input,stop,escalate,escalate "each is decided so"
is "$(sql "SELECT input FROM vote WHERE gate_id = 7")" go "with the text"
run resume SES-20250101-003 --text go
ends 4 "an answer that comes too late"

# ---- who looks at a gate, and until when

session 10
call '{"n":6}' "'why'"
gate tool
g=g$(sql "SELECT max(id) FROM gate")
run assign "$g" bob --actor ann --rationale 'knows the host'
is "$status $out" "0 $g: assigned to bob, open until 9999-12-31T23:59:59Z" \
	"assign"
is "$(sql "SELECT actor || assignee || rationale FROM gate_change")" \
	'annbobknows the host' "by ann, with the reason"
run --json assign "$g" carl
is "$(json .assignee)" '"carl"' "handed on, as JSON"
run approvals --assignee carl
like "$out" "^$g " "and found by that"
run approvals --assignee none
unlike "$out" "^$g " "but not among those of nobody"
run assign "$g"
like "$out" "^$g: assigned to nobody, " "and taken back"
run approvals --assignee none
like "$out" "^$g " "where it is found then"
run extend "$g" 2h
ends 1 "extend: not to an earlier time"
session 12
call '{"n":7}' "'why'"
deadline=$(($(date +%s) + 3600))000
gate tool
later=$(date -u -d '2 days' +%Y-%m-%dT%H:%M)
run extend "g$((${g#g} + 1))" 2d
like "$out" "assigned to nobody, open until $later" "but to a later one"
run extend "g$((${g#g} + 1))" 31d
ends 1 "within 30 days"
unset deadline
run approve "$g"
run assign "$g" bob
ends 4 "nobody is asked about what is decided"
like "$err" 'already decided: "approve" by ' "and told by whom it is"

# ---- a duplicate that is none

session 11
sql "UPDATE session SET dedup_rationale = 'same', parent_session_id =
	'SES-20250101-001' WHERE id = '$sid';
INSERT INTO move (session_id, from_status, to_status, cause, actor, at)
	VALUES ('$sid', 'in_progress', 'duplicate', 'dedup', 'runner', 5)"
run un-duplicate "$sid" --rationale "$(printf '%2001s' x)"
ends 2 "a reason of more than 2000 characters"
is "$err" "gatehouse: --rationale: is longer than 2000 characters" \
	"says what may be"
run un-duplicate X-20250101-001 --rationale "$(printf '%02000d' 0 |
	sed 's/0/é/g')"
ends 3 "one of 2000 may have 4000 bytes"
run un-duplicate "$sid" --rationale 'another host' --actor ann
is "$status $out" \
	"0 $sid is new, and no duplicate of SES-20250101-001" "un-duplicate"
is "$(sql "SELECT actor || note FROM retraction")" 'annanother host' \
	"by ann, with the reason"
run un-duplicate "$sid"
ends 4 "twice"

# ---- retry

session 9
sql "UPDATE agent_run SET ended_at = 4, outcome = 'failed' WHERE
	session_id = '$sid';
INSERT INTO move (session_id, from_status, to_status, cause, actor, transient,
	at) VALUES ('$sid', 'in_progress', 'error', 'agent_failed', 'runner', 1,
	5)"
run retry "$sid" --preview
ends 0 "retry --preview"
is "$(echo "$out" | sed -E 's/  +/ /')" "retry yes
reason auto_retry
retries 0 of 2
failure -
goes on intake, model
reused 0 turns, 0 replies, 0 calls
asked first -" "tells what a retry would do"
run --json retry "$sid" --preview
is "$(json '[.retry, .agent, .step]')" '[true,"intake","model"]' "as JSON"
run retry "$sid" --actor ann
is "$status $out" "0 $sid is in_progress, retry 1" "retry"
is "$(sql "SELECT actor || cause FROM move ORDER BY id DESC LIMIT 1")" \
	annretry "by ann"
run retry "$sid"
ends 4 "twice"
is "$err" "gatehouse: $sid: retry already in progress" "says why not"
run retry "$sid" --preview
ends 0 "--preview of what is not retried"
like "$out" '^retry +no$' "says so"
sql "UPDATE session SET node = '__end__' WHERE id = '$sid'"
run retry "$sid" --preview
like "$out" '^goes on +-$' "with whom nobody does"

# ---- stop

SUDO_USER=$(printf 'a\377')		# which is nobody's name
export SUDO_USER
run stop SES-20250101-001
unset SUDO_USER
is "$status $out" '0 SES-20250101-001 is stopped' "stop"
run stop SES-20250101-001 --json
is "$(json '[.id, .status]')" '["SES-20250101-001","stopped"]' \
	"again, as JSON"
is "$(sql "SELECT actor FROM move WHERE to_status = 'stopped' AND
	session_id = 'SES-20250101-001'")" "$me" "by whom"
run sessions --status stopped
like "$out" '^SES-20250101-001 +stopped ' "and found by it"

# ---- follow

gatehouse tail --follow --since 0 --json >"$tap_dir/follow" &
pid=$!
ok "tail --follow prints what is there" wait_for 60 \
	grep -q session.created "$tap_dir/follow"
session 7
ok "and what is added" wait_for 60 grep -q SES-20250101-007 "$tap_dir/follow"
kill "$pid"
wait "$pid"
is $? 0 "until it is told to end"

# ---- what others wrote must not move the cursor

sql "INSERT INTO session (id, app_id, query, environment, submitter, node,
	ready_at, created_at, updated_at) VALUES ('SES-20250101-008', 1,
	'a' || char(27) || '[2J' || char(10) || 'b' || char(8238) || 'c', 'dev',
	'{}', 'intake', 1, 1, 1)"
run sessions
like "$out" '  a\?\[2J b\?c$' "controls are shown as question marks"
run show SES-20250101-008
like "$out" '^query +a\?\[2J b\?c$' "everywhere"

# ---- verify

run verify
is "$status$out" 0 "all of this is sound"
sql "INSERT INTO tool_call (id, session_id, ordinal, run_id, agent, tool,
	call_key, args, args_sha256, action, risk, repeatable, status, epoch,
	created_at)
	VALUES ($place'SES-20250101-007'), 'SES-20250101-007', 0,
	$place'SES-20250101-007'), 'intake', 'ops:fix', 'k', '{}',
	printf('%064d', 0), 'auto', 'low', 0, 'planned', 1, 4)"
run verify
is "$status" 1 "verify finds what is not"
like "$out" '^I9: SES-20250101-007: ' "and says where"
run verify --json
is "$(json 'map([.invariant, .session_id])')" '[["I9","SES-20250101-007"]]' \
	"as JSON"

# ---- an answer that is not read is no success

gatehouse help >/dev/full 2>"$tap_dir/err"
is $? 1 "a full disk behind the answer"
like "$(cat "$tap_dir/err")" '^gatehouse: cannot write: No space left' \
	"is told"

done_testing
