#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# What marks a pause, and gates that expire: 118 to 132.
import sqlite3
import sys
import threading
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, bail, done, is_, like, ok, reply, wait_for
from openapi import Described

ONE, TWO = ("box:high", {"n": 1}), ("box:high", {"n": 2})
STORIES = {
    "one call.": [[ONE]],
    "two at once.": [[ONE, TWO]],
    "two in turn.": [[ONE], [TWO]],
    "late.": [reply([ONE], delay=20)],
    "thinks.": [[ONE], reply(delay=600)],
    "hears a timeout.": [[ONE], reply([("desk:close", {})],
                                      after='"timeout":true')],
    "hears a no.": [[ONE], reply([("desk:close", {})],
                                 after='"rejected":true')],
}
SHORT = 1.5     # seconds
# The same with ever more time, for a machine on which that is too short.
LONGER = {f"short{n}": SHORT * 2 ** n for n in range(1, 6)}


def gated(name, terms):
    return App("gates", STORIES, name=name, edits={
        "  gateway:\n": f"  gateway:\n    {terms}\n"})


gh = Described().start(gated("short", f"approval_timeout_seconds: {SHORT}"))
gh.load(App("gates", STORIES))
for name, seconds in LONGER.items():
    gh.load(gated(name, f"approval_timeout_seconds: {seconds}"))
gh.load(gated("says_no", f"approval_timeout_seconds: {SHORT}\n"
              "    on_timeout: reject"))


def paused(query):
    sid = gh.session(query, app="gates")
    gh.wait(sid, "awaiting_input")
    return sid


def expired(sid):
    """When the gate of a session expires it leaves awaiting_input."""
    return gh.wait(sid, "needs_review", "resolved")


def in_time(query, act, held):
    """A session acted upon before it expired, however slow the machine."""
    for app in ("short", *LONGER):
        sid = gh.session(query, app=app)
        wait_for("its gate", lambda: gh.sql(
            "SELECT 1 FROM gate WHERE session_id = ?", sid))
        act(sid)
        if held(sid):
            return sid
    bail("this machine is too slow")


def pair(sid, to):
    return [(e["kind"], e["payload"].get("cause")) for e in gh.events(
        sid, "status_changed", "session.status_changed")
        if e["payload"]["to"] == to]


# Their clocks run while the rest of this test does.
short = [gh.session("one call.", app="short") for _ in range(3)]
hears = gh.session("hears a timeout.", app="short")
refused = gh.session("hears a no.", app="says_no")
stopped = in_time("one call.", lambda sid: gh.ask("DELETE", f"sessions/{sid}"),
                  lambda sid: gh.row(sid)["status"] == "stopped")
busy = in_time("thinks.", lambda sid: gh.decide(sid, "approve", "0"),
               lambda sid: gh.ran(sid=sid) or gh.sql(
                   "SELECT 1 FROM gate WHERE session_id = ? "
                   "AND decision = 'approve'", sid))

# ---- 118 to 124: the pause

PAUSE = [("status_changed", "gate_paused"),
         ("session.status_changed", "gate_paused")]
sid = paused("one call.")
row = gh.row(sid)
is_((row["status"], row["tool_calls"][0]["status"]),
    ("awaiting_input", "pending_approval"), "118 paused, its row pending")
kinds = [e["kind"] for e in gh.events(sid)]
is_(kinds[-3:], ["gate_fired", "status_changed", "session.status_changed"],
    "119 the gate, then the pair, and nothing more")
is_(pair(sid, "awaiting_input"), PAUSE, "119 one pair")
is_([s for s in gh.get("sessions?status=awaiting_input&limit=500")
     if s["session_id"] == sid][0]["status"], "awaiting_input",
    "118 the list of those who wait has it")
is_((row["agents_run"][0]["outcome"], gh.sql(
    "SELECT count(*) FROM event WHERE session_id = ? AND payload LIKE "
    "'%failed%'", sid)), ("running", [(0,)]), "124 a pause is no failure")
gh.decide(sid, "approve")
gh.wait(sid, "needs_review")
is_(pair(sid, "awaiting_input"), PAUSE, "121 and no second pair")

sid = paused("two in turn.")
gh.decide(sid, "approve")
wait_for("the second gate", lambda: [
    g for g in gh.gates(sid) if g["tool_call_id"] == "1"])
is_((gh.row(sid)["status"], pair(sid, "awaiting_input")),
    ("awaiting_input", PAUSE * 2), "120 a second pause is marked the same")
is_([e["payload"]["tool_call_id"] for e in gh.events(sid, "gate_fired")],
    ["0", "1"], "120 each gate fires once")
sid = paused("two at once.")
is_((len(gh.gates(sid)), pair(sid, "awaiting_input")), (2, PAUSE),
    "121 a second gate of one pause marks nothing again")
gh.decide(sid, "approve", gh.gates(sid)[0]["gate_id"])
is_((gh.row(sid)["status"], pair(sid, "in_progress")[2:]),
    ("awaiting_input", []), "123 with one gate open it goes on waiting")

late = gh.session("late.", app="gates")
wait_for("it runs", lambda: gh.row(late)["status"] == "in_progress")
gh.ask("DELETE", f"sessions/{late}")

# ---- 125, 128: expiry

for sid in short:
    row = expired(sid)
call = row["tool_calls"][0]
is_((call["status"], call["approver"], call["result"]["timeout"],
     row["status"]), ("timeout", "system", True, "needs_review"),
    "125 the row says timeout")
is_(gh.ran(sid=sid), [], "125 and the tool never ran")
is_([e["payload"]["decision"] for e in gh.events(sid, "gate_decided")],
    ["timeout"], "125 the audit log tells it")
is_([c["status"] for c in expired(hears)["tool_calls"]],
    ["timeout", "executed"], "125 the model hears of it and goes on")
is_([c["status"] for c in expired(refused)["tool_calls"]],
    ["rejected", "executed"], "125 on_timeout: reject rejects")
is_(gh.sql("SELECT DISTINCT deadline - opened_at FROM gate g JOIN session s "
           "ON s.id = g.session_id JOIN app a ON a.id = s.app_id "
           "WHERE a.name = 'short'"), [(int(SHORT * 1000),)],
    "126 the deadline is that of the configuration")
is_(gh.sql("SELECT count(*) FROM gate WHERE decision = 'timeout' "
           "AND decided_at < deadline"), [(0,)],
    "126 none expires before its deadline")
is_(gh.sql("SELECT count(*) FROM gate g WHERE decision IS NULL AND EXISTS ("
           "SELECT 1 FROM gate o WHERE o.decision = 'timeout' "
           "AND o.decided_at >= g.deadline)"), [(0,)],
    "126 none stays open at its deadline")
is_((gh.row(stopped)["status"], [c["status"] for c in
                                 gh.row(stopped)["tool_calls"]]),
    ("stopped", ["cancelled"]), "128 a stopped session is not touched")
is_((gh.row(busy)["status"], [c["status"] for c in
                              gh.row(busy)["tool_calls"]]),
    ("in_progress", ["approved"]), "128 nor is one whose gate was decided")
gh.ask("DELETE", f"sessions/{busy}")

is_((gh.row(late)["status"], gh.gates(late), gh.events(late, "gate_fired")),
    ("stopped", [], []), "122 no late pause marks a stopped session")

# ---- 130, 131

try:
    with sqlite3.connect(gh.db) as db:
        db.execute("UPDATE gate SET deadline = 'soon' WHERE decision IS NULL")
    refused = False
except sqlite3.DatabaseError:
    refused = True
ok(refused, "130 a malformed deadline cannot be")
is_(gh.sql("SELECT DISTINCT deadline - opened_at FROM gate g JOIN session s "
           "ON s.id = g.session_id JOIN app a ON a.id = s.app_id "
           "WHERE a.name = 'gates'"), [(3600 * 1000,)],
    "131 an hour, unless told")

# ---- 129: a verdict at the very deadline


def decide_at_deadline(sid, gate_id, deadline_ms, answers):
    time.sleep(max(0, deadline_ms / 1000 - time.time() - 0.002))
    answers[sid] = gh.decide(sid, "approve", gate_id).status


answers, threads = {}, []
for _ in range(8):
    sid = gh.session("one call.", app="short")
    (gate, deadline), = wait_for("its gate", lambda: gh.sql(
        "SELECT 'g' || id, deadline FROM gate WHERE session_id = ?", sid))
    threads.append(threading.Thread(
        target=decide_at_deadline, args=(sid, gate, deadline, answers)))
    threads[-1].start()
for thread in threads:
    thread.join()
for sid, status in answers.items():
    call = expired(sid)["tool_calls"][0]
    is_((call["status"], len(gh.ran(sid=sid)), len(gh.events(
        sid, "gate_decided"))), ("approved", 1, 1) if status == 200 else
        ("timeout", 0, 1), f"129 the verdict {status} or the clock, not both")

# ---- 127, 132: it expires while nothing runs, and after



def stop_all(sid):
    gh.stop()
    like(gh.log("runner").splitlines()[-1], "ended|stopped",
         "132 the runner ends, gates waiting or not")


def still_open(sid):
    if gh.sql("SELECT decision FROM gate WHERE session_id = ?",
              sid) == [(None,)]:
        return True
    gh.start()


sid = in_time("one call.", stop_all, still_open)
(deadline,), = gh.sql("SELECT deadline FROM gate WHERE session_id = ?", sid)
time.sleep(max(0, deadline / 1000 - time.time()))
gh.start()
row = expired(sid)
is_((row["tool_calls"][0]["status"], gh.ran(sid=sid)), ("timeout", []),
    "127 expired after a restart")
is_([g for g in gh.get("approvals?limit=500") if g["app"].startswith("short")], [],
    "127 the queue is rid of it")

gh.sound()
gh.as_described()
done()
