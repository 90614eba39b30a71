#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Who may include whom (ARCHITECTURE.md): lib <- sql <- the programs, which
# never include each other, and one door for each outside library.
set -u
. "$(dirname "$0")/../helper/tap.sh"
cd "$(dirname "$0")/../.." || exit 1

# includes FOLDER: FILE:INCLUDED for each include line below that folder.
includes() {
	find "$1" -name '*.[ch]' -exec grep -HE '^[ 	]*# *include' {} + |
	sed -E 's/^([^:]*):[ 	]*# *include *[<"]([^>"]*)[>"].*/\1:\2/'
}

# only FOLDER ALLOWED...: it includes, of our folders, only these.
only() {
	only_folder=$1
	shift
	bad=$(includes "$only_folder" |
		grep -E ':(lib|sql|fcgi|runner|stream|cli|t)/' |
		grep -vE ":($(echo "$*" | tr ' ' '|'))/")
	is "$bad" "" "$only_folder includes only $*"
}

only lib lib
only sql lib sql
for program in fcgi runner stream cli; do
	[ ! -d "$program" ] || only "$program" lib sql "$program"
done

for folder in lib sql fcgi runner stream cli; do
	[ ! -d "$folder" ] || includes "$folder"
done >"$tap_dir/all"

# door HEADER FILES: only these files (a regex) include that header (a regex).
door() {
	bad=$(grep -E ":$1\$" "$tap_dir/all" | grep -vE "^($2):")
	is "$bad" "" "$1 is included only by $2"
}

door 'sqlite3(ext)?\.h' 'sql/.*'
door '(cjson/)?cJSON\.h' 'lib/json.*\.c'
door 'yaml\.h' 'lib/conf.*'
door 'curl/.*' 'lib/http\.c'
door 'sodium(/.*)?\.h' 'lib/(sha256|strikes|tag|token)\.c'
door 'seccomp\.h' 'lib/calls\.c'
door 'linux/landlock\.h' 'lib/landlock\.c'
door '(fcgiapp|fcgimisc|fcgi_config)\.h' 'fcgi/links\.c'
door '(fastcgi|fcgios|fcgi_stdio)\.h' 'nobody'
door 'uv\.h' 'runner/.*|stream/(server|partial)\.c|lib/http\.c'
door 'libwebsockets\.h' 'stream/(server|client|access|answer|send)\.c'

# The pure modules take rows and return a value: no loop, no clock, no I/O.
for pure in runner/step runner/graph runner/policy runner/envelope \
		runner/finalize runner/throttle lib/expr lib/glob; do
	[ -f "$pure.h" ] || continue
	bad=$(grep -nE \
		'include.*(uv|sys/.*|unistd|time|signal|pthread|stdio)\.h|\b(time|clock_ms|clock_mono_ms|clock_gettime|rand|random|fopen|getenv)\(' \
		"$pure"*.[ch])
	is "$bad" "" "$pure is pure"
done

# Text of statements lives in .sql files.
bad=$(find lib fcgi runner stream cli -name '*.[ch]' -exec grep -nE \
	'"[^"]*\b(SELECT .* FROM|INSERT INTO|UPDATE [a-z_]+ SET|DELETE FROM|BEGIN IMMEDIATE)\b' \
	{} +)
is "$bad" "" "no SQL outside sql/"

done_testing
