#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What every tracked file must and must not contain.
set -u
. "$(dirname "$0")/../helper/tap.sh"
cd "$(dirname "$0")/../.." || exit 1
git rev-parse --git-dir >/dev/null 2>&1 || skip_all "not a git checkout"

# files PATTERN...: tracked files that are there.
files() {
	git ls-files -- "$@" | while read -r f; do
		[ ! -f "$f" ] || echo "$f"
	done
}

# nowhere DESCRIPTION REGEX: no tracked text file has a match, corpora aside.
nowhere() {
	is "$(git grep -nIE -e "$2" -- . ':!t/fuzz/corpus' | cut -c1-120)" "" "$1"
}

nowhere "no path of one machine" \
	'(^|[^A-Za-z0-9_.-])/(work|root|farm|home/[a-z]+)/'
nowhere "nothing left to be done" \
	'\b(TO''DO|FIX''ME|XX''X)\b|not (yet )?impl''emented$'
nowhere "no download address in a lock file" '"resolved": "htt''p'
nowhere "no blank at the end of a line" '[ 	]+$'
nowhere "no merge conflict" '^(<<<<<<<|>>>>>>>) '

bad=$(files '*.c' '*.h' '*.sql' '*.sh' '*.t' '*.py' dev | xargs wc -l |
	awk '$2 != "total" && $1 > 500')
is "$bad" "" "no source file is over 500 lines"

bad=$(files '*.c' '*.h' | xargs awk '
	{ n = 0
	for (i = 1; i <= length($0); i++)
		n = substr($0, i, 1) == "\t" ? n + 8 - n % 8 : n + 1
	if (n > 80) print FILENAME ":" FNR ": " n " columns" }')
is "$bad" "" "no line of C is over 80 columns"

# lib/log.h; a format's words stand in the lines of the call.
bad=$(files 'lib/*.c' 'sql/*.c' 'fcgi/*.c' 'runner/*.c' 'stream/*.c' 'cli/*.c' \
	'stream/*.c' | while read -r f; do
	awk -v f="$f" '/log_(error|warn|info|debug)\(/ { on = 1 }
		on { text = $0
			while (match(text, /%[^sdgm ]*[a-zA-Z]/)) {
				word = substr(text, RSTART, RLENGTH)
				if (word !~ /^%(s|\.\*s|d|ld|lld|zu|g|m)$/)
					print f ":" FNR ": " word
				text = substr(text, RSTART + RLENGTH)
			} }
		on && /;$/ { on = 0 }' "$f"
done)
is "$bad" "" "log lines use no conversion that the log does not know"

bad=$(files '*.c' '*.h' '*.sh' '*.t' '*.py' '*.ac' '*.am' '*.inc' \
	'nginx/*.in' 'nginx/*.conf' 't/helper/harness' dev .ci/run |
	while read -r f; do
		head -n 5 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
			echo "$f"
	done)
is "$bad" "" "every source file names its licence"

# A comparison that ends early tells how much of a guess is right.
bad=$(git grep -nE \
	'(^|[^_])(str|mem)(n|case|ncase)?cmp\([^;]*\b(hash|secret|key)\b' -- \
	lib/token.c sql/auth.c 'fcgi/access.*' 'fcgi/login.*' \
	'stream/access.*' runner/wish.c)
is "$bad" "" "no secret is compared by a function that stops early"
ok "but by one that does not" \
	grep -q 'sodium_memcmp(hash, stored' lib/token.c

bad=$(for folder in $(git ls-files | grep -oE '^(t/|apps/)?[a-z][a-z-]*/' |
		sort -u); do
	[ -f "$folder/README.md" ] || echo "$folder"
done)
is "$bad" "" "every folder has a README.md"

# By its name, or by one with a star; in backticks or with its ending.
bad=$(set -f
	for folder in lib sql fcgi stream runner cli t/helper t/bench; do
		words=$(grep -oE '`[^`]+`|[a-z][a-z0-9_*]*\.[a-z]+' \
			"$folder/README.md" | tr -d '`' |
			sed -nE 's/^([a-z][a-z0-9_*]*)(\.[a-z]+)?$/\1/p')
		for file in $(git ls-files -- "$folder" |
			grep -E "^$folder/[^/]*\.(c|h|py|sh)$"); do
			name=${file##*/}
			for word in $words; do
				# shellcheck disable=SC2254 # a star is one
				case ${name%.*} in $word) continue 2 ;; esac
			done
			echo "$file"
		done
	done)
is "$bad" "" "every module is named in the README of its folder"

bad=$(files 't/*.t' 't/helper/harness' dev .ci/run | while read -r f; do
	[ -x "$f" ] || echo "$f"
done)
is "$bad" "" "every script can be run"

bad=$(files '*.h' | while read -r f; do
	guard=$(echo "$f" | tr 'a-z/.-' 'A-Z___')
	grep -q "^#ifndef $guard\$" "$f" || echo "$f"
done)
is "$bad" "" "every header is guarded by its path"

done_testing
