#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Events, page by page, and a session in full: 186 to 188, 191, 200, 202.
import re
import sqlite3
import sys
import threading
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, ok

HIGH = [("box:high", {"n": 1})]
gh = System().start(App("gates", {
    "[risky]": [HIGH, [("desk:close", {})]],
    "[busy]": [[("box:low", {"n": n})] for n in range(8)]
    + [[("desk:close", {})]],
}))


def pages(sid, limit):
    """Every event of the session, read page by page."""
    since, found = 0, []
    while True:
        page = gh.get(f"sessions/{sid}/events?since={since}&limit={limit}")
        found += page["events"]
        if not page["more"]:
            return found, page["next_since"]
        since = page["next_since"]


sids = [gh.session(q) for q in ("[risky]", "[busy]", "[risky]")]
gh.wait(sids[1], "resolved")
for sid in sids[::2]:
    gh.wait(sid, "awaiting_input")

# ---- 186, 187: one number for all, one order

alls = {sid: gh.events(sid) for sid in sids}
seqs = [e["seq"] for events in alls.values() for e in events]
is_(len(set(seqs)), len(seqs), "186 no number is given twice")
for sid, events in alls.items():
    seqs = [e["seq"] for e in events]
    is_(seqs, sorted(seqs), f"186, 187 {sid}: in order")
    is_({e["session_id"] for e in events}, {sid}, f"187 {sid}: its own only")

# ---- 188, 191: pages

busy = sids[1]
for limit in (1, 2, 7, 500):
    found, last = pages(busy, limit)
    is_((found, last), (alls[busy], alls[busy][-1]["seq"]),
        f"188 pages of {limit}: nothing lost, nothing twice")
is_({tuple(sorted(e)) for e in alls[busy]},
    {("kind", "payload", "seq", "session_id", "ts")}, "191 their keys")
ok(all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", e["ts"])
       for e in alls[busy]), "191 times have microseconds and a zone")
middle = alls[busy][5]["seq"]
page = gh.get(f"sessions/{busy}/events?since={middle}")
is_([e["seq"] for e in page["events"]],
    [e["seq"] for e in alls[busy] if e["seq"] > middle],
    "188 starts after the one that was seen")
page = gh.get(f"sessions/{busy}/events?since={middle}&limit=2")
is_((len(page["events"]), page["next_since"], page["more"]),
    (2, page["events"][1]["seq"], True), "188 says where to go on")
last = alls[busy][-1]["seq"]
is_(gh.get(f"sessions/{busy}/events?since={last}"),
    {"events": [], "next_since": last, "more": False}, "188 the end")
is_(len(gh.get(f"sessions/{busy}/events?limit=500")["events"]),
    len(alls[busy]), "188 from the beginning")
for query in ("since=x", "since=-1", "since=1.0", "limit=0", "limit=501"):
    is_(gh.ask("GET", f"sessions/{busy}/events?{query}").status, 422, query)

# ---- 188: between a whole session and its next page nothing is missing

sid = sids[0]
whole = gh.get(f"sessions/{sid}/full")
is_(whole["vm_seq"], max(e["seq"] for e in whole["events"]),
    "202 vm_seq is the last one")
gh.decide(sid, "approve")
gh.wait(sid, "resolved")
after, _ = pages(sid, 3)
later = [e for e in after if e["seq"] > whole["vm_seq"]]
is_(whole["events"] + later, after, "188 full, and what came since, is all")

# ---- 202: in full

is_(sorted(whole), ["agent_definitions", "agents_run", "events", "session",
                    "tool_calls", "vm_seq"], "202 six keys")
is_((whole["session"]["status"], whole["tool_calls"][0]["status"]),
    ("awaiting_input", "pending_approval"), "202 all of one moment")
is_((whole["agents_run"], whole["tool_calls"]),
    (whole["session"]["agents_run"], whole["session"]["tool_calls"]),
    "202 runs and calls are the session's")
is_(set(whole["agent_definitions"]), {a["name"] for a in gh.get("agents")},
    "202 all agents")
worker = whole["agent_definitions"]["worker"]
is_((sorted(worker), worker["name"], worker["kind"], worker["model"]),
    (["kind", "model", "name", "routes", "system_prompt_excerpt", "tools"],
     "worker", "responsive", "scripted"), "202 what an agent is")
is_(sorted(worker["tools"]), ["box", "desk", "ops"], "202 servers, not tools")
ok(isinstance(worker["routes"], dict) and "default" in worker["routes"],
   "202 routes by signal")

# ---- a snapshot: while a session runs, full never contradicts itself

torn = []


def watch(sid):
    while True:
        whole = gh.get(f"sessions/{sid}/full")
        moves = [e for e in whole["events"] if e["kind"] == "status_changed"]
        told = moves[-1]["payload"]["to"] if moves else "new"
        if told != whole["session"]["status"]:
            torn.append((told, whole["session"]["status"]))
        if whole["session"]["status"] == "resolved":
            return


threads = [threading.Thread(target=watch, args=(gh.session("[busy]"),))
           for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
is_(torn, [], "202 events and status are of one moment")

# ---- 200, and what the log promises to any client of the file

db = sqlite3.connect(gh.db, timeout=30, isolation_level=None)
for text in ("INSERT INTO event (session_id, kind, payload, ts) "
             "VALUES (?, 'made_up', '{}', 1)",
             "UPDATE event SET ts = 1 WHERE session_id = ?",
             "DELETE FROM event WHERE session_id = ?"):
    try:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute(text, (busy,))
        ok(False, f"200 refused: {text[:20]}")
    except sqlite3.Error as error:
        like(str(error), ".", f"200 refused: {text[:20]}")
db.close()
gh.sound()
done()
