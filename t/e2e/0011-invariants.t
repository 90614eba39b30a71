#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The promises I1 to I19 (ARCHITECTURE.md) against the stock sqlite3 program,
# which knows nothing of ours: no foreign keys, no lock file, no functions.
# First what is refused; then, for each view of sql/invariants.sql, that it
# shows the harm once the trigger in its way is dropped.
set -u
here=$(dirname "$0")
. "$here/../helper/tap.sh"
PATH=${GATEHOUSE_BUILD:-$(cd "$here/../.." && pwd -P)/build}:$PATH

sid=T-20260101-001
digest=$(printf '{"n":1}' | sha256sum | cut -c1-64)

# step LETTER: the SQL of one step in the life of session 1. 0 is the
# application, s a second one with strict terms, whose session it then is.
step() {
	case $1 in
	0) echo "INSERT INTO app VALUES (1, 'test', 1, 'd', '/', '{}', 'T',
		'first', 'done', NULL, 'escalated', NULL, '[]', 1000, 'timeout',
		1, 1, 1);
		INSERT INTO status VALUES (1, 'done', 1, 'success'),
		(1, 'escalated', 1, 'escalation');" ;;
	s) echo "INSERT INTO app VALUES (2, 'strict', 1, 'd', '/', '{}', 'T',
		'first', 'done', NULL, 'escalated', NULL, '[]', 1000, 'timeout',
		2, 0, 1);" ;;
	n) session 1 ;;
	N) session 2 ;;
	p) echo "UPDATE session SET owner = 'r', epoch = 1, ready_at = 1000;
		$(move new in_progress)" ;;
	t) echo "INSERT INTO agent_run (id, session_id, agent, kind, epoch,
		started_at) VALUES (1, '$sid', 'first', 'responsive', 1, 12);" ;;
	c) echo "INSERT INTO tool_call (id, session_id, ordinal, run_id, agent,
		tool, call_key, args, args_sha256, action, gate_reason, risk,
		repeatable, status, epoch, created_at) VALUES (1, '$sid', 0, 1,
		'first', 's:fix', 'c1', '{\"n\":1}', '$digest', 'approve',
		'high_risk', 'high', 0, 'planned', 1, 14);" ;;
	g) gate 1000 1 1 ;;
	G) gate 1000 2 0 ;;
	a) vote approve ana 30 ;;
	x) echo "UPDATE session SET owner = 'r', epoch = 2, ready_at = 1000;
		UPDATE tool_call SET status = 'executing', attempt = 1,
		epoch = 2, started_at = 40;" ;;
	e) echo "UPDATE tool_call SET status = 'approved', ended_at = 50,
		result = '{\"ok\":true}';" ;;
	f) echo "UPDATE agent_run SET ended_at = 60, outcome = 'ok';
		$(move in_progress "done")" ;;
	esac
}

move() {
	echo "INSERT INTO move (session_id, from_status, to_status, cause,
		actor, at) VALUES ('$sid', '$1', '$2', 'test', 'eve', 20);"
}

# session APP
session() {
	echo "INSERT INTO session (id, app_id, query, environment, submitter,
		node, ready_at, created_at, updated_at) VALUES ('$sid', $1,
		'q', 'dev', '{\"id\":\"sam\"}', 'first', 10, 10, 10);"
}

# gate DEADLINE QUORUM SUBMITTER_MAY
gate() {
	echo "INSERT INTO gate (session_id, kind, reason, question,
		tool_call_id, args_sha256, opened_at, deadline, quorum,
		submitter_may_approve) VALUES ('$sid', 'tool', 'r', 'q', 1,
		'$digest', 20, $1, $2, $3);"
}

question() {
	echo "INSERT INTO gate (session_id, kind, reason, question, opened_at)
		VALUES ('$sid', 'confidence', 'r', 'q', 20);"
}

vote() {
	echo "INSERT INTO vote (gate_id, verdict, actor, at)
		VALUES (1, '$1', '$2', $3);"
}

event() {
	echo "INSERT INTO event (session_id, kind, payload, ts)
		VALUES ('$sid', '$1', '$2', 70);"
}

drop() { printf 'DROP TRIGGER %s;' "$@"; }

# given STEPS: $db becomes a database that has lived through them.
given() {
	kept=$tap_dir/kept-$1.db
	db=$tap_dir/test.db
	if [ ! -f "$kept" ]; then
		gatehouse --db "$kept" init >/dev/null || bail "init fails"
		given_sql=$(step 0)
		for ((given_i = 0; given_i < ${#1}; given_i++)); do
			given_sql=$given_sql$(step "${1:given_i:1}")
		done
		sqlite3 -bail "$kept" "$given_sql" || bail "cannot live $1"
		sqlite3 "$kept" 'PRAGMA journal_mode=DELETE' >/dev/null
		is "$(gatehouse --db "$kept" verify)" "" "$1 is sound"
		sqlite3 "$kept" 'PRAGMA journal_mode=DELETE' >/dev/null
	fi
	rm -f "$db"*
	cp "$kept" "$db"
}

# refuse INVARIANT STEPS SQL MESSAGE [FIRST]: the shell is told so, after
# FIRST, and all is as it was.
refuse() {
	given "$2"
	[ -z "${5-}" ] || sqlite3 -bail "$db" "$5" || bail "cannot do: $5"
	before=$(sqlite3 "$db" .dump | sha256sum)
	out=$(sqlite3 "$db" "$3" 2>&1)
	name=$(printf '%s' "$3" | tr -s '\n\t ' ' ' | cut -c1-90)
	like "$out" "$4" "$1 refuses: $name"
	[ "$(sqlite3 "$db" .dump | sha256sum)" = "$before" ] ||
		is changed "" "$1: nothing has changed after: $name"
}

# shows INVARIANT STEPS SQL PROBLEM: SQL does harm, of which the view and
# verify tell.
shows() {
	given "$2"
	out=$(sqlite3 "$db" "$3" 2>&1)
	[ -z "$out" ] || is "$out" "" "the harm can be done"
	view=invariant_$(echo "$1" | tr I i)
	like "$(sqlite3 "$db" "SELECT problem FROM $view")" "$4" \
		"$1 shows: $4"
	like "$(gatehouse --db "$db" verify)" "^$1[^0-9].*$4" \
		"verify tells: $4"
}

i_status="UPDATE session SET status ="

# I1: only through a move, only along status_move
refuse I1 np "$i_status 'done', ready_at = NULL" "conflict: .*only through a move"
refuse I1 nptcg "$i_status 'in_progress', ready_at = 1" "only through a move"
refuse I1 nptcg "UPDATE OR IGNORE session SET status = 'new'" "only through"
refuse I1 np "UPDATE session SET move_id = 0" "only through a move"
refuse I1 n "$(move in_progress "done")" "has another status"
refuse I1 n "$(move new awaiting_input)" "no such status move"
refuse I1 nptcgaxef "$(move "done" in_progress)" "no such status move"
refuse I1 np "INSERT INTO status_move VALUES (1, 'done', 'new')" \
	"not a move of the state machine"
refuse I1 np "DELETE FROM move" "moves are kept"
refuse I1 np "UPDATE move SET to_status = 'done'" "a move never changes"
shows I1 np "$(drop session_status)$i_status 'done', ready_at = NULL" \
	"did not come from its last move"
shows I1 nptcgaxef "$(drop move_check)$(move "done" in_progress)" "no such move"
shows I1 np "$(drop move_check session_status)
	UPDATE session_count SET sessions = 9; $(move new stopped)" \
	"does not follow the one before"

# I2: waiting is having an open gate
refuse I2 np "$(move in_progress awaiting_input)" "no gate is open"
refuse I2 nptcg "$(move awaiting_input in_progress)" "a gate is still open"
refuse I2 nptcg "DELETE FROM gate" "gates are kept"
refuse I2 nptcg "UPDATE OR REPLACE gate SET rowid = 2" "terms of a gate"
shows I2 npt "$(drop gate_opened)$(question)" "does not fit its open gates"
shows I2 np "$(drop move_check)$(move in_progress awaiting_input)" \
	"does not fit its open gates"
shows I2 nptcg "$(drop session_waits)UPDATE session SET waiting_since = 5" \
	"waits since another time than its move"
shows I2 npt "$(drop session_worker)UPDATE session SET agent = 'other'" \
	"is listed under app test, agent other"
shows I2 n "$(drop session_app_fixed)UPDATE session SET app = 'other'" \
	"is listed under app other, agent "

# I3: the last decision sets the session going
refuse I3 nptcga "UPDATE session SET ready_at = NULL" "CHECK constraint"
refuse I3 nptcg "UPDATE session SET ready_at = 5" "CHECK constraint"
given nptcga
is "$(sqlite3 "$db" "SELECT status, ready_at FROM session")" "in_progress|30" \
	"I3: an approval makes the session ready in the same statement"
shows I3 nptcg "$(drop gate_fixed)UPDATE gate SET decision = 'reject',
	decided_at = 30, decided_by = 'eve'" "still waiting"
shows I3 np "PRAGMA ignore_check_constraints = 1;
	UPDATE session SET ready_at = NULL" "never ready"

# I4: decided once; the late change nothing
refuse I4 nptcga "$(vote reject bob 40)" "already decided"
refuse I4 nptcga "$(vote approve ana 40)" "already decided|has voted"
refuse I4 nptcga "$(vote timeout system 2000)" "already decided"
refuse I4 nptcga "UPDATE gate SET decision = 'reject'" "already decided"
refuse I4 nptcga "UPDATE gate SET decision = NULL, decided_at = NULL,
	decided_by = NULL" "already decided"
refuse I4 nptcg "$(vote approve ana 1000)" "the gate has expired"
refuse I4 nptcg "$(vote reject ana 5000)" "the gate has expired"
refuse I4 nptcg "$(vote timeout system 999)" "has not expired"
refuse I4 nptcg "$(vote approve ana 19)" "the session is further on"
refuse I4 nptcg "$(vote approve ana 21)" "the session is further on" \
	"$(event session.patched '{}')"
refuse I4 np "$(vote stop ana 9999999999999)" "lies in the future" \
	"$(question)"
refuse I4 nptcga "DELETE FROM vote" "votes are kept"
refuse I4 nptcga "UPDATE vote SET verdict = 'reject'" "a vote never changes"
refuse I4 nptcga "INSERT OR REPLACE INTO vote SELECT * FROM vote" \
	"has voted|already decided"
shows I4 nptcg "$(drop gate_fixed)UPDATE gate SET decision = 'approve',
	decided_at = 30, decided_by = 'eve'" "was decided without its votes"
shows I4 nptcg "$(drop vote_count)$(vote approve ana 30)" \
	"has its votes and is open"
shows I4 nptcg "$(drop vote_count)$(vote reject ana 30)" \
	"has its votes and is open"
shows I4 nptcga "$(drop vote_check vote_count)$(vote reject bob 40)" \
	"has a vote after its decision"
shows I4 nptcg "$(drop vote_check)$(vote approve ana 1000)" "came too late"
shows I4 nptcg "$(drop vote_check)$(vote timeout system 999)" "came too early"
shows I4 nptcg "$(drop vote_check)$(vote approve ana 19)" \
	"came before it could"
shows I4 nptcg "$(drop gate_fixed)UPDATE gate SET version = 5" \
	"has version 5"

# I5: the end closes what is open; stop wins
given nptcg
sqlite3 "$db" "$(move awaiting_input stopped)"
is "$(sqlite3 "$db" "SELECT g.decision, c.status, r.outcome FROM gate g,
	tool_call c, agent_run r")" "cancelled|cancelled|cancelled" \
	"I5: a stop cancels the gate, its call and the turn"
like "$(sqlite3 "$db" "$(vote approve ana 30)" 2>&1)" "already decided" \
	"I5: stop wins over a later approval"
refuse I5 nptcg "UPDATE gate SET decision = 'cancelled', decided_at = 1,
	decided_by = 'eve'" "only the end of the session cancels"
refuse I5 nptc "UPDATE tool_call SET status = 'cancelled', ended_at = 5" \
	"only the end of the session cancels"
shows I5 nptcg "$(drop session_status session_waits)$i_status 'stopped',
	waiting_since = NULL" \
	"finished with call 0 pending_approval"
shows I5 npt "$(drop session_status)$i_status 'done', ready_at = NULL" \
	"finished with a turn of first"

# I6: no gate after the end
refuse I6 n "$(question)" "the session does not run"
refuse I6 nptcgaxef "$(question)" "the session does not run"
refuse I6 nptcgaxef "$(question)" "the session does not run" \
	"UPDATE session SET deleted_at = 80"
refuse I6 np "UPDATE session SET deleted_at = 80" "only a finished session"
refuse I6 nptcg "UPDATE session SET deleted_at = 80" "only a finished session"
shows I6 nptcgaxef "$(drop gate_check event_check)$(question)" \
	"is open on a finished session"
shows I6 nptcgaxef "$(drop gate_check event_check)$(question)" \
	"a gate was opened after the end"

# I7: one pair of events for each move, after its cause
given nptcg
is "$(sqlite3 "$db" "SELECT group_concat(kind) FROM (SELECT kind FROM event
	ORDER BY seq DESC LIMIT 3)")" \
	"session.status_changed,status_changed,gate_fired" \
	"I7: gate_fired comes first"
changed='{"from":"new","to":"in_progress","cause":"test"}'
refuse I7 np "$(event status_changed "$changed")" "comes with what it tells"
refuse I7 np "$(event session.status_changed "$changed")" "comes with what"
refuse I7 nptcg "$(event gate_fired '{"gate_id":"g1"}')" "comes with what"
refuse I7 np "$(event session.created '{}')" "comes with what it tells of"
shows I7 np "$(drop event_check)$(event status_changed "$changed")" \
	"its moves and its events status_changed do not agree"
shows I7 np "$(drop event_kept)DELETE FROM event
	WHERE kind = 'session.status_changed'" \
	"its moves and its events session.status_changed do not agree"
shows I7 np "$(drop event_fixed)UPDATE event SET payload = '{\"from\":\"new\"}'
	WHERE kind = 'status_changed'" \
	"its moves and its events status_changed do not agree"
shows I7 nptcg "$(drop event_kept)DELETE FROM event
	WHERE kind = 'gate_fired'" "its gates and its events gate_fired"
shows I7 nptcg "$(drop event_fixed)UPDATE event SET kind = 'session.patched'
	WHERE kind = 'gate_fired'" "does not follow a gate_fired"

# I8: the log only grows
refuse I8 np "UPDATE event SET payload = '{}'" "an event never changes"
refuse I8 np "UPDATE OR REPLACE event SET rowid = 2 WHERE seq = 1" \
	"an event never changes"
refuse I8 np "DELETE FROM event WHERE seq = 3" "events are kept"
refuse I8 np "INSERT OR REPLACE INTO event VALUES (1, '$sid',
	'session.patched', '{}', 1)" "an event comes after all others"
refuse I8 np "INSERT INTO event VALUES (-5, '$sid', 'session.patched', '{}',
	1)" "an event comes after all others"
refuse I8 np "INSERT INTO event VALUES (-1, '$sid', 'session.patched', '{}',
	1)" "CHECK constraint failed"
refuse I8 np "DELETE FROM session" "sessions are kept"
shows I8 np "$(drop event_kept)DELETE FROM event WHERE seq = 1" \
	"its first event is not session.created"
shows I8 np "$(drop event_kept)DELETE FROM event WHERE seq = 3" \
	"of 3 events 2 are there"

# I9: what was approved runs, and nothing else
refuse I9 nptc "UPDATE tool_call SET status = 'executing', attempt = 1,
	started_at = 5" "the call needs an approval"
refuse I9 nptcg "UPDATE tool_call SET status = 'approved'" \
	"its gate did not decide so"
refuse I9 nptcga "UPDATE tool_call SET args = '{\"n\":2}'" \
	"terms of a tool call never change"
refuse I9 nptcga "UPDATE tool_call SET rowid = 2" "terms of a tool call"
refuse I9 nptcg "UPDATE tool_call SET approver = 'eve'" "only its gate"
refuse I9 nptc "$(gate 1000 1 1 | sed "s/$digest/other/")" \
	"the gate fits no tool call"
refuse I9 nptcg "UPDATE gate SET args_sha256 = 'x'" "terms of a gate"
refuse I9 nptcgax "UPDATE tool_call SET status = 'approved',
	started_at = NULL" "may have run already"
shows I9 nptc "$(drop tool_call_status)UPDATE tool_call
	SET status = 'executing', started_at = 5" "ran without approval"
shows I9 nptc "$(drop tool_call_status)UPDATE tool_call
	SET status = 'approved'" "ran without approval"
shows I9 nptc "$(drop tool_call_status)UPDATE tool_call
	SET status = 'pending_approval'" "pending_approval does not fit its gate"
given nptcga
sqlite3 "$db" "$(drop tool_call_fixed tool_call_edited)UPDATE tool_call SET args = '{\"n\":2}'"
like "$(gatehouse --db "$db" verify)" "^I9.*has other arguments" \
	"verify tells of changed arguments"

# I10: only the literal verdict approves
for verdict in yes Approve 'approve ' '' approved cancelled stop; do
	refuse I10 nptcg "$(vote "$verdict" ana 30)" "not one of this gate's"
done
refuse I10 nptcg "INSERT INTO gate_verdict VALUES ('tool', 'yes')" \
	"these rules never change"
refuse I10 nptcg "INSERT INTO vote (gate_id, verdict, actor, at)
	VALUES (1, NULL, 'ana', 30)" "not one of this gate's|NOT NULL"
shows I10 nptcg "$(drop vote_check vote_count)$(vote yes ana 30)" \
	"has verdict yes"
shows I10 nptcg "$(drop gate_fixed gate_decided)UPDATE gate
	SET decision = 'yes', decided_at = 1, decided_by = 'eve'" \
	"is decided as yes"

# I11: quorum, distinct people, not one's own
refuse I11 sNptcG "$(vote approve sam 30)" "the submitter may not approve"
refuse I11 sNptcG "$(vote approve ana 31)" "has voted" "$(vote approve ana 30)"
refuse I11 sNptc "$(gate 1000 1 0)" "asks for more"
refuse I11 sNptc "$(gate 1000 2 1)" "asks for more"
refuse I11 sNptcG "UPDATE gate SET quorum = 1" "terms of a gate"
refuse I11 sNptcG "UPDATE gate SET submitter_may_approve = 1" "terms of a gate"
refuse I11 sNptcG "UPDATE app SET gate_quorum = 1" "never changes"
all="id, name, version, digest, dir, config, session_prefix, entry_agent,
	default_status, escalate_tool, escalate_status, escalate_team,
	escalation_teams, gate_timeout_ms, gate_on_timeout, gate_quorum,
	submitter_may_approve, loaded_at"
refuse I11 sNptcG "INSERT OR REPLACE INTO app ($all) SELECT $all FROM app" \
	"never changes"
refuse I11 sNptcG "UPDATE session SET submitter = '{\"id\":\"eve\"}'" \
	"how a session began"
given sNptcG
sqlite3 "$db" "$(vote approve ana 30)"
is "$(sqlite3 "$db" "SELECT status FROM session")" awaiting_input \
	"I11: one of two does not decide"
sqlite3 "$db" "$(vote approve bob 31)"
is "$(sqlite3 "$db" "SELECT status FROM session")" in_progress \
	"I11: two of two do"
shows I11 sNptcG "$(drop vote_check)$(vote approve sam 30)" \
	"was approved by the submitter"
shows I11 sNptc "$(drop gate_check)$(gate 1000 1 0)$(vote approve ana 30)" \
	"was approved by too few"

# I12: ready or not, and the fence
refuse I12 np "UPDATE session SET epoch = 0" "only grow"
refuse I12 nptcgaxef "UPDATE session SET ready_at = 5" "CHECK constraint"
claimed="UPDATE session SET epoch = 2"
refuse I12 nptcga "UPDATE tool_call SET status = 'executing', attempt = 1,
	started_at = 5" "the lease of the session was lost" "$claimed"
refuse I12 nptcgax "UPDATE tool_call SET status = 'approved', result = '1',
	ended_at = 5" "the lease of the session was lost" \
	"UPDATE session SET epoch = 3"
refuse I12 np "$(step t)" "the lease of the session was lost" "$claimed"
refuse I12 npt "$(step c)" "the lease of the session was lost" "$claimed"
shows I12 np "PRAGMA ignore_check_constraints = 1;
	UPDATE session SET ready_at = NULL" "ready_at do not agree"
shows I12 npt "$(drop tool_call_check)$(step c | sed "s/'planned', 1/'planned', 9/")" \
	"a call carries epoch 9 of 1"
shows I12 np "UPDATE session_count SET sessions = 5 WHERE status = 'error'" \
	"has 0 sessions error and counts 5"
shows I12 np "DELETE FROM session_count" \
	"has 1 sessions in_progress and counts 0"
shows I12 np "$(drop agent_run_check)$(step t | sed "s/'responsive', 1/'responsive', 9/")" \
	"a turn carries epoch 9 of 1"

# I13: one row per call, and no trace of what did not run
refuse I13 nptc "$(step c | sed 's/(1, /(2, /')" "the tool call exists"
refuse I13 nptcg "$(event tool_invoked \
	'{"tool_call_id":"0","status":"executed"}')" "comes with what it tells of"
refuse I13 nptcgaxe "UPDATE tool_call SET result = '1'" \
	"a finished tool call never changes"
refuse I13 nptcgaxe "DELETE FROM tool_call" "tool calls are kept"
refuse I13 nptcgaxe "INSERT INTO message (session_id, run_id, role, content,
	tool_call_id, at) SELECT session_id, run_id, role, 'other',
	tool_call_id, at FROM message" "a message never changes|fits no tool call"
shows I13 nptcg "$(drop tool_call_over)$(vote reject ana 30)
	PRAGMA ignore_check_constraints = 1;
	UPDATE tool_call SET started_at = 5" "call 0 rejected ran"
shows I13 nptcgaxe "$(drop message_kept)DELETE FROM message" \
	"is told more than once"
shows I13 nptcg "$(drop event_check)$(event tool_invoked \
	'{"tool_call_id":"0","status":"executed"}')" "says executed of call 0"

# I14: rights that exist, secrets that stand for one person for good
token() {
	echo "INSERT INTO token (hash, person, roles, created_at, created_by,
		expires_at) VALUES (printf('%064d', 1), '$1', '$2', 1, 'root', 100);"
}
login() {
	echo "INSERT INTO login (hash, token_id, address, created_at, expires_at)
		VALUES (printf('%064d', 1), 1, '', 2, $1);"
}
eves_vote="INSERT INTO vote (gate_id, verdict, actor, at, origin)
	VALUES (1, 'approve', 'eve', 30, '{\"token_id\":1}');"
grant="INSERT INTO role_grant (person, roles, granted_at, granted_by) VALUES"
refuse I14 "" "$(token ana owner)" "no such role"
refuse I14 "" "$grant ('ana', 'root', 1, 'root')" "no such role"
refuse I14 "" "UPDATE token SET person = 'eve'" "what a token is" \
	"$(token ana viewer)"
refuse I14 "" "UPDATE token SET revoked_at = NULL, revoked_by = NULL" \
	"what a token is" "$(token ana viewer)
	UPDATE token SET revoked_at = 5, revoked_by = 'root'"
refuse I14 "" "INSERT OR REPLACE INTO token (hash, person, roles, created_at,
	created_by) SELECT hash, 'eve', 'admin', 1, 'eve' FROM token" \
	"the token exists" "$(token ana viewer)"
refuse I14 "" "DELETE FROM token" "tokens are kept" "$(token ana viewer)"
refuse I14 "" "$(login 101)" "not good for that" "$(token ana viewer)"
refuse I14 nptcg "$eves_vote" "not this person's" "$(token ana viewer)"
shows I14 "" "$(drop token_check)$(token ana owner)" "token 1 has role owner"
shows I14 "" "$(drop role_grant_check)$grant ('ana', 'root@x', 1, 'r')" \
	"ana has role root@x"
shows I14 "" "$(token ana viewer)$(drop login_check)$(login 101)" \
	"login 1 outlives token 1"
shows I14 nptcg "$(token ana viewer)$(drop vote_origin \
	move_origin)$eves_vote" "vote 1 of eve came with a token"
shows I14 nptcg "$(token ana viewer)$(drop vote_origin \
	move_origin)$eves_vote" "move 3 of eve came with a token"

# I15: what a server told of is one of its tools
server="INSERT INTO tool_server VALUES (1, 'm', 'stdio', 'c', '{}');"
told() {
	echo "INSERT INTO tool VALUES (1, '$1', 'm', 'stdio', 'c', '', '{}',
		NULL, 0, '{}', 1);"
}
refuse I15 n "$(told m:a)" "no such tool server"
refuse I15 n "$(told n:a)" "no such tool server" "$server"
refuse I15 n "UPDATE tool SET transport = 'http'" \
	"a loaded tool never changes" "$server$(told m:a)"
shows I15 n "$(drop tool_told)$(told m:a)" "tool m:a belongs to no server"

# I16: nothing starts beyond a budget, and only people make room
budget="INSERT INTO budget VALUES (1, '', 'model_calls', 1);"
reply="INSERT INTO message (session_id, run_id, role, content, at)
	VALUES ('$sid', 1, 'assistant', 'x', 15);"
# asks LIMIT USED
asks() {
	echo "INSERT INTO gate (session_id, kind, reason, question, opened_at,
		detail) VALUES ('$sid', 'budget', 'model_calls', 'q', 20,
		json_object('budget', 'model_calls', 'limit', $1, 'used', $2));"
}
refuse I16 npt "$reply" "a budget is used up" "$budget$reply"
refuse I16 npt "$(asks 1 0)" "the gate fits no budget" "$budget"
refuse I16 npt "$(asks 1 1)" "the gate fits no budget" "$budget"
refuse I16 npt "UPDATE budget SET amount = 2" "a loaded budget never" "$budget"
refuse I16 npt "UPDATE agent_run SET replies = 0" "only grows" "$reply"
refuse I16 npt "UPDATE agent_run SET waited_ms = 9" "only grows"
refuse I16 nptcga "UPDATE tool_call SET attempt = 5" "counted when it starts"
shows I16 npt "$(drop agent_run_used)$reply
	UPDATE agent_run SET replies = 0" "used other replies than it counts"
shows I16 npt "$(drop message_budget)$budget$reply$reply" \
	"used 2 of 1 model_calls"
shows I16 npt "$(drop gate_budget)$budget$(asks 1 0)" \
	"asks for a budget that is not used up"

# I17: one answer to a key
key="INSERT INTO request_key (person, key, digest, status, headers, body, at)
	VALUES ('ana', 'k', printf('%064d', 1), 201, '', '{}', 9);"
refuse I17 "" "$key" "has its answer" "$key"
refuse I17 "" "UPDATE request_key SET body = ''" "was answered never" "$key"
refuse I17 "" "DELETE FROM request_key" "kept for a day" "$key"
shows I17 "" "$(drop request_key_new)$key$key" "a key of ana has answers 1 and 2"

# I18: what failed in passing is retried, so often
failed="INSERT INTO move (session_id, from_status, to_status, cause, actor, at,
	transient) VALUES ('$sid', 'in_progress', 'error', 'test', 'eve', 20, 0);"
refuse I18 np "$(move error in_progress)" "it is not retried" "$failed"
refuse I18 np "UPDATE session SET attempt = 1" "only a retry is another"
shows I18 np "$(drop session_attempt)UPDATE session SET attempt = 9" \
	"counts 9 retries of at most 2"
shows I18 np "$(drop move_check)$failed$(move error in_progress)" \
	"retries what fails again"

# I19: turns and calls lie with their session
turn=$(step t | sed 's/(1,/(1048577,/')
call=$(step c | sed 's/(1,/(2,/')
far=$(step c | sed "s/(1, '$sid', 0,/(1048576, '$sid', 1048575,/")
refuse I19 np "$turn" "not an id of a turn"
refuse I19 npt "$call" "not the id of that call"
refuse I19 npt "$far" "not the id of that call"
shows I19 np "$(drop agent_run_beside)$turn" "turn 1048577 lies with another"
shows I19 npt "$(drop tool_call_beside)$call" "call 0 lies elsewhere, at 2"
shows I19 npt "$(drop tool_call_beside)$far" "call 1048575 lies elsewhere"

# What foreign keys would have held.
given np
sqlite3 "$db" "INSERT INTO agent VALUES (77, 'lost', 'responsive', '', NULL,
	'', '[]', '[]', '{}')"
like "$(gatehouse --db "$db" verify)" "^file.*row of agent points to no app" \
	"verify tells of a row without its parent"

done_testing
