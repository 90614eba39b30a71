#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Through nginx: what a client has already is not sent again, HEAD is GET
# without a body, OPTIONS tells what a path knows, and pages of other sites
# get to see what an application that lists them lets them. Long answers are
# packed.
import gzip
import http.client
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, ok, say

app = App("gates", {"[gate]": [[("box:high", {"n": 1})], say("done")]})
PAGE = "http://localhost:5173"
app.edit("environments: [dev", 'api: {cors_origins: ["%s"]}\n'
         "environments: [dev" % PAGE)
gh = System().start(app, auth=True)
gh.headers = gh.token("ann", "operator,approver")
sid = gh.run("[gate]", "awaiting_input")["id"]
gate = gh.gates(sid)[0]["gate_id"]

# ---- If-None-Match

tags = {}
for path in (f"sessions/{sid}", f"sessions/{sid}/full", f"approvals/{gate}"):
    answer = gh.ask("GET", path)
    tags[path] = answer.headers["ETag"]
    same = gh.ask("GET", path, **{"If-None-Match": tags[path]})
    is_((same.status, same.text, same.headers["ETag"]),
        (304, "", tags[path]), f"{path}: what one has is not sent again")
    other = gh.ask("GET", path, **{"If-None-Match": '"x"'})
    is_((other.status, other.headers["ETag"]), (200, tags[path]),
        f"{path}: another tag gets all of it")
    is_(gh.ask("GET", path, Authorization="Bearer x",
               **{"If-None-Match": tags[path]}).status, 401,
        f"{path}: a tag is no ticket")
gh.decide(sid, "approve")
gh.wait(sid, "needs_review")
for path, tag in tags.items():
    answer = gh.ask("GET", path, **{"If-None-Match": tag})
    ok(answer.status == 200 and answer.headers["ETag"] != tag,
       f"{path}: a change is seen")

# ---- If-Match

for path in (f"sessions/{sid}", f"sessions/{sid}/full"):
    tag = gh.ask("GET", path).headers["ETag"]
    for seen, status in ((tags[path], 412), (tag, 200), (tag, 412)):
        answer = gh.ask("PATCH", f"sessions/{sid}",
                        {"extra_fields": {"n": path, "s": status}},
                        **{"If-Match": seen})
        is_(answer.status, status, f"If-Match of {path}: {status}")
    is_(gh.row(sid)["extra_fields"]["s"], 200, "what is refused is not done")
tag = gh.ask("GET", f"sessions/{sid}").headers["ETag"]
is_([gh.ask("DELETE", f"incidents/{sid}", **{"If-Match": seen}).status
     for seen in ('"x"', tag)], [412, 200], "and so with DELETE")

# ---- HEAD, and OPTIONS

for path in ("/health", "me", "agents", "tools", "tool-servers",
             "environments", "approvals?app=gates", "sessions",
             "sessions/recent", *tags, f"sessions/{sid}/events",
             f"sessions/{sid}/messages", f"sessions/{sid}/approvals",
             "sessions/none", "/nothing"):
    answer, head = gh.ask("GET", path), gh.ask("HEAD", path)
    is_((head.status, head.text, head.headers["Content-Type"]),
        (answer.status, "", answer.headers["Content-Type"]), f"HEAD {path}")
is_(gh.ask("HEAD", "agents").headers["Content-Length"],
    str(len(gh.ask("GET", "agents").text.encode())), "HEAD: the length")
link = http.client.HTTPConnection("127.0.0.1", gh.port, timeout=30)
for method in ("HEAD", "GET", "HEAD", "HEAD", "GET"):
    link.request(method, "/health")
    answer = link.getresponse()
    is_((answer.status, len(answer.read())),
        (200, 15 if method == "GET" else 0), f"{method}, over and over")
link.close()
answer = gh.ask("OPTIONS", f"sessions/{sid}", Authorization="")
is_((answer.status, answer.text, answer.headers["Allow"]),
    (204, "", "GET, HEAD, PATCH, DELETE, OPTIONS"), "OPTIONS, by anybody")
is_(gh.ask("OPTIONS", "nothing").status, 404, "OPTIONS of no path")

# ---- 38: pages of other sites

ALLOW = "Access-Control-Allow-"
token, gh.headers = gh.headers, {}
for origin, name in ((PAGE, "a listed page"), (PAGE + "0", "an unlisted one")):
    listed = PAGE if origin == PAGE else None
    answer = gh.ask("OPTIONS", "sessions", Origin=origin, **{
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type"})
    is_((answer.status, answer.text, answer.headers[ALLOW + "Origin"]),
        (200 if listed else 204, "", listed), f"38 the preflight of {name}")
    is_("POST" in (answer.headers[ALLOW + "Methods"] or ""), bool(listed),
        f"38 {name}: POST")
    is_(answer.headers[ALLOW + "Headers"],
        listed and "authorization,content-type", f"{name}: any header")
    for path, headers, status in (("me", token, 200), ("me", {}, 401),
                                  ("nothing", {}, 404)):
        answer = gh.ask("GET", path, Origin=origin, **headers)
        is_((answer.status, answer.headers[ALLOW + "Origin"],
             answer.headers["Vary"]), (status, listed, "Origin"),
            f"{name}: {status}")
ASKED = {"query": "[gate]", "environment": "dev"}
foreign = {"Origin": PAGE, "Sec-Fetch-Site": "cross-site"}
is_(gh.ask("POST", "sessions", ASKED, **foreign, **token).status, 201,
    "a listed page with a token starts a session")
answer = gh.ask("POST", "login", {"token": token["Authorization"][7:]},
                **{"X-Gatehouse-CSRF": "1"})
page = {"Cookie": (answer.headers["Set-Cookie"] or "").split(";")[0],
        "X-Gatehouse-CSRF": "1"}
is_(gh.ask("GET", "me", **page).status, 200, "our own page has a cookie")
is_(gh.ask("POST", "sessions", ASKED, **foreign, **page).status, 403,
    "with which a listed page changes nothing")
gh.headers = token

# ---- gzip


def fetch(path, **headers):
    link = http.client.HTTPConnection("127.0.0.1", gh.port, timeout=30)
    link.request("GET", path, headers={"Accept-Encoding": "gzip", **token,
                                       **headers})
    answer = link.getresponse()
    return answer, link


def told(answer):
    return (answer.status, answer.headers["Content-Encoding"],
            answer.headers["Vary"])


path = "/api/v1/sessions/" + gh.run("long " + "x" * 8000)["id"]
plain = gh.ask("GET", path)
is_(told(plain), (200, None, "Accept-Encoding"), "who does not ask for gzip")
answer, link = fetch(path, Via="1.1 front")
packed = answer.read()
is_(told(answer), (200, "gzip", "Accept-Encoding"), "who asks for it, through others, too")
ok(gzip.decompress(packed).decode() == plain.text and
   len(packed) < len(plain.text) / 2, "gets the same, smaller")
tag = answer.headers["ETag"]
is_(tag, "W/" + plain.headers["ETag"], "its tag is weak")
is_(gh.ask("GET", path, **{"If-None-Match": tag}).status, 304, "and good")
link.close()
answer, link = fetch("/api/v1/me")
is_(told(answer), (200, None, None), "a small answer stays as it is")
link.close()
answer, link = fetch(path + "/events", Accept="text/event-stream")
is_((answer.status, answer.headers["Content-Encoding"],
     answer.headers["Content-Type"].split(";")[0]),
    (200, None, "text/event-stream"), "as does a stream")
link.close()
gh.sound()
done()
