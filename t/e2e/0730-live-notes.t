#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# What listeners are told and nobody keeps: who looks at a gate, whether the
# runner lives, the text of replies while they are said.
import os
import signal
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, ok, say
from live import Stream, WebSocket

gh = System().start(App("gates", {
    "gate.": [[("box:high", {"n": 1})], say()],
    "slow.": [say("Word by word. " * 20, delay=3)],
}), auth=True)
people = {name: gh.token(name, "viewer") for name in ("ann", "bob")}
outside = gh.token("eve", "viewer@other")
admin = gh.token("root", "admin")
sid = gh.ask("POST", "sessions", {
    "query": "gate.", "environment": "dev",
    "submitter": {"id": "t"}}, **admin).body["session_id"]
watch = Stream(gh, "events", **admin)
gate, runner = None, {"payload": {"running": False}}
while not (gate and runner["payload"]["running"]):
    event = watch.next("gate_fired", "runner")
    if event["kind"] == "gate_fired":
        gate = event["payload"]["gate_id"]
    else:
        runner = event      # whose first sign of life may be yet to come
is_(runner, {"kind": "runner", "payload": {"running": True}},
    "a listener is told that the runner lives")

is_(Stream(gh, "events?kinds=gate_fired", **admin).next(
    "gate_fired", "runner")["kind"], "gate_fired",
    "who has chosen kinds gets nothing else")

# ---- presence


def looks():
    return watch.next("presence")["payload"]


far = Stream(gh, "events", **outside)
ann = Stream(gh, f"events?looking={gate}", **people["ann"])
is_(looks(), {"gate_id": gate, "people": ["ann"]}, "who looks at a gate")
is_(ann.next("presence")["payload"]["people"], ["ann"], "and is told, too")
again = Stream(gh, f"events?looking={gate}", **people["ann"])
is_(looks()["people"], ["ann"], "twice the same person is one")
bob = Stream(gh, f"events?looking={gate}", **people["bob"])
is_(sorted(looks()["people"]), ["ann", "bob"], "two people")
for link, left in ((ann, ["ann", "bob"]), (again, ["bob"]), (bob, [])):
    link.close()
    is_(sorted(looks()["people"]), left, f"who is left: {left}")
is_(Stream(gh, "events?looking=g99", **admin).status, 404, "no such gate")
is_(Stream(gh, f"events?looking={gate}x", **admin).status, 422,
    "nor something like one")
is_(Stream(gh, f"events?looking={gate}", **outside).status, 404,
    "nor one of an application that is not shown")

# ---- partial replies

partial = Stream(gh, "events?partial=1&since=999999", **admin)
partial.next("runner")
slow = gh.ask("POST", "sessions", {
    "query": "slow.", "environment": "dev",
    "submitter": {"id": "t"}}, **admin).body["session_id"]
text = ""
while True:
    said = partial.next("partial")["payload"]
    if said["session"] != slow or said["agent"] != "worker":
        continue
    if "end" in said:
        break
    is_(said["final"], False, "a piece is not final")
    text += said["text"]
ok("Word by word." in text, "a reply is heard while it is said")
is_(said["end"], "complete", "and that it is complete")
stored = [e for e in gh.sql("SELECT kind FROM event") if e[0] == "partial"]
is_(stored, [], "nothing of it is an event")

# ---- the runner

runner = gh.pids("gatehouse-runner")[0]
os.kill(runner, signal.SIGSTOP)
while watch.next("runner")["payload"]["running"]:
    pass
ok(True, "that the runner is gone is told")
os.kill(runner, signal.SIGCONT)
while not watch.next("runner")["payload"]["running"]:
    pass
ok(True, "and that it is back")
far.close()
done()
