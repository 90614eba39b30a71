#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The page of the API is what its sources make, and a route that is not
# described, or by a name that nothing has, stops the build.
set -u
. "$(dirname "$0")/../helper/tap.sh"
cd "$(dirname "$0")/../.." || exit 1

# describe TABLE: the description, of these routes.
describe() {
	awk -v mode=json -v version=1 -f fcgi/api/openapi.awk \
		fcgi/api/*.json "$1"
}

describe fcgi/routes.def >"$tap_dir/openapi.json"
docs/api.py <"$tap_dir/openapi.json" >"$tap_dir/api.md"
is "$(diff docs/api.md "$tap_dir/api.md" | head -n 10)" "" \
	"docs/api.md is up to date (else: make -C build api-page)"

# refused COMPLAINT ROW: the table with that row at its end.
refused() {
	refused_row=$((2 + $(wc -l <fcgi/routes.def)))
	{
		cat fcgi/routes.def
		printf 'ROUTE(GET, "/x", x_get, ROUTE_OPEN, SCOPE_ANY,\n'
		printf '%s\n' "$2"
	} >"$tap_dir/routes.def"
	describe "$tap_dir/routes.def" >"$tap_dir/out" 2>"$tap_dir/said"
	is "$? $(cat "$tap_dir/said")" \
		"1 $tap_dir/routes.def:$refused_row: $1" "refused: $1"
}

refused 'not in fcgi/api/, schemas: "Nothing"' \
	'"getX", "service", "X", "", "", "200 Nothing", "")'
refused 'not in fcgi/api/, schemas: "Nothing"' \
	'"getX", "service", "X", "", "Nothing", "204", "")'
refused 'not in fcgi/api/, parameters: "nothing"' \
	'"getX", "service", "X", "nothing", "", "204", "")'
refused 'not in fcgi/api/, responses: "418"' \
	'"getX", "service", "X", "", "", "204", "418")'
refused 'not a tag in fcgi/api/head.json: "nothing"' \
	'"getX", "nothing", "X", "", "", "204", "")'
refused 'twice: "getHealth"' '"getHealth", "service", "X", "", "", "204", "")'
refused '11 arguments, not 12' '"getX", "service", "X", "", "", "204")'
refused 'follows by itself: "422"' \
	'"getX", "service", "X", "", "", "204", "422")'
refused 'no answer' '"getX", "service", "X", "", "", "", "")'

done_testing
