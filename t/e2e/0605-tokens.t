#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Tokens and roles on the command line: who gets them, what is told of them,
# and what is refused.
set -u
here=$(dirname "$0")
. "$here/../helper/tap.sh"
PATH=${GATEHOUSE_BUILD:-$(cd "$here/../.." && pwd -P)/build}:$PATH
export GATEHOUSE_DB=$tap_dir/test.db
unset SUDO_USER
me=$(id -un 2>"$tap_dir/err") || me=unknown
gatehouse init >/dev/null || bail "init fails"

# run WORD...: $out, $err and $code.
run() {
	out=$(gatehouse "$@" 2>"$tap_dir/err")
	code=$?
	err=$(cat "$tap_dir/err")
}

# refused CODE MESSAGE WORD...
refused() {
	local want=$1 message=$2
	shift 2
	run "$@"
	is "$code" "$want" "$*: exit code"
	like "$err" "$message" "$*: says why"
	is "$out" "" "$*: prints nothing else"
}

ask() {
	sqlite3 "$GATEHOUSE_DB" "$1"
}

run token list
is "$code$out" 0 "no tokens yet"
run token add ann --roles operator,approver@incident
is "$code" 0 "a token"
like "$out" '^ght_1_[A-Za-z0-9_-]{43}$' "alone on standard output"
like "$err" '^gatehouse: token 1, good until 20[0-9-]*T[0-9:]*Z; it is not shown again$' \
	"and what it is on the other"
is "$(ask "SELECT person, roles, created_by, (expires_at - created_at) / 86400000,
	revoked_at IS NULL, used_at IS NULL FROM token")" \
	"ann|operator approver@incident|$me|90|1|1" "its row"
secret=$out
like "$(ask .dump)" "^INSERT INTO token VALUES" "the row is there"
unlike "$(ask .dump)" "${secret#ght_1_}" "without the secret"
run token add ann --roles viewer --days 1
is "$(ask "SELECT (expires_at - created_at) / 86400000 FROM token
	WHERE id = 2")" 1 "for a day"
run --json token add bob --roles admin --days 0
is "$(echo "$out" | jq -c '[.id, .expires_at, (.token | length)]')" \
	'[3,null,49]' "for ever, as JSON"
run token list
like "$out" '^ID +PERSON +ROLES +AGE +LEFT +USED +STATE$' "the list"
like "$out" "^1 +ann +operator approver@incident +[0-9]+[a-z]+ +[0-9]+[a-z]+ +- +good$" \
	"what it tells of a token"
unlike "$out" "${secret#ght_1_}" "and what it does not"
ask "INSERT INTO token (hash, person, roles, created_at, created_by, expires_at)
	VALUES (printf('%064d', 1), 'eve', 'viewer', 1, 'root', 2)"
run token list
like "$out" "^4 +eve .* expired$" "one that has expired"

run token revoke 1
is "$code$out" "0revoked" "revoked"
run token revoke 1
is "$code$out" "0revoked" "again is as well"
is "$(ask "SELECT revoked_by FROM token WHERE id = 1")" "$me" "who did it"
run token list
unlike "$out" '^1 ' "the list leaves it out"
run token list --all
like "$out" '^1 .* revoked$' "unless all are wanted"
run --json token list --all
is "$(echo "$out" | jq -c '[length, .[0].id, .[0].revoked_by, (.[0] | has("hash"))]')" \
	"[4,1,\"$me\",false]" "the list as JSON"
run --json token revoke 2
is "$out" '{"revoked":true}' "revoked, as JSON"

refused 3 "no such token" token revoke 99
refused 2 "^gatehouse: usage: gatehouse token" token revoke x
refused 2 "^gatehouse: usage: gatehouse token" token revoke
refused 2 "^gatehouse: usage: gatehouse token" token nonsense
refused 2 "^gatehouse: usage: gatehouse token" token list ann
refused 2 "^gatehouse: usage: gatehouse token" token list --roles viewer
refused 2 "^gatehouse: usage: gatehouse token" token revoke 3 --days 3
refused 2 "^gatehouse: usage: gatehouse token" token add
refused 2 "^gatehouse: usage: gatehouse token" token add ann --all
refused 2 "^gatehouse: add: --roles is missing" token add ann
refused 2 'roles: "owner" is not viewer' token add ann --roles viewer,owner
refused 2 'roles: "viewer@a/b" is not' token add ann --roles viewer@a/b
refused 2 "roles: none, or more than fit" token add ann --roles ,
refused 2 "days: \"-1\" is no number from 0 to 3650" token add ann \
	--roles viewer --days -1
refused 1 'no token for "system"' token add system --roles viewer
refused 1 "person: not a name" token add $'a\nb' --roles viewer
refused 1 "person: not a name" token add "$(printf '%0121d' 1)" --roles viewer
is "$(ask "SELECT count(*) FROM token")" 4 "nothing of that made a token"

run role list
is "$code$out" 0 "no roles yet"
run role set ann --roles "viewer operator@incident"
is "$code$out" "0ann: viewer operator@incident" "roles"
run role set ann --roles approver
is "$out" "ann: approver" "others, instead"
run role set bob --roles admin
run role list
like "$out" "^ann +approver +[0-9]+[a-z]+ +$me$" "the list"
run --json role list
is "$(echo "$out" | jq -c '[.[] | .person + " " + .roles]')" \
	'["ann approver","bob admin"]' "the list as JSON"
run role remove ann
is "$code$out" "0ann: no roles" "removed"
refused 3 "ann: this person has no roles" role remove ann
is "$(ask "SELECT group_concat(roles || ' ' || ended_by, ', ') FROM role_grant
	WHERE person = 'ann'")" \
	"viewer operator@incident $me, approver $me" "what was is kept"
run --json role remove bob
is "$out" '{"done":true}' "removed, as JSON"
refused 2 "^gatehouse: usage: gatehouse role" role nonsense
refused 2 "^gatehouse: usage: gatehouse role" role list bob
refused 2 "^gatehouse: usage: gatehouse role" role remove bob --roles viewer
refused 2 "^gatehouse: set: --roles is missing" role set bob
refused 1 "CHECK constraint failed|not a name" role set system --roles viewer

# Who acts on the command line, and who sits there.
gatehouse load "$here/../../apps/incident" >/dev/null ||
	bail "the application is not loaded"
ask "INSERT INTO session (id, app_id, query, environment, submitter, node,
	ready_at, created_at, updated_at) SELECT 'GATE-20260101-001', id, 'q',
	'dev', '{\"id\":\"sam\"}', entry_agent, 1, 1, 1 FROM app" ||
	bail "no session"
run stop GATE-20260101-001 --actor eve
is "$(ask "SELECT actor, origin FROM move WHERE cause = 'stop'")" \
	"eve|{\"via\":\"unix\",\"user\":\"$me\"}" \
	"the actor is who they say, and who they are is kept"
is "$(gatehouse verify)" "" "verify is silent"

done_testing
