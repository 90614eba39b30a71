#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The audit log as JSON pages: 186 to 188, 191, 194 to 197, 200, 202.
import re
import sqlite3
import sys
import threading
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, ok, say

LONG = "x" * 5000
gh = System().start(App("gates", {
    "all.": [[("box:low", {"n": 1}), ("box:medium", {}), ("box:high", {})],
             say(signal="needs_input", usage={"input_tokens": 9,
                                              "output_tokens": 4})],
    "long.": [[("box:low", {"text": LONG}), ("box:low", {"text": "é" * 3000}),
               ("box:high", {"text": LONG})]],
    "fails.": [[("box:fail", {})], [("desk:note", {"patch": {}})]],
}))
gh.load(App("turns", {"plain.": [[("box:plain", {})]]}))


def page(sid, **query):
    text = "&".join(f"{k}={v}" for k, v in query.items())
    return gh.ask("GET", f"sessions/{sid}/events?{text}")


def pages(sid, limit):
    """All events of a session, page by page, as a client reads them."""
    since, events = 0, []
    while True:
        body = page(sid, since=since, limit=limit).body
        events += body["events"]
        since = body["next_since"]
        if not body["more"]:
            return events


def finish(sid):
    gh.wait(sid, "awaiting_input")
    gh.decide(sid, "approve")
    return gh.wait(sid, "needs_review")


sids = [gh.session("all.", app="gates") for _ in range(5)]
readers = [threading.Thread(target=pages, args=(s, 3)) for s in sids]
for reader in readers:
    reader.start()
for sid in sids:
    finish(sid)
for reader in readers:
    reader.join()
full = {sid: gh.get(f"sessions/{sid}/full") for sid in sids}

# ---- 186 to 188, 191, 202

seqs = [e["seq"] for f in full.values() for e in f["events"]]
is_(len(set(seqs)), len(seqs), "186 a seq is given once, to one session")
for sid in sids:
    events = full[sid]["events"]
    is_([e["seq"] for e in events], sorted(e["seq"] for e in events),
        "186 it grows")
    is_([e for e in events if e["session_id"] != sid], [],
        "187 a session's events are its own")
    is_(pages(sid, 3), events, "188 in pages of three: nothing lost or twice")
    is_(full[sid]["vm_seq"], events[-1]["seq"], "202 vm_seq is the newest")
sid, events = sids[0], full[sids[0]]["events"]
is_(gh.sql("SELECT count(*) FROM event")[0][0],
    sum(len(f["events"]) for f in full.values()), "187 none is missing")
middle = events[len(events) // 2]["seq"]
is_([e["seq"] for e in page(sid, since=middle).body["events"]],
    [e["seq"] for e in events if e["seq"] > middle],
    "188 since=N starts after N")
body = page(sid, since=full[sid]["vm_seq"]).body
is_((body["events"], body["more"], body["next_since"]),
    ([], False, full[sid]["vm_seq"]), "188 after the newest there is nothing")
is_((page(sid, since="x").status, page(sid, since=-1).status,
     page(sid, limit=0).status, page(sid, limit=501).status), (422,) * 4,
    "188 cursors and limits are numbers within bounds")
is_(page("GATE-20200101-001").status, 404, "188 an unknown session")
is_({tuple(e) for e in events},
    {("seq", "session_id", "kind", "payload", "ts")}, "191 the five keys")
ok(all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", e["ts"])
       for e in events), "191 times carry microseconds and zone")
is_(sorted(full[sid]), ["agent_definitions", "agents_run", "events",
                        "session", "tool_calls", "vm_seq"], "202 six keys")
is_({n: sorted(d) for n, d in full[sid]["agent_definitions"].items()},
    dict.fromkeys(("second", "worker"), ["kind", "model", "name", "routes",
                                         "system_prompt_excerpt", "tools"]),
    "202 what defines each agent")
is_((full[sid]["agents_run"], full[sid]["tool_calls"]),
    (full[sid]["session"]["agents_run"], full[sid]["session"]["tool_calls"]),
    "202 one moment: its parts agree")

# ---- 194: the order within a turn

for agent in ("worker", "second"):
    turn = [e for e in events if e["payload"].get("agent") == agent]
    order = [e["kind"] for e in turn if e["kind"] not in (
        "tool_started", "tool_invoked", "gate_fired")]
    is_(order, ["agent_started", "session.agent_running",
                "confidence_emitted", "route_decided", "agent_finished"],
        f"194 {agent}: started, confidence, route, finished")
    sure, route, end = [e["payload"] for e in turn[-3:]]
    ok(0 <= sure["value"] <= 1, f"194 {agent}: confidence in bounds")
    is_((sure["rationale"], sure["signal"] or "default"),
        ("seen", route["signal"]), f"194 {agent}: why, and the signal")
    is_(end["total_tokens"], end["input_tokens"] + end["output_tokens"],
        f"194 {agent}: tokens add up")
is_([e["payload"]["next_node"] for e in events if e["kind"] ==
     "route_decided"], ["second", "__end__"], "194 routes")
is_([e["payload"]["total_tokens"] for e in events if e["kind"] ==
     "agent_finished"], [13, 0], "194 tokens")

# ---- 195, 196: tools

high = [(e["kind"], e["payload"].get("status")) for e in events
        if e["payload"].get("tool") == "box:high"]
is_(high, [("gate_fired", None), ("tool_started", None),
           ("tool_invoked", "approved")],
    "195 the gate fires once, before the tool runs")
fired = [e["payload"] for e in events if e["kind"] == "gate_fired"][0]
is_({k: fired[k] for k in ("agent", "reason", "args", "risk",
                           "environment", "tool_call_id")},
    {"agent": "worker", "reason": "high_risk_tool", "args": {},
     "risk": "high", "environment": "dev", "tool_call_id": "2"},
    "195 and says what it is about")
run = gh.run("plain.", "needs_review", app="turns")["id"]
invoked = [e["payload"] for e in events if e["kind"] == "tool_invoked"] + [
    e["payload"] for e in gh.events(run, "tool_invoked")]
is_([(p["tool"], p["agent"], p["args"], p["result_kind"], p["risk"],
      p["status"]) for p in invoked],
    [("box:low", "worker", {"n": 1}, "dict", "low", "executed"),
     ("box:medium", "worker", {}, "dict", "medium", "executed_with_notify"),
     ("box:high", "worker", {}, "dict", "high", "approved"),
     ("box:plain", "worker", {}, "dict", "low", "executed")],
    "196 each call is told, with or without a gateway")
ok(all(p["latency_ms"] >= 0 for p in invoked), "196 and how long it took")

# ---- 197: long arguments

sid = gh.session("long.", app="gates")
row = finish(sid)
texts = [c["args"]["text"] for c in row["tool_calls"]]
is_(texts, [LONG, "é" * 3000, LONG], "197 the rows keep all of it")
args = [e["payload"]["args"] for e in gh.events(sid, "tool_invoked",
                                                "gate_fired")]
cut = {"_truncated": True, "preview": ('{"text":"' + LONG)[:4096]}
is_(args, [cut, {"text": "é" * 3000}, cut, cut],
    "197 events carry 4096 characters, and say so")

# ---- 200

before = gh.sql("SELECT count(*) FROM event")
refused = 0
with sqlite3.connect(gh.db) as db:
    db.execute("PRAGMA foreign_keys = ON")
    for kind in ("made_up", "", None):
        try:
            db.execute("INSERT INTO event (session_id, kind, payload, ts) "
                       "VALUES (?, ?, '{}', 1)", (sid, kind))
        except sqlite3.DatabaseError:
            refused += 1
is_((refused, gh.sql("SELECT count(*) FROM event")), (3, before),
    "200 an unknown kind of event cannot be written")

gh.sound()
done()
