#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# nginx takes the configuration, and every error of its own has a page.
set -u
. "$(dirname "$0")/../helper/tap.sh"
cd "$(dirname "$0")/../.." || exit 1

mkdir "$tap_dir/run" "$tap_dir/log" "$tap_dir/tmp"
cp -R nginx/snippets "$tap_dir/"
sed -e "s|@DATA@|$tap_dir|" -e "s|@USER@||" nginx/dev.conf.in \
	>"$tap_dir/nginx.conf"
sed -e "s|@LISTEN@|127.0.0.1:8080|" -e "s|@SOCKET@|$tap_dir/run/fcgi.sock|" -e "s|@STREAM@|$tap_dir/run/stream.sock|" \
	-e "s|@LOG_DIR@|$tap_dir/log|" nginx/gatehouse.conf.in \
	>"$tap_dir/gatehouse.conf"

out=$(PATH=$PATH:/usr/sbin nginx -t -e "$tap_dir/log/nginx.log" \
	-c "$tap_dir/nginx.conf" 2>&1)
like "$out" 'test is successful' "nginx -t"
unlike "$out" 'warn|emerg' "no warning"
is "$(grep -rnE '@[A-Z_]+@' "$tap_dir/nginx.conf" "$tap_dir/snippets")" "" \
	"no placeholder is left"

# Each code that error_page sends to our page has a text of its own.
codes=$(sed -n '/^error_page/,/;/p' nginx/snippets/gatehouse-errors.conf |
	grep -oE '\b[45][0-9][0-9]\b' | grep -v 494 | sort -u)
for code in $codes; do
	ok "$code has a text" grep -qE "^	$code	\"" nginx/gatehouse.conf.in
done

done_testing
