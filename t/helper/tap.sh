# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# TAP for shell tests.
#
#	#!/bin/sh
#	set -u
#	. "$(dirname "$0")/../helper/tap.sh"
#
#	ok "the file is there" test -f "$tap_dir/x"
#	is "$(id -u)" 0 "runs as root"
#	like "$answer" '^\{"id"' "answers with an object"
#	wait_for 5 test -S "$socket" || diag "no socket after 5 s"
#	at_exit kill "$pid"
#	done_testing
#
# An assertion returns 0 when it holds and 1 when not, so that a test can
# stop early: is ... || bail "...". $tap_dir is a fresh folder, removed at
# the end. A test that ends without done_testing has failed.

tap_count=0
tap_failed=0
tap_at_exit=
tap_dir=$(mktemp -d "$(realpath "${TMPDIR:-/tmp}")/gatehouse-test.XXXXXX")

# diag TEXT...: says something to whoever reads the output.
diag() {
	printf '%s\n' "$*" | sed 's/^/# /' >&2
}

# tap_result STATUS DESCRIPTION: one assertion, held when STATUS is 0.
tap_result() {
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %d - %s\n' "$tap_count" "$2"
		return 0
	fi
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_count" "$2"
	return 1
}

# ok DESCRIPTION COMMAND...: holds when the command succeeds.
ok() {
	tap_name=$1
	shift
	"$@"
	tap_result $? "$tap_name"
}

# is GOT WANT DESCRIPTION: holds when both are the same text.
is() {
	[ "$1" = "$2" ]
	tap_result $? "$3" && return
	diag "got:  $1"
	diag "want: $2"
	return 1
}

# like GOT PATTERN DESCRIPTION: holds when a line matches the extended regex.
like() {
	printf '%s\n' "$1" | grep -qE -- "$2"
	tap_result $? "$3" && return
	diag "got:          $1"
	diag "want a match: $2"
	return 1
}

# unlike GOT PATTERN DESCRIPTION: holds when no line matches.
unlike() {
	! printf '%s\n' "$1" | grep -qE -- "$2"
	tap_result $? "$3" && return
	diag "got:             $1"
	diag "want no match of: $2"
	return 1
}

# wait_for SECONDS COMMAND...: asks again and again until the command
# succeeds; 1 when the seconds are over. For states, in place of sleep.
wait_for() {
	tap_until=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -le "$tap_until" ] || return 1
		sleep 0.05
	done
}

# at_exit COMMAND...: runs it at the end, however the test ends; the last
# one given runs first. When it fails the test has failed. Arguments must not
# contain blanks or quotes.
at_exit() {
	tap_at_exit="$* || tap_status=1; $tap_at_exit"
}

# bail TEXT...: gives this test up; others go on.
bail() {
	diag "gave up: $*"
	exit 1
}

# skip_all TEXT...: this test makes no sense here.
skip_all() {
	printf '1..0 # SKIP %s\n' "$*"
	exit 0
}

# plan COUNT: says beforehand how many assertions follow.
plan() {
	tap_plan=$1
	printf '1..%d\n' "$1"
}

# done_testing: the last line of every test.
done_testing() {
	[ -n "${tap_plan-}" ] || printf '1..%d\n' "$tap_count"
	[ "$tap_failed" -eq 0 ] || exit 1
	exit 0
}

tap_finish() {
	tap_status=$?
	trap - EXIT
	eval "$tap_at_exit"
	rm -rf "$tap_dir"
	exit "$tap_status"
}
trap tap_finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
