#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The story of the README, word for word: what it tells the reader to type is
# taken from it, and must print what it says.
set -u
. "$(dirname "$0")/../helper/tap.sh"
. "$(dirname "$0")/../helper/gatehouse.sh"
gatehouse_start

# readme FROM TO: the indented lines of the README from one match to another,
# for this test's port and programs.
readme() {
	sed -n "/^    $1/,/$2/s/^    //p" "$gh_top/README.md" |
		sed -e "s|127.0.0.1:8080|127.0.0.1:$port|g" \
			-e "s|build/gatehouse|$GATEHOUSE_BUILD/gatehouse|" \
			-e "s|data/gatehouse.db|$data/gatehouse.db|"
}

readme 'SID=' '^    1$' >"$tap_dir/all"
sed '/^"awaiting_input"$/,$d' "$tap_dir/all" >"$tap_dir/start"
sed -n '/^"awaiting_input"$/,$p' "$tap_dir/all" >"$tap_dir/want"
readme 'CALL=' 'known good' >"$tap_dir/approve"
readme 'build.gatehouse --db' 'verify' >"$tap_dir/cli"
is "$(grep -c . "$tap_dir/start" "$tap_dir/approve" "$tap_dir/cli" |
	cut -d: -f2 | tr '\n' ' ')" "4 3 3 " "the README has the story"

# In this shell, for the variables that it sets.
. "$tap_dir/start" >"$tap_dir/got"
is "$(cat "$tap_dir/got")" "$(cat "$tap_dir/want")" \
	"the session waits, and one gate was fired"

api_get "/api/v1/sessions?status=awaiting_input"
is "$(field '[.. | .session_id? // .id? | strings] | unique | join(" ")')" \
	"$SID" "it is in the list of its status"
api_get /api/v1/approvals
is "$(field '[.. | .session_id? | strings] | unique | join(" ")')" "$SID" \
	"it is in the queue of all sessions"
api_get "/api/v1/sessions/$SID/full"
is "$(field '[.events[] | select(.kind | test("gate_fired|status_changed"))
	| .kind + " " + (.payload.to // "") + " " + (.payload.cause // "")]
	[-3:] | join(",")')" \
	"gate_fired  ,status_changed awaiting_input gate_paused,session.status_changed awaiting_input gate_paused" \
	"gate and status events are in order"
is "$(test -e "$data/tools/applied.log" && cat "$data/tools/applied.log")" "" \
	"nothing was applied"

. "$tap_dir/approve" >"$tap_dir/got"
is "$(jq -r .status "$tap_dir/got")" in_progress "the answer is at once"
ok "it ends resolved" wait_for 60 session_is "$SID" resolved
is "$(wc -l <"$data/tools/applied.log")" 1 "the tool ran once"
SID=$SID sh -eu "$tap_dir/cli" >"$tap_dir/got" 2>&1
is $? 0 "the commands of the README work"
out=$("$GATEHOUSE_BUILD/gatehouse" verify)
is "$?$out" 0 "verify is silent"

done_testing
