#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The paths of streams are paths of the API: methods, errors, and what pages
# of other sites get to see; and the same of a WebSocket, where no browser asks.
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, ok
from live import Stream, WebSocket

PAGE = "http://localhost:5173"
LIVE = {"Accept": "text/event-stream"}
ALLOW = "Access-Control-Allow-"
app = App("gates", {})
app.edit("environments: [dev", 'api: {cors_origins: ["%s"]}\n'
         "environments: [dev" % PAGE)
gh = System().start(app)
sid = gh.session("x")
paths = ("events", "sessions/recent/events", f"sessions/{sid}/events")

# ---- methods

for path in paths:
    head = gh.ask("HEAD", path, **LIVE)
    is_((head.status, head.text, head.headers["Content-Type"]),
        (200, "", "text/event-stream; charset=utf-8"), f"HEAD {path:.22}")
    answer = gh.ask("OPTIONS", path, **LIVE)
    is_((answer.status, answer.text, answer.headers["Allow"]),
        (204, "", "GET, HEAD, OPTIONS"), f"OPTIONS {path:.22}")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = gh.ask(method, path, {}, **LIVE)
        is_((answer.status, answer.headers["Allow"], answer.code,
             answer.message), (405, "GET, HEAD, OPTIONS", "http_error",
                               "method not allowed"), f"{method} {path:.22}")
for method in ("HEAD", "OPTIONS", "GET", "POST"):
    is_(gh.ask(method, "ws/nothing", **LIVE).status, 404,
        f"{method} of no path")
is_(gh.ask("HEAD", "sessions/NO-1/events", **LIVE).status, 404,
    "HEAD of no session")
for name, headers in (("no upgrade", {}), ("no key", {
        "Upgrade": "websocket", "Sec-WebSocket-Version": "13"})):
    answer = gh.ask("GET", f"ws/sessions/{sid}/events", **headers)
    is_(answer.status, 404, f"{name}, no WebSocket")
    like(answer.message, "^a WebSocket is here", "and why")
for name, headers in (("another version", {"Sec-WebSocket-Version": "8"}),
                      ("half a key", {"Sec-WebSocket-Key": "AAAA"})):
    is_(WebSocket(gh, f"ws/sessions/{sid}/events", **headers).status, 404,
        f"{name}, no WebSocket")
is_(WebSocket(gh, f"ws/sessions/{sid}/events", **{
    "Sec-WebSocket-Protocol": "chat"}).status, 101, "no protocol is chosen")
web = WebSocket(gh, "events")
is_(web.status, 404, "no WebSocket where there is a stream")
like(web.body()["error"]["message"], "^no WebSocket is here", "and why")

# ---- what libwebsockets would answer in its own way, or wait for

for name, query in (("no escape", "since=%zz"), ("half of one", "x=%"),
                    ("a NUL", "x=%00"), ("no UTF-8", "kinds=%ff")):
    answer = gh.ask("GET", f"events?{query}", **LIVE)
    is_((answer.status, answer.code, answer.message),
        (422, "unprocessable_entity",
         "query string: not percent-encoded UTF-8"), name)
answer = gh.ask("BREW", "events", "x" * 100000, **LIVE)
is_((answer.status, answer.headers["Allow"], answer.code),
    (405, "GET, HEAD, OPTIONS", "http_error"), "a method of one's own")
stream = Stream(gh, "events?since=%31&x=%C3%A9+%26since=9")
is_(stream.next()["seq"], 2, "escapes are read")
stream.close()
for name, query, headers in (
        ("many arguments", "a=1&" * 3000, {}),
        ("as much as nginx lets through", "y" * 20000, {"Cookie": "z" * 20000}),
        ("many headers", "", {f"X-{n}": "y" for n in range(900)}),
        *((f"a header named {name}", "", {name: "\t\xe9"})
          for name in ("a", "Co", "X-Auth", "X-Gatehouse-Query"))):
    stream = Stream(gh, f"events?{query}", **headers)
    is_(stream.status, 200, name)
    stream.close()

# ---- 38: pages of other sites

for origin, name in ((PAGE, "a listed page"), (PAGE + "0", "an unlisted one"),
                     ("null", "a page of nowhere")):
    listed = PAGE if origin == PAGE else None
    for path in paths:
        stream = Stream(gh, path, Origin=origin)
        is_([stream.headers.get(h) for h in (
            "access-control-allow-origin", "vary",
            "access-control-allow-credentials")],
            [listed, "Origin", listed and "true"], f"{name}: {path:.22}")
        stream.close()
    answer = gh.ask("GET", "sessions/NO-1/events", Origin=origin, **LIVE)
    is_((answer.status, answer.headers[ALLOW + "Origin"]), (404, listed),
        f"{name}: a refusal")
    answer = gh.ask("OPTIONS", "events", Origin=origin, **{
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization,last-event-id"})
    is_((answer.status, answer.text, answer.headers[ALLOW + "Origin"],
         answer.headers[ALLOW + "Methods"], answer.headers[ALLOW + "Headers"]),
        (200, "", PAGE, "GET, HEAD, OPTIONS", "authorization,last-event-id")
        if listed else (204, "", None, None, None), f"{name}: a preflight")
answer = gh.ask("GET", "events?since=x")
is_((answer.status, answer.headers["Vary"]), (422, None),
    "who is no page is told nothing of it")
answer = gh.ask("OPTIONS", "events", Origin=PAGE, **{
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "a\"b"})
is_(answer.headers[ALLOW + "Headers"], None, "no header has such a name")

# ---- WebSockets: browsers ask nobody before they open one

for origin, status in ((PAGE, 101), (f"http://127.0.0.1:{gh.port}", 101),
                       ("http://127.0.0.1", 403), ("null", 403),
                       ("http://elsewhere.example", 403),
                       ("http://elsewhere.example/" + "x" * 300, 403)):
    web = WebSocket(gh, f"ws/sessions/{sid}/events", Host=
                    f"127.0.0.1:{gh.port}", Origin=origin)
    is_(web.status, status, f"a WebSocket of {origin:.40}")
    if status == 403:
        is_(web.body()["error"]["code"], "forbidden", "and is told")
    web.close()
ok(gh.pids("gatehouse-stream"), "it lives")
done()
