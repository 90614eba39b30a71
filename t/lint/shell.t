#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Every shell script passes shellcheck.
set -u
. "$(dirname "$0")/../helper/tap.sh"
cd "$(dirname "$0")/../.." || exit 1
git rev-parse --git-dir >/dev/null 2>&1 || skip_all "not a git checkout"

for f in $(git ls-files); do
	[ -f "$f" ] || continue
	case $f in
	*.sh) ;;
	*) head -n 1 "$f" | tr -d '\0' | grep -qE '^#!.*\b(ba)?sh$' || continue ;;
	esac
	out=$(shellcheck -x "$f" 2>&1)
	is "$out" "" "$f"
done

done_testing
