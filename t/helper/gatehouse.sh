# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # shared with the test and with tap.sh
#
# A whole running system for one test: nginx, gatehouse-fcgi and the runner
# on a free loopback port, over a fresh data directory. Needs tap.sh first.
#
#	. "$here/../helper/tap.sh"
#	. "$here/../helper/gatehouse.sh"
#
#	gatehouse_start				# sets $base $data $port
#	api_post /api/v1/sessions '{"query":"x","environment":"dev"}'
#	is "$status" 201 "the session is made"
#	sid=$(field .session_id)
#	wait_for 10 session_is "$sid" awaiting_input
#	gatehouse_kill gatehouse-runner		# kill -9; it is started again
#	done_testing				# stops everything, by pid
#
# The programs come from $GATEHOUSE_BUILD, which ./dev check sets.

gh_top=$(cd "$(dirname "$0")/../.." && pwd -P)
GATEHOUSE_BUILD=${GATEHOUSE_BUILD:-$gh_top/build}
PATH=$GATEHOUSE_BUILD:$PATH
export GATEHOUSE_BUILD PATH
data=$tap_dir/data
GATEHOUSE_DB=$data/gatehouse.db
export GATEHOUSE_DB

# gatehouse_start [OPTION...]: ./dev up --detach with these options. Called
# again it starts the same data directory once more, on the same port.
gatehouse_start() {
	at_exit gatehouse_stop
	gh_tries=5
	until gh_up "$@"; do
		gh_tries=$((gh_tries - 1))
		[ "$gh_status" -eq 3 ] && [ "$gh_tries" -gt 0 ] && continue
		diag "$(cat "$tap_dir/up.log")"
		bail "the system does not start"
	done
}

gh_up() {
	[ "${base-}" ] ||
		port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
	"$gh_top/dev" up --detach --port "$port" --data "$data" "$@" \
		>"$tap_dir/up.log" 2>&1
	gh_status=$?
	[ "$gh_status" -eq 0 ] && base=http://127.0.0.1:$port
}

# gatehouse_stop: stops what gatehouse_start started; harmless twice. 1 when
# a sanitizer has left a report in a log.
gatehouse_stop() {
	"$gh_top/dev" down --data "$data" >>"$tap_dir/up.log" 2>&1
	! grep -hE -A 20 'ERROR: (Address|Leak)Sanitizer|runtime error:' \
		"$data"/log/*.log >&2
}

# gatehouse_pids PROGRAM: the pids of that program in this system. PROGRAM is
# gatehouse-fcgi, gatehouse-runner, multiwatch or nginx.
gatehouse_pids() {
	for gh_file in "$data"/run/*.pid; do
		[ -f "$gh_file" ] || continue
		cat /proc/[0-9]*/stat 2>/dev/null |
		sed -n "s/^\([0-9]*\) ($(echo "$1" | cut -c1-15)) . [0-9]* $(
			cat "$gh_file") .*/\1/p"
	done
}

# gatehouse_kill PROGRAM: kill -9 of every process of that program.
gatehouse_kill() {
	# shellcheck disable=SC2046 # a list of pids
	kill -9 $(gatehouse_pids "$1")
}

# api METHOD PATH [CURL-OPTION...]: asks; sets $status (000: no answer),
# $body and $headers.
api() {
	gh_method=$1 gh_path=$2
	shift 2
	: >"$tap_dir/body"
	status=$(curl -sS -m 30 -X "$gh_method" -D "$tap_dir/headers" \
		-o "$tap_dir/body" -w '%{http_code}' "$@" "$base$gh_path" \
		2>"$tap_dir/curl.log")
	body=$(cat "$tap_dir/body")
	headers=$(tr -d '\r' <"$tap_dir/headers")
}

# api_get PATH
api_get() {
	api GET "$1"
}

# api_post PATH JSON
api_post() {
	api POST "$1" -H 'Content-Type: application/json' --data-binary "$2"
}

# field FILTER: the last answer's body through jq.
field() {
	printf '%s' "$body" | jq -r "$1" 2>/dev/null
}

# session_new QUERY [ENVIRONMENT]: makes a session and prints its id.
session_new() {
	gh_json=$(jq -nc --arg q "$1" --arg e "${2:-dev}" \
		'{query: $q, environment: $e, submitter: {id: "t"}}')
	api_post /api/v1/sessions "$gh_json" && field .session_id
}

# session_is ID STATUS: for wait_for.
session_is() {
	api_get "/api/v1/sessions/$1" && [ "$(field .status)" = "$2" ]
}
