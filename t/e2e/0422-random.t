#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Random requests of several clients against a model of the state machine
# that is kept here. GATEHOUSE_SEED repeats a run; GATEHOUSE_SECONDS lasts.
import os
import random
import sys
import threading
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, diag, done, is_, ok, wait_for

SEED = int(os.environ.get("GATEHOUSE_SEED", time.time()))
SECONDS = float(os.environ.get("GATEHOUSE_SECONDS", 8))
CLIENTS, SESSIONS = 4, 6
PEOPLE = ("ann", "bob", "cy")
print(f"# GATEHOUSE_SEED={SEED} GATEHOUSE_SECONDS={SECONDS}", flush=True)

CALL = ("box:high", {"n": 1})
gh = System().start(App("gates", {"pair.": [[CALL, CALL]]}, edits={
    "  gateway:\n": "  gateway:\n    quorum: 2\n"}))


class Gate:
    """What a gate must be, by what was answered."""

    def __init__(self, name):
        self.name, self.version, self.decision = name, 1, None
        self.votes, self.assignee = {}, None

    def vote(self, person, verdict, version):
        """The status that the answer must have; what follows is noted."""
        if person in self.votes:
            return 200 if self.votes[person] == verdict else 409
        if self.decision or version not in (None, self.version):
            return 409
        self.votes[person] = verdict
        self.version += 1
        if verdict != "approve" or list(
                self.votes.values()).count("approve") == 2:
            self.decision = verdict
        return 200

    def assign(self, name, version):
        if self.decision or version not in (None, self.version):
            return 409
        self.assignee, self.version = name, self.version + 1
        return 200


class Session:
    """A session with two open gates, and one lock: its model is exact."""

    def __init__(self):
        self.sid = gh.session("pair.", app="gates")
        gh.wait(self.sid, "awaiting_input")
        self.gates = [Gate(g["gate_id"]) for g in gh.gates(self.sid)]
        self.over = False
        self.lock = threading.Lock()
        self.done = []

    def open(self):
        return [g for g in self.gates if g.decision is None]

    def stop(self):
        """Stopped, unless it went on: then it may have ended by itself."""
        if self.open():
            self.over = True
            for gate in self.open():
                gate.decision = "cancelled"

    def escalate(self):
        for gate in self.open():
            gate.decision = "cancelled"
        self.over = True


sessions, faults, counts = [], [], {}
stop_at = time.monotonic() + SECONDS


def fault(session, what, answer, want):
    faults.append(f"{session.sid} {what}: {answer.status}, not {want}; "
                  f"{answer.text[:300]}\nbefore: {session.done[-12:]}")


def look(session):
    """What can be read is what the model says."""
    for gate in session.gates:
        is_now = gh.get(f"approvals/{gate.name}")
        seen = (is_now["decision"], is_now["version"], is_now["assignee"],
                {v["actor"]: v["verdict"] for v in is_now["votes"]})
        want = (gate.decision, gate.version, gate.assignee, gate.votes)
        if seen != want:
            faults.append(f"{session.sid} {gate.name} is {seen}, not {want}"
                          f"\nbefore: {session.done[-12:]}")
    status = gh.row(session.sid)["status"]
    if (status == "awaiting_input") != bool(session.open()):
        faults.append(f"{session.sid} is {status} with "
                      f"{len(session.open())} open gates")


def act(dice, session):
    gate, person = dice.choice(session.gates), dice.choice(PEOPLE)
    version = dice.choice((None, None, gate.version, gate.version + 1,
                           max(1, gate.version - 1)))
    what = dice.choice(("approve", "approve", "approve", "reject", "respond",
                        "escalate", "assign", "look", "look", "stop"))
    if what in ("escalate", "stop") and dice.random() < 0.7:
        what = "assign"         # else all would soon be over
    session.done.append((what, gate.name, person, version))
    counts[what] = counts.get(what, 0) + 1
    if what == "look":
        look(session)
        return
    if what == "stop":
        answer = gh.ask("DELETE", f"sessions/{session.sid}")
        session.stop()
        if answer.status != 204:
            fault(session, what, answer, 204)
        return
    body = {} if version is None else {"version": version}
    if what == "assign":
        want = gate.assign(person, version)
        answer = gh.ask("PATCH", f"approvals/{gate.name}", {
            "actor": person, "assignee": person, **body})
    else:
        want = gate.vote(person, what, version)
        if what == "respond":
            body["user_input"] = "no"
        answer = gh.decide(session.sid, what, gate.name, person, **body)
        if want == 200 and what == "escalate" and \
                gate.decision == "escalate":
            session.escalate()
    if answer.status != want:
        fault(session, (what, gate.name, person, version), answer, want)
    elif want == 409 and gate.decision and what != "assign" and answer.body[
            "error"]["details"].get("decision") != gate.decision:
        fault(session, "who decided?", answer, gate.decision)


def client(number):
    dice = random.Random(SEED * 100 + number)
    try:
        while time.monotonic() < stop_at and not faults:
            session = sessions[dice.randrange(len(sessions))]
            with session.lock:
                if session in finished:
                    continue
                act(dice, session)
                if not session.open() and dice.random() < 0.3:
                    look(session)
                    finished.append(session)
                    sessions[sessions.index(session)] = Session()
    except BaseException as error:
        faults.append(f"client {number}: {error!r}")
        raise


finished = []
sessions += [Session() for _ in range(SESSIONS)]
threads = [threading.Thread(target=client, args=(n,)) for n in range(CLIENTS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for text in faults[:3]:
    diag(text)
is_(len(faults), 0, f"seed {SEED}: every answer is the model's")
print(f"# {len(finished)} sessions, {sum(counts.values())} requests: {counts}")
ok(sum(counts.values()) > 50, "there were some")

# What was approved, and nothing else, has run: once each, when all is over.
for session in sessions + finished:
    for gate in session.open():
        gh.decide(session.sid, "reject", gate.name, "zoe")
        gate.decision = "reject"
wait_for("all are over", lambda: gh.sql(
    "SELECT count(*) FROM session WHERE ready_at IS NOT NULL OR "
    "status = 'awaiting_input'") == [(0,)], 60)
wrong = []
for session in sessions + finished:
    approved = sum(g.decision == "approve" for g in session.gates)
    ran = len(gh.ran("high", session.sid))
    if ran > approved or (ran < approved and gh.row(session.sid)["status"]
                          not in ("stopped", "needs_review")):
        wrong.append((session.sid, approved, ran, session.done))
is_(wrong, [], f"seed {SEED}: what was approved ran, and nothing else")
gh.sound()
done()
