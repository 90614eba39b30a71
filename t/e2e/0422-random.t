#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Random requests of several clients at once, and a model of the state machine
# that is kept here: every answer is the model's, and so is what can be read.
# GATEHOUSE_SEED=N repeats a run, GATEHOUSE_REQUESTS=N says how long.
import json
import os
import random
import sqlite3
import sys
import threading
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, diag, done, is_, ok, say, wait_for

SEED = int(os.environ.get("GATEHOUSE_SEED", time.time()))
REQUESTS = int(os.environ.get("GATEHOUSE_REQUESTS", 1200))
CLIENTS, SESSIONS, DUPLICATES = 4, 3, 3
PEOPLE = ("ann", "bob", "cy")
print(f"# GATEHOUSE_SEED={SEED} GATEHOUSE_REQUESTS={REQUESTS}", flush=True)

CALL = ("box:high", {"n": 1, "m": 1})
gh = System().start(App("gates", {"pair.": [[CALL, CALL]]}, edits={
    "  gateway:\n": "  gateway:\n    quorum: 2\n"}))
gh.load(App("unsure", {
    ("unsure.", "asker"): [say("Perhaps.", 0.4)],
    ("unsure.", "doer"): [[("box:act", {})], [("desk:close", {})]]}))


class Fault(Exception):
    """An answer that is not the model's."""


class Gate:
    """What a gate must be, by what was answered."""

    def __init__(self, name, kind):
        self.name, self.kind = name, kind
        self.version, self.decision = 1, None
        self.votes, self.assignee = {}, None

    def late(self, version, header=False):
        """The status that a request about this version gets; 200: in time."""
        if self.decision:
            return 409
        return 200 if version in (None, self.version) else \
            412 if header else 409

    def vote(self, person, verdict, version, header=False):
        """The status that the answer must have; what follows is noted."""
        if person in self.votes:
            return 200 if self.votes[person] == verdict else 409
        status = self.late(version, header)
        if status == 200:
            self.votes[person] = verdict
            self.version += 1
            if verdict != "approve" or list(
                    self.votes.values()).count("approve") == 2:
                self.decision = verdict
        return status


class Session:
    """One session and what is known of it; one client alone acts on it."""

    def __init__(self, dice, query="pair.", sid=None):
        self.dice, self.query = dice, query
        self.gates, self.asked = [], 0  # asked: calls to be asked about anew
        self.over = None                # the status that it ended with
        self.cut = self.deleted = False     # cut: not all may have run
        self.done, self.kept = [], []       # kept: answers to keys
        self.sid = sid
        if sid is None:
            body = {"query": query, "environment": "dev",
                    "app": "gates" if query == "pair." else "unsure",
                    "submitter": {"id": "t"}}
            self.sid = self.post("sessions", body, 201).body["session_id"]
            self.wait_for_gates(2 if query == "pair." else 1)
        else:
            self.over = "duplicate"

    def wait_for_gates(self, count):
        """Until there are so many new ones."""
        known = {g.name for g in self.gates}

        def new():
            found = [Gate(*row) for row in gh.sql(
                "SELECT 'g' || id, kind FROM gate WHERE session_id = ? "
                "ORDER BY id", self.sid) if row[0] not in known]
            return found if len(found) == count else None

        self.gates += wait_for(f"{self.sid} has {count} new gates", new)

    def open(self):
        return [g for g in self.gates if g.decision is None]

    def end(self, status):
        for gate in self.open():
            gate.decision = "cancelled"
        self.over, self.cut = status, True

    def settle(self):
        """What the runner does by itself after the last verdict."""
        if self.over or self.open():
            return
        if self.asked:
            self.wait_for_gates(self.asked)
            self.asked = 0

    def check(self, got, want, what):
        if got != want:
            raise Fault(f"{self.sid} {what}: {got}, not {want}\n"
                        f"before: {self.done[-12:]}")

    def ask(self, method, path, body, want, **headers):
        self.done.append((method, path.replace(self.sid or "-", ""), body,
                          *headers.values()))
        answer = gh.ask(method, path, body, **headers)
        self.check(answer.status, want, f"{self.done[-1]} {answer.text[:300]}")
        return answer

    def post(self, path, body, want, **headers):
        """Sometimes with a key; then it may be sent once more."""
        if self.dice.random() < 0.5:
            headers["Idempotency-Key"] = f"{SEED} {self.dice.random()}"
        answer = self.ask("POST", path, body, want, **headers)
        if want < 300 and "Idempotency-Key" in headers:
            self.kept.append((path, body, headers, want, answer.text))
        return answer

    # ---- what a client may do

    def pick(self):
        """A gate, a person, and a version that may be right."""
        if not self.gates:
            return None, None, None
        gate = self.dice.choice(self.gates)
        return gate, self.dice.choice(PEOPLE), self.dice.choice(
            (None, None, gate.version, gate.version + 1,
             max(1, gate.version - 1)))

    def decide(self):
        gate, person, version = self.pick()
        verdict = self.dice.choice(("approve",) * 6 + (
            "reject", "respond", "edit", "edit", "escalate"))
        if gate is None or verdict == "escalate" and self.dice.random() < 0.6:
            return self.assign()
        body = {"decision": verdict, "approver": person}
        if verdict == "respond":
            body["user_input"] = "no"
        if verdict == "edit":
            body["args"] = {"n": 2 + self.gates.index(gate)}
        header = version is not None and self.dice.random() < 0.5
        headers = {"If-Match": f'"{version}"'} if header else {}
        if version is not None and not header:
            body["version"] = version
        was = gate.decision
        path = f"sessions/{self.sid}/approvals/{gate.name}"
        if gate.kind == "confidence":
            self.ask("POST", path, body, 409, **headers)
            return
        want = gate.vote(person, verdict, version, header)
        answer = self.post(path, body, want, **headers)
        if want == 409 and gate.decision:
            self.check(answer.body["error"]["details"].get("decision"),
                       gate.decision, "what was decided")
        if was is None and gate.decision == "escalate":
            self.end("needs_review")
        self.asked += was is None and gate.decision == "edit"

    def batch(self):
        """Both gates, one of them twice, and one that there is not."""
        person, decisions, want = self.dice.choice(PEOPLE), [], []
        gates = [g for g in self.gates if g.kind == "tool"]
        for gate in [*gates[-2:], *gates[:1]]:
            verdict = self.dice.choice(("approve", "approve", "reject"))
            version = gate.version - (self.dice.random() < 0.2) or 9
            decisions.append({"gate_id": gate.name, "decision": verdict,
                              "version": version})
            want.append(gate.vote(person, verdict, version))
        decisions.append({"gate_id": "g999999", "decision": "approve",
                          "version": 1})
        answer = self.post("approvals", {"approver": person, "decisions":
                                         decisions}, 200)
        self.check([o["status"] for o in answer.body], [*want, 404], "a batch")

    def assign(self):
        gate, person, version = self.pick()
        if gate is None:
            return
        want = gate.late(version)
        if want == 200:
            gate.assignee, gate.version = person, gate.version + 1
        self.ask("PATCH", f"approvals/{gate.name}", {
            "actor": person, "assignee": person,
            **({} if version is None else {"version": version})}, want)

    def resume(self):
        """An answer to an agent that is not sure, and to nothing else."""
        unsure = [g for g in self.open() if g.kind == "confidence"]
        word = self.dice.choice(("resume_with_input", "escalate", "stop"))
        self.post(f"sessions/{self.sid}/resume", {
            "decision": word, "user_input": "go on", "actor": "ann"},
            200 if unsure else 409)
        for gate in unsure:
            gate.decision, gate.votes["ann"] = word, word
            gate.version += 1
            if word == "stop":
                self.end("stopped")

    def change(self, method, body, want):
        """Sometimes as it was seen; whether it was done."""
        path, tag = f"sessions/{self.sid}", None
        if self.over or self.open():    # else it moves by itself
            tag = self.dice.choice((None, gh.ask("GET", path).headers["ETag"],
                                    '"0"'))
        want = 412 if tag == '"0"' else want
        self.ask(method, path, body, want, **({"If-Match": tag} if tag else {}))
        return want < 300

    def stop(self):
        if self.open() and self.dice.random() < 0.8:
            return self.look()  # else all would soon be over
        if not self.change("DELETE", None, 204):
            return
        if self.open():
            self.end("stopped")
        elif not self.over:
            self.cut = True

    def delete(self):
        """Only what is over for good."""
        if not self.over and not self.open():
            self.over = gh.wait(self.sid, "stopped", "needs_review",
                                "resolved", "escalated")["status"]
        if self.change("PATCH", {"deleted": True}, 200 if self.over else 409):
            self.deleted = True
            self.ask("PATCH", f"sessions/{self.sid}",
                     {"extra_fields": {"a": 1}}, 409)

    def retract(self):
        path = f"sessions/{self.sid}/un-duplicate"
        if self.over != "duplicate" or self.deleted:
            self.post(path, None, 409)
            return
        self.post(path, {"retracted_by": "ann"}, 200)
        self.over = None
        self.wait_for_gates(2)

    def again(self):
        """What was sent with a key is answered once more and not done."""
        if not self.kept:
            return
        path, body, headers, status, text = self.dice.choice(self.kept)
        if self.dice.random() < 0.3:
            self.ask("POST", path, {**(body or {}), "x": 1}, 422, **headers)
        else:
            self.check(self.ask("POST", path, body, status, **headers).text,
                       text, "the kept answer")

    def look(self):
        """What can be read is what the model says."""
        for gate in self.gates:
            seen = gh.get(f"approvals/{gate.name}")
            self.check((seen["decision"], seen["version"], seen["assignee"],
                        {v["actor"]: v["verdict"] for v in seen["votes"]}),
                       (gate.decision, gate.version, gate.assignee,
                        gate.votes), gate.name)
        row = gh.row(self.sid)
        may = (self.over,) if self.over else ("awaiting_input",) \
            if self.open() else ("in_progress", "needs_review", "resolved",
                                 "escalated") + ("stopped",) * self.cut
        self.check(row["status"] in may, True, f"is {row['status']}, not {may}")
        self.check(row["deleted_at"] is not None, self.deleted, "deleted")


WHAT = (Session.decide,) * 6 + (Session.look,) * 2 + (
    Session.batch, Session.assign, Session.resume, Session.stop,
    Session.delete, Session.retract, Session.again, Session.again)

# ---- duplicates, which nothing else makes yet

gh.kill("multiwatch", "gatehouse-runner")
twins = [gh.session("pair.", app="gates") for _ in range(CLIENTS * DUPLICATES)]
original = gh.session("unsure.", app="unsure")
db = sqlite3.connect(gh.db, timeout=30, isolation_level=None)
for twin in twins:
    db.execute("UPDATE session SET parent_session_id = ?, dedup_rationale = "
               "'same' WHERE id = ?", (original, twin))
    db.execute("INSERT INTO move (session_id, from_status, to_status, cause, "
               "actor, at) VALUES (?, 'new', 'duplicate', 'dedup', 'runner', "
               "1)", (twin,))
db.close()
gh.stop()
gh.start()

# ---- all at once

faults, counts, sessions = [], {}, []


def client(number):
    dice = random.Random(SEED * 100 + number)
    mine = [Session(dice, sid=twins.pop()) for _ in range(DUPLICATES)]
    for turn in range(REQUESTS // CLIENTS):
        if len([s for s in mine if not s.over]) < SESSIONS:
            mine.append(Session(dice, dice.choice(("pair.", "unsure."))))
        session = dice.choice(mine[-2 * SESSIONS:] + mine[:DUPLICATES])
        what = dice.choice(WHAT)
        what(session)
        counts[what.__name__] = counts.get(what.__name__, 0) + 1
        session.settle()
        if faults:
            break
    for session in mine:
        session.look()
    sessions.extend(mine)


def run(number):
    try:
        client(number)
    except BaseException as error:
        faults.append(str(error) if isinstance(error, Fault) else
                      f"client {number}: {error!r}")
        if not isinstance(error, Fault):
            raise


threads = [threading.Thread(target=run, args=(n,)) for n in range(CLIENTS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for text in faults[:3]:
    diag(text)
is_(len(faults), 0, f"seed {SEED}: every answer is the model's") or done()
print(f"# {len(sessions)} sessions: {counts}")
ok(len(sessions) > 4 * CLIENTS and len(counts) == len(set(WHAT)),
   "there were some of each kind")

# ---- what was approved, and nothing else, has run: once each

for session in sessions:
    if session.open():
        session.end("stopped")
        gh.ask("DELETE", f"sessions/{session.sid}")
gh.ask("DELETE", f"sessions/{original}")
wait_for("all are over", lambda: gh.sql(
    "SELECT count(*) FROM session WHERE ready_at IS NOT NULL OR "
    "status = 'awaiting_input'") == [(0,)], 60)
wrong = []
for session in sessions:
    row = gh.row(session.sid)
    words = [g.decision for g in session.gates]
    want = {"high": words.count("approve"),
            "act": words.count("resume_with_input"),
            "hand_over": words.count("escalate") if session.query != "pair."
            else 0}
    ran = {tool: len(gh.ran(tool, session.sid)) for tool in want}
    ended = not session.cut and session.over != "duplicate"
    if any(ran[t] > want[t] or ended and ran[t] < want[t] for t in want):
        wrong.append((session.sid, row["status"], want, ran, session.done))
is_(wrong, [], f"seed {SEED}: what was approved ran, and nothing else")

# ---- the audit log tells one story of each

wrong = []
for session in sessions:
    at = "new"
    for event in gh.events(session.sid, "status_changed"):
        if event["payload"]["from"] != at:
            wrong.append((session.sid, at, event))
        at = event["payload"]["to"]
    if at != gh.row(session.sid)["status"]:
        wrong.append((session.sid, at))
is_(wrong, [], f"seed {SEED}: each move goes on from the one before")
gh.sound()
done()
