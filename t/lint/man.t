#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The man page that is made of docs/configuration.md is one, and whole.
set -u
. "$(dirname "$0")/../helper/tap.sh"
cd "$(dirname "$0")/../.." || exit 1
command -v groff >/dev/null || skip_all "groff is not installed"

page=docs/configuration.md
LC_ALL=C.UTF-8 groff -man -Tutf8 -Kutf8 -ww -rLL=100n -P-cbou \
	>"$tap_dir/text" 2>"$tap_dir/complaints" <<-EOF
	$(awk -v name=gatehouse-config -v section=5 -v about="files" \
		-v version=1 -f docs/man.awk "$page")
	EOF
is "$(cat "$tap_dir/complaints")" "" "roff has no complaint"
bad=$(sed -n 's/^| `\([^`]*\)` |.*/\1/p' "$page" | sort -u |
	while read -r key; do
		grep -qE "^ {7}$key( |\$)" "$tap_dir/text" || echo "$key"
	done)
is "$bad" "" "each key has its entry"
bad=$(sed -n 's/^## //p' "$page" | tr -d '\`' | while read -r heading; do
		grep -qF -x -e "$heading" "$tap_dir/text" || echo "$heading"
	done)
is "$bad" "" "each part has its heading"
is "$(grep -c '`' "$tap_dir/text")" 0 "no markup is left"
bad=$(sed -n 's/^    //p' "$page" | grep -v '^$' | while read -r line; do
		grep -qF -e "$line" "$tap_dir/text" || echo "$line"
	done)
is "$bad" "" "each example is there as it stands"
done_testing
