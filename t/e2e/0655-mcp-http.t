#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The runner's MCP client and a server over Streamable HTTP, good or bad, of
# either era.
import json
import re
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import done, is_, like, ok, wait_for
from mcp_client import Client
from mcp_http_server import HttpServer
from mcp_server import LEGACY, MODERN

SECRET = "s3cret-of-the-server"
JSON = {"Content-Type": "application/json"}


def text(end):
    return end["result"]["content"][0]["text"]


def starts(what, spoken, *options, **given):
    server = HttpServer(**given)
    client = Client(*options, server.url)
    is_(client.ready()["version"], spoken, what)
    return client, server


# ---- which era, and the headers of each

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
for era, spoken in (("legacy", LEGACY), ("modern", MODERN)):
    client, server = starts(f"{era}, traced", spoken, era=era)
    client.call("raw", {})
    client.trace(TRACE)
    client.call("raw", {})
    is_([h.get("traceparent") for h in server.headers("tools/call")],
        [None, TRACE], f"{era}: the trace of a call, as header")
    is_([m["params"]["_meta"].get("traceparent") for m in
         server.heard("tools/call")], [None, TRACE], f"{era}: and as _meta")
    client.close()

for sse in (False, True):
    how = "events" if sse else "JSON"
    client, server = starts(f"{how}: legacy", LEGACY, era="legacy", sse=sse)
    like(text(client.call("raw", '{"n": 9007199254740993}')),
         r'"arguments":\{"n": 9007199254740993\}', f"{how}: a call")
    is_(client.call("error", {"why": "no"})["result"],
        {"error": "no (code -32603)"}, f"{how}: a refusal")
    client.close()
    is_([m["method"] for m in server.heard()],
        ["server/discover", "initialize", "notifications/initialized",
         "tools/list", "tools/call", "tools/call"], f"{how}: in this order")
    is_([server.headers(m)[0].get("MCP-Protocol-Version") for m in
         ("initialize", "notifications/initialized", "tools/call")],
        [None, LEGACY, LEGACY], f"{how}: the version once it is agreed on")
    is_(server.headers("tools/call")[0]["Accept"],
        "application/json, text/event-stream", f"{how}: both are accepted")
    client, server = starts(f"{how}: modern", MODERN, era="modern", sse=sse)
    like(text(client.call("raw", {"n": 1})), '"n": 1', f"{how}: a call")
    client.call("typed", {"a": "Hello, \u4e16"})
    is_([(h["MCP-Protocol-Version"], h["Mcp-Method"], h.get("Mcp-Name"))
         for h in server.headers("tools/list") + server.headers("tools/call")],
        [(MODERN, "tools/list", None), (MODERN, "tools/call", "raw"),
         (MODERN, "tools/call", "typed")], f"{how}: what is asked, as headers")
    is_(server.headers("tools/call")[1].get("Mcp-Param-A"),
        "=?base64?SGVsbG8sIOS4lg==?=", f"{how}: and arguments that are wanted")
    client.close()
    ok(not server.headers("DELETE") and not server.headers("GET"),
       f"{how}: there is no session, and nothing to listen to by GET")

server = HttpServer()
server.next = [(404, JSON, json.dumps({"jsonrpc": "2.0", "id": 1, "error": {
    "code": -32601, "message": "Method not found"}}).encode())]
client = Client(server.url)
is_(client.ready()["version"], LEGACY, "404 and no method may be the past")
client.close()
client, server = starts("whoever refuses a version and knows it: again",
                        MODERN, era="modern", refuse=1)
ok("bad" not in [t["name"] for t in client.seen],
   "a tool with headers that are none")
client.close()
server = HttpServer(era="modern")
client = Client(server.url)
ok("bad" not in [t["name"] for t in client.ready()["tools"]],
   "is left out, and the others are not")
client.close()

# ---- sessions

for how in (True, "400"):
    client, server = starts(f"a session ({how})", LEGACY, session=how)
    client.call("raw", {})
    server.sessions = 7                 # and nobody knows ours any more
    ok(not client.call("raw", {})["error"], "when it is lost, another one")
    is_([len(server.heard(m)) for m in ("initialize", "tools/call")], [2, 3],
        "and the call that was refused once more")
    is_(server.headers("tools/call")[2]["Mcp-Session-Id"], "s8",
        "in the new one")
    client.close()
    is_(server.headers("DELETE")[0]["Mcp-Session-Id"], "s8",
        "which is ended at the end")
client, server = starts("a session that is always lost", LEGACY,
                        session=True)
server.next = [(404, JSON, b""), (200, JSON, json.dumps({
    "jsonrpc": "2.0", "id": 5, "result": {"protocolVersion": LEGACY,
                                          "capabilities": {}}}).encode()),
               (404, JSON, b""), (404, JSON, b"")]
end = client.call("raw", {})
ok(end["error"] and not end["lost"], "fails after one more try")
client.close()
client, server = starts("an id of a session that no header can carry",
                        LEGACY)
client.close()

# ---- what the server says unasked

client, server = starts("a stream is listened to", LEGACY, get=True)
wait_for("the stream", lambda: server.streams)
client.call("grow", {"times": 4})
ok("grown22" in [t["name"] for t in client.ready()["tools"]],
   "and changes of the list come by it")
is_(client.call("ask", {"method": "roots/list"})["result"]["error"]["code"],
    -32601, "a question there is answered by POST")
client.close()
client, server = starts("modern: a subscription", MODERN, era="modern")
wait_for("the subscription", lambda: server.protocol.listeners)
client.call("grow", {})
ok("grown22" in [t["name"] for t in client.ready()["tools"]],
   "tells of changes")
client.close()

# ---- streams that break

client, server = starts("a stream that is cut", LEGACY, "-c", "30000",
                        sse=True)
server.cut = 1
end = client.call("slow", {"steps": 3, "ms": 50})
is_(text(end), "done", "is taken up again where it was")
is_([h["Last-Event-ID"] for h in server.headers("GET")
     if "Last-Event-ID" in h], ["e1"], "after the last event that came")
server.cut, server.missed, server.mute = 0, [], 1
is_(text(client.call("slow", {"steps": 1, "ms": 1, "progress": False})),
    "done", "and once more if it says nothing then")
client.close()
client, server = starts("modern: a stream that is cut", MODERN, era="modern",
                        sse=True)
server.cut = 1
end = client.call("slow", {"steps": 3, "ms": 50})
ok(end["error"] and end["lost"], "is lost, and so is the call")
client.close()

# ---- calls that take long, or are not wanted any more

client, server = starts("legacy: the end of a call is told", LEGACY, "-c",
                        "2500", sse=True)
alive, silent = (client.start("slow", {"steps": 8, "ms": 400, "progress": how})
                 for how in (True, False))
is_(text(client.end(alive)), "done", "progress keeps it alive")
like(client.end(silent)["result"]["error"], "timed out after 2.5 s",
     "silence does not")
number = client.start("hang", {})
client.cancel(number)
client.end(number)
wait_for("it is told", lambda: len(server.protocol.cancelled) == 2)
ok(True, "by a message of its own")
client.close()
client, server = starts("modern: it is not", MODERN, era="modern", sse=True)
number = client.start("hang", {})
client.cancel(number)
is_(client.end(number)["result"]["error"], "cancelled",
    "it just hangs up")
client.call("raw", {})
is_(server.heard("notifications/cancelled"), [], "and says no word")
client.close()

# ---- lies, and less

for era in ("legacy", "modern"):
    client, server = starts(f"{era}: and then it lies",
                            LEGACY if era == "legacy" else MODERN, "-b",
                            "100000", "-c", "3000", era=era, sse=True)
    is_(text(client.call("twice", {})), "first",
        f"{era}: of two answers the first counts")
    is_(text(client.call("wrong", {})), "this one",
        f"{era}: answers to nothing are ignored")
    is_(text(client.call("garbage", {})), "after all",
        f"{era}: events that are no messages are ignored")
    like(client.call("none", {})["result"]["error"], "no result",
         f"{era}: a result that is none")
    is_(len(text(client.call("huge", {"bytes": 90000}))), 90000,
        f"{era}: a large answer")
    like(client.call("huge", {"bytes": 110000})["result"]["error"],
         "larger than 100000 bytes", f"{era}: one that is too large")
    like(client.call("flood", {})["result"]["error"],
         "larger than 100000|without an answer",
         f"{era}: one without an end")
    client.call("deep", {})
    is_(text(client.call("lines", {"text": ""})), "0",
        f"{era}: and all of that was one call's matter each")
    client.close()
client, server = starts("answers that are none", LEGACY, "-b", "100000")
for what, answer, why in (
        ("nothing", (200, JSON, b""), "no message"),
        ("text", (200, JSON, b"Hello"), "no message"),
        ("another id", (200, JSON, b'{"id":999,"result":{}}'),
         "not to this request"),
        ("too large", (200, JSON, b" " * 110000), "larger than 100000"),
        ("accepted", (202, {}, b""), "no message"),
        ("a page", (500, {"Content-Type": "text/html"}, b"<html>"),
         "status 500"),
        ("too many requests", (429, JSON, b""), "status 429"),
        ("a redirect", (307, {"Location": "http://127.0.0.1:1/"}, b""),
         "it redirects, which is not followed"),
        ("forbidden", (403, {"WWW-Authenticate": 'Bearer scope="more"'},
                       b""), 'does not let us in.*scope="more"'),
        ("a header mismatch of the past", (400, JSON, json.dumps(
            {"id": 1, "error": {"code": -32020, "message": "no"}}).encode()),
         r"no \(code -32020\)")):
    server.next = [answer]
    end = client.call("raw", {})
    like(end["result"]["error"], why, what)
ok(not client.call("raw", {})["error"], "and then all is well")
client.close()

# ---- modern: its idea of the headers is newer than ours

client, server = starts("modern: headers that are wrong", MODERN,
                        era="modern")
mismatch = (400, JSON, json.dumps({"jsonrpc": "2.0", "id": 1, "error": {
    "code": -32020, "message": "Bad Request: headers"}}).encode())
server.next = [mismatch]
ok(not client.call("typed", {"a": "x"})["error"],
   "the list is read again, and the call repeated")
is_([len(server.heard(m)) for m in ("tools/list", "tools/call")], [2, 2],
    "once each")
server.next = [mismatch, None, mismatch]        # None: the list, as ever
ok(client.call("typed", {"a": "x"})["error"], "but not for ever")
is_(len(server.heard("tools/call")), 4, "just once")
client.close()

# ---- who may

server = HttpServer(token=SECRET)
client = Client("-h", f"Authorization: Bearer {SECRET}", server.url)
is_(client.ready()["version"], LEGACY, "a header of ours lets us in")
server.next = [(500, JSON, json.dumps({"id": 1, "error": {
    "code": 1, "message": f"you said Bearer {SECRET}!"}}).encode())]
end = client.call("raw", {})
like(end["result"]["error"], r"you said Bearer \*+!",
     "and is masked where the server repeats it")
server.token = "another one"
end = client.call("raw", {})
like(client.down(), 'status 401: .*scope="tools"',
     "one that is of no use any more is the end")
client.close()
ok(SECRET not in client.log(), "no log has it")
client = Client(server.url)
like(client.down(), "status 401", "without it there is no start")
client.close()

# ---- nobody there

client, server = starts("a server that goes", LEGACY)
server.stop()
ends = [client.call("raw", {}) for _ in range(3)]
ok(all(e["error"] and not e["lost"] for e in ends),
   "calls fail, and were never sent")
like(client.down(), "cannot be reached", "which is told after some")
client.close()
client = Client(server.url)
like(client.down(), "cannot be reached", "and so it is from the start")
client.close()
for url in ("ftp://127.0.0.1/", "nonsense", "http://"):
    client = Client("-s", "3000", url)
    ok(client.down(), f"no URL: {url}")
    client.close()
done()
