#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Starting sessions, their ids and their number: 46 to 60.
import json
import sqlite3
import sys
import threading
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, ok, reply, wait_for

HIGH = [("box:high", {"n": 1})]
stories = {
    "[slow]": [reply(delay=600)],
    "[pauses]": [HIGH, [("desk:close", {})]],
    **{f"[{who}]": [[("box:low", {"who": who}),
                     ("desk:find", {"patch": {"who": who}})],
                    [("desk:close", {})]]
       for who in ("one", "two", "three")},
}
CAP = "  max_concurrent_sessions: 1000\n"
SCHEMA = """orchestrator:
  state_overrides_schema:
    type: object
    properties:
      pr_url: {type: string}
      repo: {type: string}
      lines: {type: integer}
"""
gh = System().start(App("gates", stories, edits={
    "        - {name: close}\n":
    "        - {name: close}\n        - {name: find, write: findings, from: "
    "patch, parameters: {type: object, properties: {patch: {}}}}\n"}))
gh.load(App("gates", stories, name="two_only", edits={
    CAP: "  max_concurrent_sessions: 2\n"}))
gh.load(App("gates", stories, name="by_default", edits={CAP: ""}))
gh.load(App("gates", stories, name="review", edits={
    "orchestrator:\n": SCHEMA, "session_id_prefix: GATE":
    "session_id_prefix: REV"}))


def start(query, app="gates", **more):
    return gh.post("sessions", {"query": query, "environment": "dev",
                                "app": app, **more})


# ---- 46, 47: at once, and there

answer = start("[slow]")
is_(answer.status, 201, "46 a session is started, though the model sleeps")
is_(list(answer.body), ["session_id"], "46 the answer is its id")
slow = answer.body["session_id"]
row = gh.row(slow)
is_((row["id"], row["version"] >= 1, row["deleted_at"]), (slow, True, None),
    "47 it can be read at once")
sid = start("nothing to do", app="gates").body["session_id"]
is_(gh.get(f"sessions/{sid}/full")["session"]["id"], sid, "47 in full too")

# ---- 48 to 50: ids

today = time.strftime("%Y%m%d", time.gmtime())
like(slow, rf"^GATE-{today}-\d{{3,}}$", "48 prefix, day, number")
like(start("q", app="review").body["session_id"], rf"^REV-{today}-001$",
     "48 the application's prefix")
found = []
threads = [threading.Thread(target=lambda: found.append(
    start("many").body["session_id"])) for _ in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
is_(len(set(found)), 10, "49 ten at the same time get ten ids")
db = sqlite3.connect(gh.db, timeout=30, isolation_level=None)
db.execute("UPDATE session_number SET last = 998 WHERE prefix = 'REV'")
db.close()
ids = [start("q", app="review").body["session_id"] for _ in range(3)]
is_([i.rsplit("-", 1)[1] for i in ids], ["999", "1000", "1001"],
    "50 the thousandth of a day")
is_([gh.row(i)["id"] for i in ids], ids, "50 can be read")
is_(gh.ask("DELETE", f"sessions/{ids[1]}").status, 204, "50 and stopped")

# ---- 51 to 53: how many run


def count(app):
    return gh.sql("SELECT count(*) FROM session s JOIN app a ON a.id = "
                  "s.app_id WHERE a.name = ?", app)[0][0]


ASKED = {"query": "q", "environment": "dev"}


def full(app, running):
    answer = start("[slow]", app)
    is_((answer.status, answer.code, answer.headers["Retry-After"]),
        (429, "rate_limited", "1"), f"51 {app}: the next is one too many")
    answer = gh.post("investigate", {**ASKED, "app": app})
    is_((answer.status, answer.headers["Retry-After"]), (429, "1"),
        f"51 {app}: by its old name, too")
    return is_(count(app), running, f"51 {app}: and leaves no row")


first = start("[slow]", "two_only").body["session_id"]
is_(start("[slow]", "two_only").status, 201, "51 two may run")
full("two_only", 2)
is_(gh.ask("DELETE", f"sessions/{first}").status, 204, "52 one is stopped")
sid = start("[pauses]", "two_only").body["session_id"]
ok(sid, "52 another may start")
gh.wait(sid, "awaiting_input")
is_(start("[one]", "two_only").status, 201, "52 one that pauses leaves room")
wait_for("52 and one that ends does", lambda: start(
    "[slow]", "two_only").status == 201)
full("two_only", 5)
is_(gh.decide(sid, "approve").status, 200, "a paused one goes on all the same")
gh.wait(sid, "resolved")
for _ in range(8):
    start("[slow]", "by_default")
is_(count("by_default"), 8, "53 eight may run where nothing is said")
full("by_default", 8)

# ---- 54: who asks

sid = gh.post("sessions", {"query": "q", "environment": "dev", "app": "gates"
                           }).body["session_id"]
is_(gh.row(sid)["extra_fields"]["reporter"],
    {"id": "user-mock", "team": "platform"}, "54 nobody said who")
WHO = {"id": "ann", "team": "sre", "shift": {"night": True}}
sid = start("q", submitter=WHO).body["session_id"]
is_(gh.row(sid)["extra_fields"]["reporter"], WHO,
    "54 all that is said is kept")

# ---- 55, 56: what is set from outside

answer = start("q", "review", state_overrides={
    "pr_url": "https://example.org/1", "repo": "r", "environment": "dev"})
is_(answer.status, 201, "55 overrides")
fields = gh.row(answer.body["session_id"])["extra_fields"]
is_((fields["pr_url"], fields["repo"], fields["environment"]),
    ("https://example.org/1", "r", "dev"), "55 stand in extra_fields")
is_(gh.sql("SELECT environment, extra_fields ->> 'environment' FROM session "
           "WHERE id = ?", answer.body["session_id"]), [("dev", None)],
    "55 the environment is a column")
before = count("review")
for overrides, field in (
        ({"severity": "high"}, "severity"), ({"lines": "7"}, "lines"),
        ({"lines": 0.5}, "lines"), ({"pr_url": None}, "pr_url"),
        ({"repo": "r", "query": "other"}, "query"),
        ({"reporter": {"id": "eve"}}, "reporter")):
    answer = start("q", "review", state_overrides=overrides)
    is_((answer.status, list(answer.body["error"]["details"])),
        (422, [f"state_overrides.{field}"]), f"56 {json.dumps(overrides)}")
is_(count("review"), before, "56 no row was written")

# ---- traceparent

TRACE = "-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
for sent, kept in (("00" + TRACE, "00" + TRACE), (None, None),
                   ("cc" + TRACE + "-more", "00" + TRACE),
                   ("00" + TRACE + "-more", None), ("ff" + TRACE, None),
                   ("00" + TRACE.upper(), None), ("x" * 4000, None)):
    answer = gh.ask("POST", "sessions", {
        "query": "q", "environment": "dev", "app": "gates"},
        **({"traceparent": sent} if sent else {}))
    is_((answer.status, gh.row(answer.body["session_id"])["traceparent"]),
        (201, kept), f"traceparent: {str(sent)[:70]}")

# ---- 57: sessions do not mix

names = ("one", "two", "three")
sids = {n: start(f"[{n}]").body["session_id"] for n in names}
for name, sid in sids.items():
    gh.wait(sid, "resolved")
for name, sid in sids.items():
    whole = gh.get(f"sessions/{sid}/full")
    is_([c["args"] for c in whole["tool_calls"] if c["tool"] == "box:low"],
        [{"who": name}], f"57 {name}: its own calls")
    is_(whole["session"]["findings"], {"worker": {"who": name}},
        f"57 {name}: its own findings")
    is_({e["session_id"] for e in whole["events"]}, {sid},
        f"57 {name}: its own events")

# ---- 58, 59: what is under way

KEYS = {"session_id", "status", "started_at", "current_agent"}
sid = gh.session("[pauses]", app="gates")
gh.wait(sid, "awaiting_input")
wait_for("59 the agent that runs is named", lambda: any(
    s["session_id"] == slow and s["current_agent"] == "worker"
    for s in gh.get("sessions?app=gates&limit=500")))
listed = {s["session_id"]: s for s in gh.get("sessions?app=gates&limit=500")}
ok(all(KEYS <= set(s) for s in listed.values()), "58 the four keys are there")
is_((listed[slow]["status"], listed[slow]["current_agent"],
     listed[sid]["status"]), ("in_progress", "worker", "awaiting_input"),
    "58, 59 what runs and what waits")
ok(sids["one"] not in listed, "58 what is finished is not there")
is_([s["session_id"] for s in gh.get("sessions?status=awaiting_input")], [sid],
    "a status of its own")
ok(sids["one"] in [s["session_id"] for s in gh.get("sessions?status=resolved")],
   "finished ones by their status")
is_(gh.get("sessions?limit=1")[0]["session_id"],
    gh.sql("SELECT id FROM session WHERE status IN ('new', 'in_progress', "
           "'awaiting_input') ORDER BY created_at DESC, num DESC")[0][0],
    "the newest first")
recent = gh.get("sessions/recent?limit=500")
is_([r["id"] for r in recent], [r[0] for r in gh.sql(
    "SELECT id FROM session ORDER BY created_at DESC, num DESC")],
    "recent: all of them, the newest first")
is_(recent[[r["id"] for r in recent].index(slow)], gh.row(slow),
    "recent: whole sessions")

# ---- 60: the model hears the question

is_(gh.sql("SELECT count(*) FROM message WHERE session_id = ? AND role = "
           "'user' AND content LIKE '%[one]%'", sids["one"]), [(1,)],
    "60 the query is in the first request")
gh.sound()
done()
