#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Versions, round trips, crashes and crowds: 220 to 228.
import json
import random
import sqlite3
import sys
import threading
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, ok, reply, say, wait_for

LOW = ("box:low", {})
gh = System().start(App("gates", {
    "ends.": [[LOW]],
    "waits.": [[("box:high", {})]],
    "thinks.": [[LOW], reply(delay=600)],
    "thinks a little.": [[LOW], say(delay=0.3)],
    "works.": [[LOW], [("desk:note", {"patch": {"n": 1}})], [LOW]],
}))


def patch(sid, fields, **more):
    return gh.ask("PATCH", f"sessions/{sid}", {"extra_fields": fields, **more})


# ---- 220: versions

sid = gh.session("thinks.")
wait_for("it thinks", lambda: gh.ran(sid=sid) and
         gh.row(sid)["tool_calls"][0]["result"])
first = gh.row(sid)["version"]
is_(gh.row(sid)["version"], first, "220 reading changes no version")
answer = patch(sid, {"a": 1}, version=first)
is_((answer.status, answer.body["version"]), (200, first + 1),
    "220 a change is one version more")
before = gh.row(sid)
answer = patch(sid, {"a": 2}, version=first)
is_((answer.status, answer.code), (409, "conflict"), "220 a stale copy")
is_((gh.row(sid), patch(sid, {"a": 2}, version=first + 7).status),
    (before, 409), "220 changes nothing; nor does one from the future")
is_(patch(sid, {"b": 3}).body["version"], first + 2,
    "220 who names no version merges")
gh.ask("DELETE", f"sessions/{sid}")
ok(gh.row(sid)["version"] > first + 2, "220 a move is a version too")
answers = []
sid = gh.run("ends.", "needs_review")["id"]
version = gh.row(sid)["version"]
threads = [threading.Thread(target=lambda n=n: answers.append(
    patch(sid, {"winner": n}, version=version).status)) for n in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
is_((sorted(answers), gh.row(sid)["version"]), ([200] + [409] * 5, version + 1),
    "220 of six that saw the same version one wins")

# ---- 222: what goes in comes out

FIELDS = {
    "text": "naïve ☂ \U0001f600 \"quoted\" \\ / \b\f\n\r\t \u2028 </script>",
    "numbers": [0, -1, 9007199254740993, 2**63 - 1, -2**63, 0.1, 1e-7, 1e300],
    "nested": {"a": {"b": [None, True, False, {"c": []}]}, "": "no name"},
    "long": "x" * 100000,
}
QUERY = "ends. " + FIELDS["text"]
sid = gh.session(QUERY, state_overrides=FIELDS,
                 submitter={"id": "ünïcode", "team": "☂"})
fields = gh.wait(sid, "needs_review")["extra_fields"]
is_({k: fields[k] for k in FIELDS}, FIELDS, "222 fields of every kind")
is_((fields["query"], fields["reporter"]),
    (QUERY, {"id": "ünïcode", "team": "☂"}), "222 query and submitter")
shown = json.loads(gh.cli("--json", "show", sid))
is_(shown["session"]["extra_fields"], fields, "222 the command shows the same")
row = patch(sid, {"nested": {"a": None, "d": 9007199254740993}}).body
is_(row["extra_fields"]["nested"], {"": "no name", "d": 9007199254740993},
    "222 a change merges, and null removes")
is_(row["extra_fields"]["numbers"], FIELDS["numbers"], "222 the rest stays")

# ---- 221: calls that nobody was asked about

row = gh.run("works.")
is_([(c["status"], c["approver"], c["approved_at"], c["approval_rationale"])
     for c in row["tool_calls"]], [("executed", None, None, None)] * 3,
    "221 executed, and nobody approved them")

# ---- 223, 228: the index of words cannot be written; rows do not vanish

db = sqlite3.connect(gh.db, timeout=30, isolation_level=None)
db.execute("CREATE TRIGGER broken BEFORE UPDATE ON search"
           " BEGIN SELECT RAISE(ABORT, 'broken'); END")
sid = gh.run("ends. platypus")["id"]
wait_for("the runner tells", lambda: "search_not_filled" in gh.log("runner"))
is_(gh.row(sid)["status"], "needs_review",
    "223 a session whose words are not indexed comes to its end")
db.execute("DROP TRIGGER broken")
wait_for("it is found", lambda: [s["id"] for s in gh.get(
    "sessions?status=any&q=platypus")] == [sid])
ok(True, "223 and is found when that works again")
try:
    db.execute("DELETE FROM session WHERE id = ?", [sid])
    why = ""
except sqlite3.Error as error:
    why = str(error)
like(why, "session", "228 a session cannot vanish, so nothing is left of one")
db.close()

# ---- 226: one that thinks for ever holds up nobody

slow = [gh.session("thinks.") for _ in range(20)]
for sid in slow:
    wait_for("it thinks", lambda: gh.ran(sid=sid))
gh.run("ends.", "needs_review")
ok(True, "226 a session passes twenty that think")
for sid in slow:
    is_(gh.ask("DELETE", f"sessions/{sid}").status, 204,
        "226 each can be stopped")

# ---- 225: killed while paused

paused = [gh.session("waits.") for _ in range(5)]
for sid in paused:
    gh.wait(sid, "awaiting_input")
before = [gh.get(f"sessions/{s}/full") for s in paused]
queue = {g["gate_id"] for g in gh.get("approvals")}
gh.crash()
gh.start()
is_([gh.get(f"sessions/{s}/full") for s in paused], before,
    "225 kill -9 of everything changes no paused session")
is_({g["gate_id"] for g in gh.get("approvals")}, queue,
    "225 nor the queue")
for sid, verdict in zip(paused, ("approve", "reject") * 3):
    gh.decide(sid, verdict)
    gh.wait(sid, "needs_review")
is_([len(gh.ran(sid=s)) for s in paused], [1, 0, 1, 0, 1],
    "225 and each verdict does its own")

# ---- 224: killed while running, again and again

sids = [gh.session("thinks a little.") for _ in range(10)]
sids += [gh.session("works.") for _ in range(10)]
wait_for("they run", lambda: gh.ran(sid=sids[0]))
gh.kill("gatehouse-runner")
gh.kill("gatehouse-fcgi")
wait_for("it answers", lambda: gh.ask("GET", "agents").status == 200)
gh.crash()
gh.start()
for sid in sids:
    while gh.wait(sid, "needs_review",
                  "awaiting_input")["status"] == "awaiting_input":
        gh.decide(sid, "done")      # its call may have run
ok(True, "224 every session came to its end")
is_([s for s in sids if any(
    sum(r[2] == c["tool_call_id"] for r in gh.ran(sid=s)) > 1
    for c in gh.row(s)["tool_calls"])], [], "224 no call ran twice")
is_(gh.get("sessions"), [], "224 nothing is left running")

# ---- 227: a crowd

wrong, over = [], threading.Event()


def poll():
    while not over.is_set():
        sid = random.choice(crowd)
        place = random.choice((
            "sessions", "approvals", "sessions/recent?limit=50",
            "sessions?status=needs_review", f"sessions/{sid}",
            f"sessions/{sid}/full", f"sessions/{sid}/events"))
        try:
            status = gh.ask("GET", place).status
        except OSError as error:
            status = repr(error)
        if status != 200:
            wrong.append((place, status))


crowd = []
makers = [threading.Thread(target=lambda: [crowd.append(gh.session("works."))
                                           for _ in range(25)])
          for _ in range(4)]
for maker in makers:
    maker.start()
wait_for("the first", lambda: crowd)
pollers = [threading.Thread(target=poll) for _ in range(8)]
for poller in pollers:
    poller.start()
for maker in makers:
    maker.join()
for sid in crowd:
    gh.wait(sid, "needs_review")
over.set()
for poller in pollers:
    poller.join()
is_((len(set(crowd)), wrong), (100, []),
    "227 a hundred sessions and eight pollers: all answers are good")
is_([len(gh.ran(sid=s)) for s in crowd], [2] * 100, "227 each did its own work")

gh.sound()
done()
