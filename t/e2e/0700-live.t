#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Events as they happen, over Server-Sent Events and WebSocket through nginx:
# 186 to 193, 195, 198, 199, 201.
import os
import re
import sys
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, ok, say, wait_for
from live import PING, Closed, Stream, WebSocket, add_events

gh = System().start(App("gates", {
    "gate.": [[("box:high", {"text": "a\nb"})], say("done")],
    "calls.": [[("box:low", {"n": n}) for n in range(8)]] * 20 + [say()],
}))
sid = gh.session("gate.")
gh.wait(sid, "awaiting_input")
rows = gh.events(sid)

# ---- the backlog, then what happens

stream = Stream(gh, f"sessions/{sid}/events")
is_(stream.status, 200, "a stream is an answer of 200")
is_(stream.headers["content-type"], "text/event-stream; charset=utf-8",
    "191 its type")
is_(stream.headers["cache-control"], "no-store", "nobody keeps it")
got = [stream.next() for _ in rows]
is_(got, rows,
    "187 189 the backlog first, as /full tells it")
is_(stream.last, str(rows[-1]["seq"]), "the id is the seq")
is_(stream.retry, 2000, "a browser comes back in 2 s")
is_({tuple(e) for e in got}, {("seq", "session_id", "kind", "payload", "ts")},
    "191 the keys of a frame, in this order")
is_({e["session_id"] for e in got}, {sid}, "187 only its own")
gh.decide(sid, "approve")
gh.wait(sid, "needs_review")
rows = gh.events(sid)
got += [stream.next() for _ in range(len(rows) - len(got))]
is_([e["seq"] for e in got], [e["seq"] for e in rows],
    "186 188 190 then each event once, in order")
kinds = [e["kind"] for e in got]
is_(kinds.count("gate_fired"), 1, "195 a gate is told once")
ok(kinds.index("gate_fired") < kinds.index("tool_invoked"),
   "195 and before its tool ran")
stream.close()

# ---- anywhere in history

middle = rows[len(rows) // 2]["seq"]
after = [e["seq"] for e in rows if e["seq"] > middle]
for name, stream in (
        ("188 since", Stream(gh, f"sessions/{sid}/events?since={middle}")),
        ("201 Last-Event-ID", Stream(gh, f"sessions/{sid}/events",
                                     last=middle)),
        ("201 which wins over since",
         Stream(gh, f"sessions/{sid}/events?since=0", last=middle)),
        ("188 since, all sessions", Stream(gh, f"events?since={middle}"))):
    is_([stream.next()["seq"] for _ in after], after, name)
    stream.close()
last = gh.get(f"sessions/{sid}/full")["vm_seq"]
stream = Stream(gh, f"events?since={last + 3}")
other = gh.session("gate.")
is_(stream.next()["seq"], last + 4, "a since in the future is waited for")
stream.close()

# ---- presence, where nobody has a name

gh.wait(other, "awaiting_input")
gate = gh.gates(other)[0]["gate_id"]
stream = Stream(gh, f"events?looking={gate}&since={10**9}")
is_(stream.next("presence")["payload"],
    {"gate_id": gate, "people": ["somebody"]}, "somebody looks at a gate")
stream.close()

# ---- what is refused

for path, status, code, message in (
        ("sessions/NO-1/events", 404, "not_found", "session not found"),
        (f"events?sessions={sid},NO-1", 404, "not_found",
         "session not found"),
        (f"sessions/{sid}/events?since=x", 422, "unprocessable_entity",
         "^since: "),
        ("events?since=1&since=2", 422, "unprocessable_entity", "^since: "),
        ("events?kinds=nonsense", 422, "unprocessable_entity", "^kinds: "),
        ("events?sessions=" + ",".join(["A"] * 101), 422,
         "unprocessable_entity", "^sessions: are more than 100"),
        (f"events?sessions={'A' * 9000}", 422, "unprocessable_entity",
         "^sessions: too long")):
    stream = Stream(gh, path)
    error = stream.body()["error"]
    is_((stream.status, error["code"]), (status, code), f"refused: {path:.40}")
    like(error["message"], message, "and why")
    is_(list(error["details"]), re.findall(r"^\^(\w+): ", message),
        "and of which argument")
    stream.close()
is_(gh.ask("POST", "events", {}).status, 405, "nothing is posted here")
is_(Stream(gh, "sessions/recent/events", last="x").status, 422,
    "a Last-Event-ID that is none")
page = gh.ask("GET", f"sessions/{sid}/events?limit=1")
is_(len(page.body["events"]), 1, "without the header it is a page of JSON")

# ---- across sessions

recent = Stream(gh, f"sessions/recent/events?since={last}")
event = recent.next()
is_((event["kind"], event["payload"]["id"], event["payload"]["label"],
     event["payload"]["status"]), ("session.created", other, "gate.", "new"),
    "198 a session is told of when it is made")
ok(event["payload"]["created_at"] == event["payload"]["updated_at"]
   == gh.row(other)["created_at"], "198 with its times")
event = recent.next("session.status_changed")
is_((event["payload"]["id"], event["payload"]["status"]),
    (other, "in_progress"), "198 and each status")
event = recent.next("session.agent_running")
is_((event["payload"]["id"], event["payload"]["agent"]), (other, "worker"),
    "198 and who works on it")
while recent.next("session.status_changed")["payload"]["status"] \
        != "awaiting_input":
    pass
add_events(gh, other, 1000)
crowd = gh.session("gate.")
is_(recent.next("session.created")["session_id"], crowd,
    "199 a thousand other events stall nobody")
recent.close()
recent = Stream(gh, f"sessions/recent/events?since={last}")
while recent.next("session.created")["session_id"] != crowd:
    pass
ok(True, "199 nor who comes back before them")
recent.close()
some = Stream(gh, f"events?sessions={sid},{other}&kinds=gate_fired")
is_([some.next()["session_id"] for _ in "12"], [sid, other],
    "one stream for some sessions and kinds")
some.close()

# ---- behind what /full told, and how soon

busy = gh.session("calls.")
wait_for("it works", lambda: len(gh.events(busy)) > 20)
full = gh.get(f"sessions/{busy}/full")
stream = Stream(gh, f"sessions/{busy}/events?since={full['vm_seq']}")
gh.wait(busy, "needs_review")
seqs = [e["seq"] for e in gh.events(busy)]
seen = [e["seq"] for e in full["events"]]
while seen[-1] < seqs[-1]:
    seen.append(stream.next()["seq"])
is_(seen, seqs, "188 /full and a stream behind its vm_seq: all, once")
stream.close()
stream = Stream(gh, f"events?kinds=session.created&since={seqs[-1]}")
took = []
for _ in range(9):
    began = time.monotonic()
    fresh = gh.session("gate.")
    while stream.next()["session_id"] != fresh:
        pass
    took.append(time.monotonic() - began)
ok(sorted(took)[4] < 5, f"190 soon: after {sorted(took)[4] * 1000:.0f} ms")
stream.close()

# ---- WebSocket

web = WebSocket(gh, f"ws/sessions/{sid}/events?since={middle}")
is_(web.status, 101, "a WebSocket is opened")
is_([web.next() for _ in after], [e for e in got if e["seq"] > middle],
    "193 and says the same objects")
web.close()
web = WebSocket(gh, f"ws/sessions/{sid}/events?since=x")
is_(web.next()["seq"], rows[0]["seq"], "193 a bad since is 0")
web.close()
web = WebSocket(gh, "ws/sessions/NO-1/events")
is_((web.status, web.body()["error"]["code"]), (404, "not_found"),
    "an unknown session is refused before the upgrade")
web = WebSocket(gh, f"ws/sessions/{other}/events")
web.next()
web.send(1, b"x" * 100)
web.send(9, b"are you there")
gh.decide(other, "approve")
for _ in range(1000):
    if web.next()["payload"].get("status") == "needs_review":
        break
ok(True, "what it says is ignored, and it hears on")
web.socket.sendall(b"\xff\xff garbage, no frame" * 10)
try:
    while True:
        web.next()
except Closed:
    ok(True, "garbage ends it")

# ---- coming and going


def listeners():
    """Descriptors of gatehouse-stream that are connections."""
    pid = gh.pids("gatehouse-stream")[0]
    count = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            count += "socket:" in os.readlink(f"/proc/{pid}/fd/{fd}")
        except OSError:
            pass
    return count


few = listeners()
many = [Stream(gh, "events") for _ in range(20)] + \
    [WebSocket(gh, f"ws/sessions/{sid}/events") for _ in range(20)]
wait_for("40 connections", lambda: listeners() >= few + 40)
for link in many:
    link.close()
# Sooner than by the next sign of life, which they could not take.
wait_for("their end", lambda: listeners() <= few, 8)
ok(True, "192 who goes is gone at once")
idle = Stream(gh, f"sessions/{sid}/events?since={10**9}")
web = WebSocket(gh, f"ws/sessions/{sid}/events?since={10**9}")
idle.comment()
ok(True, "a quiet stream shows a sign of life")
while web.frame()[0] != PING:
    pass
ok(True, "and a quiet WebSocket is pinged")
done()
