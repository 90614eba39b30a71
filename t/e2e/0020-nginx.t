#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What nginx adds to the application: limits, error bodies, request ids, the
# access log.
set -u
. "$(dirname "$0")/../helper/tap.sh"
. "$(dirname "$0")/../helper/gatehouse.sh"
gatehouse_start

# many COUNT: that many bytes.
many() {
	head -c "$1" /dev/zero | tr '\0' q
}

# header NAME: its value in the last answer.
header() {
	printf '%s\n' "$headers" | sed -n "s/^$1: //p"
}

# error STATUS CODE DESCRIPTION: the last answer is that envelope.
error() {
	is "$status" "$1" "$3: status"
	is "$(field '.error | "\(.code) \(.message | type) \(.details)"')" \
		"$2 string {}" "$3: envelope"
	is "$(field 'keys == ["error"]')" true "$3: nothing else"
	is "$(header Content-Type)" application/json "$3: content type"
}

api_get /
error 404 not_found "the root"
api_get /nowhere
error 404 not_found "an unknown path"
api_get /.gatehouse-error
error 404 not_found "the error page itself"
api TRACE /health
error 405 http_error "TRACE"
api_get "/api/v1/sessions?q=$(many 25000)"
error 414 http_error "a long request line"
api GET /health -H "X-Long: $(many 25000)"
error 431 http_error "a long header"
many 1048577 >"$tap_dir/big"
api POST /api/v1/sessions -H 'Content-Type: application/json' \
	--data-binary "@$tap_dir/big"
error 413 http_error "a body over 1 MiB"
api POST /api/v1/sessions -H 'Content-Type: application/json' \
	-H 'Transfer-Encoding: chunked' --data-binary "@$tap_dir/big"
error 413 http_error "a body over 1 MiB in chunks"

# What is within the limits reaches the application.
api_get "/api/v1/sessions?unknown=$(many 24000)"
unlike "$status" '^(000|414|5..)$' "a request line of 24,000 bytes passes"
many 1048576 >"$tap_dir/big"
api POST /api/v1/sessions -H 'Content-Type: application/json' \
	--data-binary "@$tap_dir/big"
is "$status" 422 "a body of 1 MiB passes"

# Raw requests that curl would not send.
raw() {
	python3 - "$port" "$1" <<-'EOF'
	import socket, sys
	s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
	s.sendall(sys.argv[2].encode().decode("unicode_escape").encode())
	answer = b""
	while True:
	    part = s.recv(65536)
	    if not part:
	        break
	    answer += part
	print(answer.decode().replace("\r", ""))
	EOF
}
out=$(raw 'NONSENSE\r\n\r\n')
like "$out" '^HTTP/1.1 400 ' "no HTTP at all: status"
like "$out" '^\{"error":\{"code":"bad_request",.*"details":\{\}\}\}$' \
	"no HTTP at all: envelope"
out=$(raw 'GET /health HTTP/3.1\r\nHost: x\r\n\r\n')
like "$out" '^HTTP/1.1 505 ' "a future version: status"
like "$out" '^\{"error":\{"code":"http_error",' "a future version: envelope"

api_get /health
id=$(header X-Request-Id)
like "$id" '^[0-9a-f]{32}$' "an answer carries its request id"
is "$(header Server)" nginx "no version is told"
is "$(header X-Content-Type-Options)" nosniff "types are not guessed"
is "$(header X-Frame-Options)" DENY "no frames"
is "$(header Referrer-Policy)" no-referrer "nothing is told to other sites"
is "$(header Cross-Origin-Resource-Policy)" same-origin "nor lent to them"
like "$(header Content-Security-Policy)" "^default-src 'none'; " \
	"nothing is loaded"
is "$(header Cache-Control)" no-store "nothing is kept"
api_get /nowhere
other=$(header X-Request-Id)
like "$other" '^[0-9a-f]{32}$' "so does an error"
ok "each has its own" test "$id" != "$other"

logged() {
	grep -q "$other" "$data/log/access.log"
}
ok "the access log names it" wait_for 60 logged
is "$(jq -r "select(.request_id == \"$other\") |
	\"\(.method) \(.uri) \(.status)\"" "$data/log/access.log")" \
	"GET /nowhere 404" "the access log is JSON"
is "$(jq -r 'select(.status | type != "number")' "$data/log/access.log")" "" \
	"each line of it"

# With the application gone.
fcgi=$(cat "$data/run/fcgi.pid")
kill -9 "$fcgi"
gatehouse_kill gatehouse-fcgi
api_get /api/v1/agents
error 502 http_error "no application"

done_testing
