#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The test helpers themselves: what fails must be seen to fail.
set -u
. "$(dirname "$0")/../helper/tap.sh"
helper=$(cd "$(dirname "$0")/../helper" && pwd -P)

# totals TEXT DESCRIPTION < SCRIPT: that script's last line under the harness.
totals() {
	{
		echo "#!/bin/sh"
		echo ". '$helper/tap.sh'"
		cat
	} >"$tap_dir/sample.t"
	chmod +x "$tap_dir/sample.t"
	is "$("$helper/harness" 1 "$tap_dir/sample.t" 2>/dev/null |
		tail -n 1)" "$1" "$2"
}

totals "3 passed, 0 failed, 0 skipped" "what holds passes" <<'EOF'
ok "true" true
is a a "the same"
like abc '^a.c$' "a match"
done_testing
EOF

totals "1 passed, 4 failed, 0 skipped" "what does not hold fails" <<'EOF'
ok "false" false
is a b "not the same"
like abc '^b' "no match"
unlike abc '^a' "a match"
ok "true" true
done_testing
EOF

totals "1 passed, 1 failed, 0 skipped" "an early end is a failure" <<'EOF'
ok "true" true
exit 0
EOF

totals "2 passed, 1 failed, 0 skipped" "so is a plan not kept" <<'EOF'
plan 3
ok "one" true
ok "two" true
done_testing
EOF

totals "1 passed, 1 failed, 0 skipped" "so is a clean-up that fails" <<'EOF'
at_exit false
ok "true" true
done_testing
EOF

totals "0 passed, 0 failed, 1 skipped" "a skipped script is counted" <<'EOF'
skip_all "not here"
EOF

totals "1 passed, 0 failed, 0 skipped" "waiting ends with the state" <<'EOF'
at_exit rm -f "$tap_dir/there"
(sleep 0.2; touch "$tap_dir/there") &
ok "it comes" wait_for 60 test -e "$tap_dir/there"
done_testing
EOF

totals "1 passed, 0 failed, 0 skipped" "or at the deadline" <<'EOF'
wait_for 1 false
is $? 1 "it never comes"
done_testing
EOF

done_testing
