#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Databases that cannot be used: one clear line, exit code 5, and no
# half-written state.
set -u
here=$(dirname "$0")
. "$here/../helper/tap.sh"
. "$here/../helper/small_app.sh"

# unusable DESCRIPTION TEXT COMMAND...: ends with 5 and one line with TEXT.
unusable() {
	un_name=$1 un_text=$2
	shift 2
	gatehouse "$@" >"$tap_dir/out" 2>"$tap_dir/err"
	is "$? $(wc -l <"$tap_dir/err") $(wc -c <"$tap_dir/out")" "5 1 0" \
		"$un_name: code and one line" || diag "$(cat "$tap_dir/err")"
	like "$(cat "$tap_dir/err")" "$un_text" "$un_name: why"
}

fresh
unusable "missing" 'no database ".*"; make it with: gatehouse init' sessions
unusable "missing, to write" 'gatehouse init' load "$app"
unusable "missing, to decide" 'gatehouse init' approve g1
ok "none of them made one" test ! -e "$GATEHOUSE_DB"

unusable "no such directory" 'cannot create "/nonexistent/x.db": No such' \
	--db /nonexistent/x.db init
mkfifo "$tap_dir/fifo"
ln -s loop.db "$tap_dir/loop.db"
for command in init sessions; do
	unusable "a directory, $command" '".*" is no file' \
		--db "$tap_dir" "$command"
	unusable "a fifo, $command" '/fifo" is no file' \
		--db "$tap_dir/fifo" "$command"
done
unusable "out of reach" 'cannot open "/.*/loop.db": Too many' \
	--db "$tap_dir/loop.db" sessions
unusable "within a file" 'no database' --db "$0/x.db" sessions
unusable "no room for a file" 'cannot create "/proc/x.db"' \
	--db /proc/x.db init

echo "this is a text, and long enough to be taken for more than nothing" \
	>"$tap_dir/text.db"
before=$(cat "$tap_dir/text.db")
for command in init sessions verify; do
	unusable "a text, $command" 'is not a Gatehouse database' \
		--db "$tap_dir/text.db" "$command"
done
is "$(cat "$tap_dir/text.db")" "$before" "and stays one"

sqlite3 "$tap_dir/foreign.db" 'CREATE TABLE t (a)'
for command in init sessions; do
	unusable "another program's, $command" 'is not a Gatehouse database' \
		--db "$tap_dir/foreign.db" "$command"
done
is "$(sqlite3 "$tap_dir/foreign.db" .tables)" t "and stays as it is"

gatehouse init >/dev/null || bail "no database"
cp "$GATEHOUSE_DB" "$tap_dir/newer.db"
sqlite3 "$tap_dir/newer.db" 'PRAGMA user_version = 99' >/dev/null
for command in init sessions verify; do
	unusable "newer, $command" 'has schema 99, this program knows 1' \
		--db "$tap_dir/newer.db" "$command"
done

cp "$GATEHOUSE_DB" "$tap_dir/damaged.db"
dd if=/dev/urandom of="$tap_dir/damaged.db" bs=4096 seek=2 count=6 \
	conv=notrunc 2>/dev/null
gatehouse --db "$tap_dir/damaged.db" verify >"$tap_dir/out" 2>"$tap_dir/err"
like "$?" '^(1|5)$' "a damaged one does not pass verify"

gatehouse --db "$GATEHOUSE_DB" --json --db "$tap_dir/text.db" sessions \
	2>"$tap_dir/err"
is "$(jq -c '.error.code' "$tap_dir/err")" '"service_unavailable"' \
	"the same as JSON"

# A disk of its own that is too small: all or nothing.
mkdir "$tap_dir/disk"
cat >"$tap_dir/full.sh" <<'SH'
mount -t tmpfs -o size=2M tmpfs "$1/disk" || exit 77
GATEHOUSE_DB=$1/disk/gatehouse.db
export GATEHOUSE_DB
gatehouse init >/dev/null || exit 1
dd if=/dev/zero of="$1/disk/rest" bs=4096 2>/dev/null
gatehouse load "$2" >"$1/out" 2>"$1/err"
echo $? >"$1/code"
rm "$1/disk/rest"
sqlite3 "$GATEHOUSE_DB" 'SELECT (SELECT count(*) FROM app)
	+ (SELECT count(*) FROM agent) + (SELECT count(*) FROM tool)' >"$1/rows"
gatehouse load "$2" >"$1/again"
SH
# Prompts that the log cannot hold in the blocks that it has already.
head -c 300000 /dev/zero | tr '\0' x >"$app/skills/intake/long.md"
unshare -m sh "$tap_dir/full.sh" "$tap_dir" "$app" 2>"$tap_dir/unshare" ||
	unshare -rm sh "$tap_dir/full.sh" "$tap_dir" "$app" 2>>"$tap_dir/unshare"
if [ -s "$tap_dir/again" ]; then
	is "$(cat "$tap_dir/code") $(wc -l <"$tap_dir/err")" "5 1" \
		"a full disk: code and one line" || diag "$(cat "$tap_dir/err")"
	like "$(cat "$tap_dir/err")" 'full' "a full disk: why"
	is "$(cat "$tap_dir/rows")" 0 "a full disk: nothing is half written"
	is "$(cat "$tap_dir/again")" "small version 1 is loaded" \
		"with room again it goes on"
else
	diag "no disk of its own here: $(cat "$tap_dir/unshare")"
fi

# A directory that is read-only.
mkdir "$tap_dir/ro"
cp "$GATEHOUSE_DB" "$tap_dir/ro/gatehouse.db"
cat >"$tap_dir/ro.sh" <<'SH'
mount -t tmpfs tmpfs "$1/disk" && cp "$1/ro/gatehouse.db" "$1/disk/" &&
	mount -o remount,bind,ro "$1/disk" || exit 77
gatehouse --db "$1/disk/gatehouse.db" load "$2" >"$1/out" 2>"$1/err"
echo $? >"$1/code"
SH
rm -f "$tap_dir/code"
unshare -m sh "$tap_dir/ro.sh" "$tap_dir" "$app" 2>"$tap_dir/unshare" ||
	unshare -rm sh "$tap_dir/ro.sh" "$tap_dir" "$app" 2>>"$tap_dir/unshare"
if [ -s "$tap_dir/code" ]; then
	is "$(cat "$tap_dir/code") $(wc -l <"$tap_dir/err")" "5 1" \
		"a read-only directory: code and one line" ||
		diag "$(cat "$tap_dir/err")"
	like "$(cat "$tap_dir/err")" 'cannot write to' \
		"a read-only directory: why"
else
	diag "no disk of its own here: $(cat "$tap_dir/unshare")"
fi

done_testing
