#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What gatehouse says to words that name nothing, and to those that it does
# not take: one line, and the exit code for it.
set -u
here=$(dirname "$0")
. "$here/../helper/tap.sh"
. "$here/../helper/small_app.sh"

run init
ends 0 "init"

# ---- not found

for command in 'show X-20250101-001' 'show nonsense' 'stop X-20250101-001' \
	'retry X-20250101-001' 'retry X-20250101-001 --preview' \
	'assign g99 ann' 'assign x ann' 'extend g99 2h' \
	'un-duplicate X-20250101-001' \
	'tail X-20250101-001' 'approve g1' 'approve 1' 'approve nonsense' \
	'reject g' 'decide g99999999999999999999 approve' \
	'resume X-20250101-001 --stop' 'sessions --status nonsense' \
	'sessions --app nonsense'; do
	# shellcheck disable=SC2086 # words
	run $command
	ends 3 "$command: not found"
done

# ---- wrong usage

while read -r command; do
	# shellcheck disable=SC2086 # words
	run $command
	ends 2 "$command: wrong usage"
done <<'EOT'
init x
load
load a b
load a --status x
sessions x
sessions --limit 0
sessions --limit x
sessions --limit 100001
sessions --limit
sessions --status resolved --all
sessions --rationale x
show
show a b
approvals x
approve
approve g1 x
approve g1 --text x
decide g1
decide g1 done more
resume
resume x
resume x --stop --escalate
resume x --text y --stop
resume x y --stop
resume x y --escalate=z
resume x --rationale y --stop
assign
assign g1 ann bob
extend g1
extend g1 tomorrow
un-duplicate
retry
retry x --text y
stop x --preview
stop
stop x y
tail x y
tail --since -1
tail --since 1x
tail --limit 3
verify x
sessions --nonsense
EOT
for option in actor rationale; do
	run approve g1 "--$option" ''
	ends 2 "an empty --$option"
	run approve g1 "--$option" "$(printf 'a\377b')"
	ends 2 "--$option that is not UTF-8"
done
run stop "$(printf 'a\377b')"
ends 2 "an id that is not UTF-8"
run approve g1 --actor "$(printf '%0128d' 0)"
ends 2 "a name that is too long"
is "$err" "gatehouse: --actor: is longer than 127 bytes" "says what may be"
run sessions --query "$(printf '%0257d' 0)"
ends 2 "words to look for that are too long"
is "$err" "gatehouse: --query: is longer than 256 bytes" "says what may be"
run assign g1 "$(printf '%04096d' 0)"
is "$status $err" "2 gatehouse: assign: argument 2 is too long" \
	"a word that is too long"
run assign x ann
is "$err" 'gatehouse: no gate "x"' "a gate is named as it was written"
run extend g1 -5m
is "$status $err" "2 gatehouse: -5: no such option, or it takes no argument; see: gatehouse help" \
	"a time in the past is an option that there is not"

done_testing
