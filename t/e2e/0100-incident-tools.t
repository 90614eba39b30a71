#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The tool programs of apps/incident, each called as the runner calls it.
set -u
here=$(dirname "$0")
# shellcheck source=t/helper/tap.sh
. "$here/../helper/tap.sh"

tools=$here/../../apps/incident/tools
unset GATEHOUSE_DATA GATEHOUSE_SESSION GATEHOUSE_CALL_KEY

# tool NAME ARGUMENTS: sets $out, $err and $rc.
tool() {
	out=$(printf '%s' "$2" | "$tools/$1" 2>"$tap_dir/err")
	rc=$?
	err=$(cat "$tap_dir/err")
}

# fails NAME ARGUMENTS PATTERN DESCRIPTION: no result, and a reason.
fails() {
	tool "$1" "$2"
	is "$rc/$out" "1/" "$4"
	like "$err" "$3" "$4: says why"
}

answer() {
	printf '%s' "$out" | jq -cr "$1"
}

lines() {
	if [ -e "$tap_dir/$1" ]; then wc -l <"$tap_dir/$1"; else echo 0; fi
}

# Arguments
for path in "$tools"/*; do
	name=${path##*/}
	[ "$name" = common.py ] && continue
	fails "$name" '{' 'not JSON' "$name: broken JSON"
	fails "$name" '[]' 'not an object' "$name: an array"
	fails "$name" '{}' 'argument ".*" must be' "$name: no arguments"
	fails "$name" '{"service":7,"text":7,"team":7,"incident_id":7}' \
		'must be a text' "$name: a number for a text"
done

# Lookups
tool get_deploys '{"service":"payments","environment":"staging"}'
is "$(answer '.deploys[0] | [.version, .minutes_ago]')" '["4.12.0",39]' \
	"get_deploys: newest first, as old as in that environment"
like "$out" '"id":7204850139846770689,' "get_deploys: ids keep their digits"
tool get_deploys '{"service":"payments","environment":"elsewhere"}'
is "$(answer .deploys)" '[]' "get_deploys: nothing was deployed elsewhere"
fails get_deploys '{"service":"nope","environment":"dev"}' '"nope"' \
	"get_deploys: unknown service"

tool get_metrics '{"service":"payments"}'
is "$(answer '.minutes_ago | keys')" '["error_rate","latency_p95_ms"]' \
	"get_metrics: all metrics"
tool get_metrics '{"service":"payments","metric":"error_rate"}'
is "$(answer '.minutes_ago | keys')" '["error_rate"]' "get_metrics: one metric"
fails get_metrics '{"service":"payments","metric":"mood"}' '"mood"' \
	"get_metrics: unknown metric"

tool check_service_health '{"service":"checkout"}'
is "$rc/$(answer .status)" 0/ok "check_service_health: a healthy service"
fails check_service_health '{"service":"inventory"}' 'no answer' \
	"check_service_health: a service that does not answer"

tool search_runbooks '{"text":"Latency rose after a DEPLOY"}'
is "$(answer '[.runbooks[].id]')" '["RB-12"]' "search_runbooks: by word"
tool search_runbooks '{"text":"nothing of that kind"}'
is "$(answer .runbooks)" '[]' "search_runbooks: no hit"

# What leaves a trace needs the data directory, and makes none without it.
fix='{"service":"payments", "action":"rollback", "region":"eu-west",
"deploy_id":9007199254740993, "note":"caf\u00e9 ☕"}'
fails apply_fix "$fix" GATEHOUSE_DATA "apply_fix: no data directory"
GATEHOUSE_DATA=$tap_dir/absent
export GATEHOUSE_DATA
fails apply_fix "$fix" 'cannot write applied.log: No such' \
	"apply_fix: the data directory is missing"

GATEHOUSE_DATA=$tap_dir
GATEHOUSE_SESSION=INC-20260102-001
GATEHOUSE_CALL_KEY=INC-20260102-001:4
export GATEHOUSE_SESSION GATEHOUSE_CALL_KEY

fails apply_fix '{"service":"payments","action":"dance","region":"eu-west"}' \
	'"dance"' "apply_fix: unknown action"
fails apply_fix '{"service":"payments","action":"restart","region":"moon"}' \
	'"moon"' "apply_fix: unknown region"
is "$(lines applied.log)" 0 "apply_fix: a refused fix is not in the log"

tool list_fixes '{"incident_id":"INC-20260102-001"}'
is "$out" '{"count":0,"fixes":[]}' "list_fixes: none, and no log yet"

tool apply_fix "$fix"
is "$rc/$(answer .applied)" 0/true "apply_fix: applies"
is "$(lines applied.log)" 1 "apply_fix: one run, one line"
log=$(cat "$tap_dir/applied.log")
is "$(printf '%s' "$log" | jq -c '[.session, .call]')" \
	'["INC-20260102-001","INC-20260102-001:4"]' "apply_fix: who asked"
like "$log" '^\{"time":"20[0-9-]{8}T[0-9:]{8}Z",' "apply_fix: when"
is "${log#*\"arguments\":}" "$(printf '%s' "$fix" | tr '\n' ' ')}" \
	"apply_fix: the arguments to the byte, line breaks aside"

tool apply_fix "$fix"
is "$(lines applied.log)" 2 "apply_fix: a second run, a second line"
tool list_fixes '{"incident_id":"INC-20260102-001"}'
is "$(answer .count)" 2 "list_fixes: both"
like "$out" '"deploy_id":9007199254740993' "list_fixes: digits are kept"
tool list_fixes '{"incident_id":"INC-20260102-002"}'
is "$(answer .count)" 0 "list_fixes: not those of another incident"

# Many at once: whole lines, all of them.
long=$(printf '%04000d' 0)
pids=
for _ in 1 2 3 4 5 6 7 8; do
	printf '{"service":"search","action":"restart","region":"us-east",%s}' \
		"\"note\":\"$long\"" | "$tools/apply_fix" >/dev/null &
	pids="$pids $!"
done
# shellcheck disable=SC2086 # one word for each pid
wait $pids
is "$(jq 'select(.arguments.note | length == 4000) | .arguments.region' \
	"$tap_dir/applied.log" | sort | uniq -c | tr -s ' ')" \
	' 8 "us-east"' "apply_fix: lines of parallel runs do not mix"

if [ -c /dev/full ]; then
	GATEHOUSE_DATA=$tap_dir/full
	mkdir "$GATEHOUSE_DATA"
	ln -s /dev/full "$GATEHOUSE_DATA/applied.log"
	fails apply_fix "$fix" 'No space left' "apply_fix: disk full"
	GATEHOUSE_DATA=$tap_dir
fi

tool rotate_certificate '{"service":"edge"}'
is "$rc/$(answer .rotated)/$(lines rotated.log)" 0/true/1 \
	"rotate_certificate: rotates and leaves one line"
fails rotate_certificate '{"service":"search"}' 'no certificate' \
	"rotate_certificate: nothing to rotate"

tool notify_oncall '{"team":"platform","message":"look"}'
is "$rc/$(answer '[.notified, .person]')/$(lines notified.log)" \
	'0/[true,"Ruben"]/1' "notify_oncall: pages and leaves one line"
fails notify_oncall '{"team":"nobody","message":"look"}' '"nobody"' \
	"notify_oncall: unknown team"

tool watch_service '{"service":"checkout","minutes":30}'
first=$(cat "$tap_dir/watch-checkout.json")
tool watch_service '{"service":"checkout","minutes":30}'
is "$(cat "$tap_dir/watch-checkout.json")" "$first" \
	"watch_service: twice is as good as once"
tool watch_service '{"service":"checkout"}'
is "$(answer .minutes)" 60 "watch_service: an hour if not said otherwise"
for minutes in 0 1441 1.5 true '"9"'; do
	fails watch_service "{\"service\":\"checkout\",\"minutes\":$minutes}" \
		'whole number' "watch_service: $minutes minutes"
done
fails watch_service '{"service":"../x"}' 'no service' \
	"watch_service: a path for a name"

# Nothing is written beside the programs: an installation is read-only.
ok "no compiled files are left behind" test ! -e "$tools/__pycache__"

done_testing
