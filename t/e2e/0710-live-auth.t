#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Who may listen: tokens, cookies, roles, what cannot be forged.
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, ok
from live import Stream, WebSocket

gh = System().start(App("gates", {}), auth=True)
gh.load(App("turns", {}))
mine = gh.token("ann", "viewer@gates")
admin = gh.token("root", "admin")
every = gh.token("eve", "viewer")


def start(app):
    answer = gh.ask("POST", "sessions", {
        "query": "x", "environment": "dev", "app": app,
        "submitter": {"id": "t"}}, **admin)
    return answer.body["session_id"]


sid, other = start("gates"), start("turns")
for path in ("events", f"sessions/{sid}/events", "sessions/recent/events"):
    for name, headers, status in (
            ("nobody", {}, 401), ("a wrong token",
             {"Authorization": "Bearer ghs_" + "A" * 43}, 401),
            ("a forged user", {"X-Gatehouse-User": "root"}, 401),
            ("a viewer", every, 200), ("an admin", admin, 200)):
        stream = Stream(gh, path, **headers)
        is_(stream.status, status, f"{name} asks for {path:.20}")
        if status == 401:
            is_(stream.body()["error"]["code"], "unauthorized", "and is told")
        stream.close()
is_(WebSocket(gh, f"ws/sessions/{sid}/events").status, 401,
    "a WebSocket of nobody is refused")

# ---- one application alone

stream = Stream(gh, "sessions/recent/events", **mine)
is_(stream.next("session.created")["session_id"], sid, "its own is told of")
third = start("gates")
is_(stream.next("session.created")["session_id"], third,
    "and the next of its own, not the other between")
stream.close()
is_(Stream(gh, f"sessions/{other}/events", **mine).status, 403,
    "another application's session is refused")
is_(Stream(gh, f"events?sessions={sid},{other}", **mine).status, 403,
    "among others, too")

# ---- the page's cookie

answer = gh.ask("POST", "login", {
    "token": every["Authorization"][len("Bearer "):]})
cookie = answer.headers["Set-Cookie"].split(";")[0]
stream = Stream(gh, f"sessions/{sid}/events", Cookie=cookie)
is_(stream.next()["seq"], 1, "a cookie does, as EventSource sends nothing else")
stream.close()

# ---- what a browser is told, and who guesses

for name, headers in (("a stream", every), ("a refusal", {})):
    stream = Stream(gh, "events", **headers)
    is_([stream.headers.get(h) for h in (
        "x-content-type-options", "x-frame-options", "referrer-policy",
        "cache-control", "cross-origin-resource-policy")],
        ["nosniff", "DENY", "no-referrer", "no-store", "same-origin"],
        f"{name} protects a browser")
    stream.close()
guess = {"Authorization": "Bearer ght_1_" + "y" * 43}
found = [Stream(gh, "events", **guess).status for _ in range(12)]
ok(found[:5] == [401] * 5 and found[-1] == 429,
   f"who guesses is not looked at any more: {found}")
stream = Stream(gh, "events", **every)
is_((stream.status, stream.body()["error"]["code"],
     stream.headers.get("retry-after", "none").isdigit()),
    (429, "rate_limited", True), "nor is what is right, from there, for a while")
secret = every["Authorization"][len("Bearer "):]
ok(secret not in gh.log("stream"), "no secret in the log")
done()
