#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Requests that no proper client sends, byte by byte: cut anywhere, pipelined,
# with a length in doubt, with odd headers and paths. Each gets one answer in
# the envelope, or none; none leaves a row, says what was sent, or lacks a
# header that protects a browser.
import json
import re
import socket
import struct
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, diag, done, is_, ok

gh = System().start(App("gates", {"[gate]": [[("box:high", {"n": 1})]]}))
BODY = b'{"query":"cut","environment":"dev"}'
TYPE = b"Content-Type: application/json"
KEPT = b"Connection: keep-alive"
EVIL = "<script>alert(1)</script>"
heads = {}              # status: the head of each answer with it
wrong = []              # what errors say that they must not


def link():
    return socket.create_connection(("127.0.0.1", gh.port), 20)


def head(method, path, *lines):
    """It asks for the end of the connection, unless lines have KEPT."""
    lines = [b"Connection: close", *lines] if KEPT not in lines else lines
    return b"\r\n".join([b"%s %s HTTP/1.1" % (method, path), b"Host: x",
                         *lines, b"", b""])


def post(path, body, *lines):
    return head(b"POST", path, TYPE, b"Content-Length: %d" % len(body),
                *lines) + body


def look(text):
    """The statuses of the answers in it, each of which is looked at."""
    found = []
    for part in re.split(rb"(?=HTTP/1\.1 \d{3} )", text)[1:]:
        top, body = part.split(b"\r\n\r\n", 1)
        status = int(top[9:12])
        found.append(status)
        heads.setdefault(status, []).append(top.decode("latin-1"))
        if status >= 400:
            try:
                json.loads(body)["error"]["code"]
            except (ValueError, KeyError):
                wrong.append(part)
            if b"<" in body:
                wrong.append(part)
    return found


def is_over(text):
    """Is there a whole answer that is the last? nginx may linger then."""
    last = re.search(rb"\r\nContent-Length: (\d+)\r\n(?:.+\r\n)*?Connection: "
                     rb"close\r\n(?:.+\r\n)*\r\n((?s:.*))$", text)
    return last is not None and len(last[2]) == int(last[1])


def talk(data, end=False):
    """Statuses of what comes back; end: nothing follows the data."""
    with link() as it:
        text = b""
        try:
            it.sendall(data)
            if end:
                it.shutdown(socket.SHUT_WR)
            while not is_over(text) and (part := it.recv(65536)):
                text += part
        except ConnectionError:
            pass
        return look(text)


def count(table="session"):
    return gh.sql(f"SELECT count(*) FROM {table}")[0][0]


# ---- cut at every byte: a start, one in chunks, and a verdict

sid = gh.session("[gate]")
gh.wait(sid, "awaiting_input")
gate = gh.gates(sid)[0]["gate_id"].encode()
START = b"/api/v1/sessions"
VOTE = b"/api/v1/sessions/%s/approvals/%s" % (sid.encode(), gate)
chunked = head(b"POST", START, TYPE, b"Transfer-Encoding: chunked") + \
    b"5\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (BODY[:5], len(BODY) - 5, BODY[5:])
before = count(), count("vote")
held = []
for name, whole, good in (
        ("a start", post(START, BODY), 201), ("in chunks", chunked, 201),
        ("a verdict", post(VOTE, b'{"decision":"approve","approver":"a"}'),
         200)):
    found = set()
    for n in range(len(whole)):
        found.update(talk(whole[:n], end=True))
        with link() as it:      # gone, with a reset
            it.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          struct.pack("ii", 1, 0))
            it.sendall(whole[:n])
        held.append(link())     # goes no further
        held[-1].sendall(whole[:n])
    ok(found <= {400}, f"{name}, cut at each of {len(whole)} bytes: {found}")
    is_(talk(post(START, b"[]")), [422], "others are answered meanwhile")
    is_((count(), count("vote")), before, f"{name}: no row")
    is_(gh.row(sid)["status"], "awaiting_input", f"{name}: nothing is decided")
for it in held:
    it.close()
is_((count(), count("vote")), before, "nor after they have gone")
is_([talk(post(START, BODY)), talk(chunked),
     talk(post(VOTE, b'{"decision":"approve","approver":"a"}'))],
    [[201], [201], [200]], "whole ones are taken")

# ---- several in one

before = count()
is_(talk(head(b"GET", b"/health", KEPT) + post(START, BODY, KEPT) +
         head(b"GET", b"/nothing", KEPT) + head(b"GET", b"/health")),
    [200, 201, 404, 200],
    "pipelined requests are answered one by one, in their order")
is_(count(), before + 1, "each once")
inner = post(START, BODY)
is_(talk(head(b"GET", b"/api/v1/tools", b"Content-Length: %d" % len(inner)) + inner), [200],
    "a request in a body is a body")
is_(count(), before + 1, "and starts nothing")

# ---- how long is it?

before = count()
N = b"Content-Length: %d" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked"
for lines, body, status in (
        ([N, N], BODY, 400), ([N, b"Content-Length: 1"], BODY, 400),
        ([N, CHUNKED], b"0\r\n\r\n", 400), ([CHUNKED, N], BODY, 400),
        ([CHUNKED, CHUNKED], b"0\r\n\r\n", 400),
        ([b"Transfer-Encoding: gzip, chunked"], b"0\r\n\r\n", 501),
        ([b"Transfer-Encoding: identity", N], BODY, 501),
        ([CHUNKED], b"zz\r\n" + BODY, 400), ([CHUNKED], b"-1\r\n", 400),
        ([CHUNKED], b"5\r\nabcdefgh\r\n0\r\n\r\n", 400),
        ([CHUNKED], b"f" * 17 + b"\r\n", 400),
        ([CHUNKED], b"200000\r\n" + BODY, 413),
        ([b"Content-Length: -1"], BODY, 400),
        ([b"Content-Length: +35"], BODY, 400),
        ([b"Content-Length: 0x23"], BODY, 400),
        ([b"Content-Length: 35, 35"], BODY, 400),
        ([b"Content-Length: " + b"9" * 30], BODY, 400),
        ([b"Content-Length: 2000000"], BODY, 413)):
    is_(talk(head(b"POST", START, TYPE, *lines) + body), [status],
        f"{b' '.join(lines)[:60]!r} {body[:12]!r}: {status}")
is_(count(), before, "none of them started anything")

# ---- headers that are none

for lines in ([b"Host: y"], [b"X-A\0B: 1"], [b"X-A: 1\0 2"], [b"X-A: 1", b" 2"],
              [b"X-A: 1\rX-B: 2"], [b"X-A 1"], [b" X-A: 1"], [b": 1"],
              [b"Content-Length : 5"]):
    is_(talk(head(b"GET", b"/health", *lines)), [400],
        f"{b' '.join(lines)!r}: 400")
is_(talk(b"GET /health HTTP/1.1\r\n\r\n"), [400], "no Host: 400")
is_(talk(b"GET /health HTTP/1.1\r\nHost: a b\r\n\r\n"), [400],
    "a Host that is none: 400")
is_(talk(head(b"GET", b"/health", b"X-A: " +
              b"x" * 30000)), [431], "one of 30 KB: 431")
is_(talk(head(b"GET", b"/health", *[
    b"X-%d: %s" % (n, b"x" * 1000) for n in range(60)])), [431],
    "60 of 1 KB: 431")
# With the two that are there already; each grows on its way to FastCGI.
for number, size, status in ((998, 0, 200), (999, 0, 431), (998, 38, 200),
                             (300, 140, 200), (998, 50, 431)):
    is_(talk(head(b"GET", b"/api/v1/tools", *[
        b"X-%03x: %s" % (n, b"x" * size) for n in range(number)])), [status],
        f"{number} headers of {size} bytes: {status}")
is_(talk(b"\0" * 100), [400], "no request at all: 400")
is_(talk(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200), [400],
    "TLS where there is none: 400")

# ---- paths

ID = sid.encode()
for path, statuses in (
        (b"/api/v1/sessions/%00", {400}), (b"/api/v1/sessions/\0", {400}),
        (b"/api/v1/sessions/%zz", {400}), (b"/api/v1/sessions/%", {400}),
        (b"/../../etc/passwd", {400}), (b"/api/v1/../../../health", {400}),
        (b"/%2e%2e/%2e%2e/etc/passwd", {400}),
        (b"/api/v1/sessions/..%2f..%2f..%2f..%2f..%2fetc/passwd", {400}),
        (b"/api/v1/sessions/..%5c..%5cetc", {404}),
        (b"/api/v1//sessions", {404}), (b"//api/v1/sessions", {404}),
        (b"/api/v1/sessions/%ff%fe", {404}),
        (b"/api/v1/sessions/\xff\xfe", {404}),
        (b"/api/v1/sessions/%c0%ae%c0%ae", {404}),
        (b"/api/v1/sessions/" + ID + b"%00", {400}),
        (b"/api/v1/sessions/" + ID + b"%20", {404}),
        (b"/api/v1/sessions/" + ID + b"%2f..%2fnothing%2ffull", {404}),
        (b"/api/v1/sessions/" + ID + b";x=1", {404}),
        (b"/api/v1/sessions/" + b"%3cscript%3e", {404}),
        (b"http://other.example/health", {200}), (b"*", {400})):
    found = talk(head(b"GET", path))
    ok(len(found) == 1 and found[0] in statuses,
       f"{path[:60]!r}: {statuses}") or diag(found)

# ---- what is sent is not said again: not in an error, not in a header

text = EVIL + "\r\nX-Evil: 1"
hidden = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%0d%0aX-Evil:%201"
for name in ("Cookie", "Authorization", "If-Match", "If-None-Match", "Origin",
             "Idempotency-Key", "Accept", "X-Request-Id", "Referer",
             "Access-Control-Request-Headers", "Last-Event-ID", "Range",
             "Sec-Fetch-Site", "X-Gatehouse-CSRF", "Content-Type", "Via"):
    line = f"{name}: {EVIL}\xff".encode("latin-1")
    for data in (post(START, b"{}", line), post(VOTE, b"{}", line),
                 head(b"OPTIONS", START, line,
                      b"Access-Control-Request-Method: POST"),
                 head(b"GET", START + b"/" + ID, line)):
        talk(data)
for path in (f"sessions?{hidden}=1", f"sessions?status={hidden}",
             f"sessions?cursor={hidden}", f"sessions?limit={hidden}",
             f"sessions?sort={hidden}", f"sessions?app={hidden}",
             f"sessions/{hidden}", f"sessions/{hidden}/full",
             f"approvals?kind={hidden}", f"approvals/{hidden}",
             f"approvals?deadline_before={hidden}", f"{hidden}",
             f"sessions/{sid}/events?since={hidden}", f"/{hidden}",
             f"/incidents/{hidden}"):
    path = path if path[0] == "/" else "/api/v1/" + path
    talk(head(b"GET", path.encode()))
ASKED = {"query": "q", "environment": "dev"}
for path, body in (
        ("sessions", {**ASKED, "environment": text}),
        ("sessions", {**ASKED, "app": text}), ("sessions", {text: 1}),
        ("sessions", {**ASKED, "state_overrides": {"query": text}}),
        ("sessions", {**ASKED, "submitter": {"id": {text: 1}}}),
        ("login", {"token": text}), ("login", {text: text}),
        ("approvals", {"decisions": [{"gate_id": text, "decision": text}]}),
        (f"sessions/{sid}/approvals/g1", {"decision": text, "approver": "a"}),
        (f"sessions/{sid}/approvals/g1", {"decision": "edit", "approver": "a",
                                          "args": {text: text}}),
        (f"sessions/{sid}/resume", {"decision": text}),
        (f"sessions/{sid}/un-duplicate", {"retracted_by": {text: 1}})):
    talk(post(b"/api/v1/" + path.encode(), json.dumps(body).encode()))
talk(head(b"<SCRIPT>", b"/health"))
talk(head(b"PATCH", START))
ok(len(heads) >= 12, f"answers of {sorted(heads)}")
is_(wrong[:3], [], "every error is the envelope, and none has markup")

# ---- what every answer has

WANT = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors "
        "'none'; base-uri 'none'"}
is_(sorted({(status, name) for status, tops in heads.items() for top in tops
            for name, value in WANT.items()
            if top.count(f"\r\n{name}: {value}\r\n") +
            top.endswith(f"\r\n{name}: {value}") != 1}), [],
    "every answer protects a browser, once")
everything = "\n".join(top for tops in heads.values() for top in tops)
ok("<" not in everything and not re.search("(?im)^x-evil", everything),
   "no header says what was sent")
ids = re.findall(r"(?m)^X-Request-Id: (\S*)\r?$", everything)
ok(all(re.fullmatch("[0-9a-f]{32}", i) for i in ids) and
   len(set(ids)) == len(ids) == sum(map(len, heads.values())),
   "each has a request id of its own, and not the client's")
is_(re.findall(r"(?m)^Server: (?!nginx\r?$).*|^X-Powered.*", everything), [],
    "and no version")
types = set(re.findall(r"(?m)^Content-Type: (.*?)\r?$", everything))
ok(types <= {"application/json", "text/plain", "text/html"},
   f"types: {types}")
gh.sound()
done()
