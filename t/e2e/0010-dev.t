#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# ./dev up and down: what they start, refuse and stop.
set -u
. "$(dirname "$0")/../helper/tap.sh"
. "$(dirname "$0")/../helper/gatehouse.sh"
dev=$gh_top/dev

# refuses CODE PATTERN DESCRIPTION ARGUMENT...: one line, and that exit code.
refuses() {
	want_code=$1 want_text=$2 name=$3
	shift 3
	out=$("$dev" "$@" 2>&1)
	is $? "$want_code" "$name: exit code"
	like "$out" "$want_text" "$name: says why"
	is "$(printf '%s\n' "$out" | wc -l)" 1 "$name: in one line"
}

# everything: every process of this test's system.
everything() {
	for program in nginx multiwatch gatehouse-fcgi gatehouse-runner; do
		gatehouse_pids "$program"
	done
}

# ended DESCRIPTION PID...: all of these are gone, and there were some.
ended() {
	name=$1
	shift
	left=
	for pid; do
		[ ! -e "/proc/$pid/exe" ] || left="$left $pid"
	done
	is "$#$left" "$#" "$name"
	[ $# -gt 0 ] || bail "nothing was running"
}

refuses 2 "up knows no '--prot'" "unknown option" up --prot 1
refuses 2 "'http' is no port" "a port that is none" up --port http
refuses 2 "'65536' is no port" "a port too high" up --port 65536
refuses 2 "'08080' is no port" "a port that reads as octal" up --port 08080
refuses 2 "no config.yaml in '/nowhere'.*--app" "no application" \
	up --app /nowhere
refuses 2 "too long for a socket" "a long path" \
	up --data "$tap_dir/$(printf '%090d' 0)"
refuses 2 "characters" "a path that nginx cannot carry" \
	up --data "$tap_dir/a b"
refuses 1 "cannot write to" "a data directory that cannot be" \
	up --data /proc/gatehouse
GATEHOUSE_BUILD=$tap_dir refuses 1 "no program .*/gatehouse'.*./dev build" \
	"no programs" up --data "$data"
refuses 2 "down knows no '--all'" "unknown option of down" down --all
refuses 2 "--data needs a value" "down without a value" down --data
refuses 2 "build knows no 'all'" "build takes nothing" build all

gatehouse_start
api_get /health
is "$status" 200 "it answers"
is "$body" '{"status":"ok"}' "as the contract says"
like "$(cat "$tap_dir/up.log")" "$base" "the address was printed"
for log in nginx fcgi runner access; do
	ok "there is a $log.log" test -f "$data/log/$log.log"
done

refuses 3 "in use by a running instance.*./dev down" "the same data again" \
	up --detach --port "$port" --data "$data"
refuses 3 "port $port is in use.*--port" "the same port again" \
	up --detach --port "$port" --data "$tap_dir/other"

# A program that dies comes back by itself.
for program in gatehouse-fcgi gatehouse-runner; do
	before=$(gatehouse_pids "$program")
	gatehouse_kill "$program"
	again() {
		now=$(gatehouse_pids "$program")
		[ -n "$now" ] && [ "$now" != "$before" ]
	}
	ok "$program comes back after kill -9" wait_for 60 again
done
healthy() {
	api_get /api/v1/agents
	[ "$status" = 200 ]
}
ok "and the system answers" wait_for 60 healthy
started_again() {
	[ "$(grep -c ' info started ' "$data/log/runner.log")" -ge 2 ]
}
ok "the runner is at work again" wait_for 60 started_again

pids=$(everything)
ln -s "$data" "$tap_dir/link"
out=$("$dev" down --data "$tap_dir/link/")
is $? 0 "down, by another name of the folder"
like "$out" "stopped what ran in $data" "down says so"
for name in runner fcgi stream; do
	like "$(tail -n 1 "$data/log/$name.log")" 'ended|stopped' \
		"the $name ended by itself"
done
# shellcheck disable=SC2086 # a list of pids
ended "nothing is left" $pids
out=$("$dev" down --data "$data")
is $? 0 "down again"
like "$out" "nothing runs in $data" "down again says so"

# Supervisors killed with -9 leave their children behind; down finds them.
gatehouse_start
leaders=$(cat "$data"/run/*.pid)
# shellcheck disable=SC2086 # a list of pids
kill -9 $leaders
pids=$(gatehouse_pids gatehouse-fcgi; gatehouse_pids nginx)
like "$pids" '^[0-9]+$' "the children live on"
"$dev" down --data "$data" >/dev/null
# shellcheck disable=SC2086 # a list of pids
ended "down ended the orphans" $pids

# A pid that now is somebody else's is left alone.
sleep 900 &
stranger=$!
at_exit kill "$stranger"
echo "$stranger" >"$data/run/nginx.pid"
"$dev" down --data "$data" >/dev/null
ok "a stranger with a recorded pid lives" kill -0 "$stranger"

# In the foreground it runs until a signal, and then all of it ends.
"$dev" up --port "$port" --data "$data" >"$tap_dir/fg.log" 2>&1 &
foreground=$!
said() {
	grep -q "Ctrl-C stops it" "$tap_dir/fg.log"
}
ok "up in the foreground" wait_for 60 said
api_get /health
is "$status" 200 "it answers"
pids=$(everything)
kill -TERM "$foreground"
wait "$foreground"
is $? 0 "a signal ends it"
like "$(cat "$tap_dir/fg.log")" "^dev: stopped$" "it says so"
# shellcheck disable=SC2086 # a list of pids
ended "nothing is left" $pids

# A part that cannot stay up is reported, and nothing stays.
"$dev" up --port "$port" --data "$data" >"$tap_dir/fg.log" 2>&1 &
foreground=$!
wait_for 60 said
pids=$(everything)
kill -9 "$(cat "$data/run/nginx.pid")"
wait "$foreground"
is $? 1 "a part that ends for good ends all"
# shellcheck disable=SC2086 # a list of pids
ended "nothing is left" $pids

done_testing
