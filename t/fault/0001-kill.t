#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# kill -9 of the runner, the FastCGI processes, nginx, and of all at once, at
# random moments, over hundreds of sessions, while people approve, reject and
# stop. Afterwards everything has come to its end, nothing that was answered
# for is lost, nothing ran twice that nobody asked to run twice, and nothing
# ran unapproved.
#
# GATEHOUSE_SEED=N repeats the choices of a run, GATEHOUSE_SESSIONS=N says
# how many sessions.
import collections
import http.client
import os
import random
import sys
import threading
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import DEADLINE, App, System, diag, done, is_, ok, say, wait_for

SESSIONS = int(os.environ.get("GATEHOUSE_SESSIONS", 240))
SEED = int(os.environ.get("GATEHOUSE_SEED", time.time()))
KILLS_S = 25        # at least so long something dies now and then
diag(f"GATEHOUSE_SEED={SEED}")

LOW, TWICE = ("box:nap_low", {"n": 1}), ("box:nap_twice", {"n": 2})
NOTE = ("desk:note", {"patch": {"seen": True}})
NAP = ("box:nap", {"big": 9007199254740993, "text": "ein \"Wort\" ☂"})
HIGH = ("box:high", {"n": 3.0, "list": [1, {"a": None}]})
gh = System().start(App("gates", {
    "one.": [[NAP], [("desk:close", {})]],
    "both.": [[LOW, NAP, HIGH], [("desk:close", {})]],
    "in turn.": [[NOTE, HIGH], [NAP], [TWICE]],
    "free.": [[LOW, TWICE], [NOTE], say(delay=0.2)],
    "two agents.": [say(confidence=0.2, signal="needs_input", delay=0.1)],
    ("two agents.", "second"): [[("box:medium", {})], [NAP]],
}))
QUERIES = ("one.", "both.", "in turn.", "free.", "two agents.")

DISASTERS = ("runner", "runner", "runner", "fcgi", "fcgi", "nginx worker",
             "nginx", "all")

made = []           # sessions that were answered for
said = {}           # gate -> verdict that was answered for
stopped = {}        # session -> when its stop was answered for, in ms
kills = collections.Counter()
over = threading.Event()


def ask(*words):
    """An answer, or None if there was nobody to give one."""
    try:
        answer = gh.ask(*words)
    except (OSError, http.client.HTTPException):
        return None
    if answer.status >= 500:
        return None
    return answer


def make(dice):
    while len(made) < SESSIONS and not over.is_set():
        answer = ask("POST", "sessions", {
            "query": dice.choice(QUERIES), "environment": "dev"})
        if answer is not None:
            made.append(answer.body["session_id"])
        time.sleep(dice.uniform(0, 1.4 * KILLS_S / SESSIONS))


def decide(dice, name):
    """A person: answers some of the open gates, stops a session at times."""
    while not over.is_set():
        queue = ask("GET", "approvals?limit=500")
        for gate in queue.body if queue is not None else ():
            if dice.random() < 0.5 and len(made) < SESSIONS:
                continue
            path = "sessions/" + gate["session_id"]
            if dice.random() < 0.03:
                answer = ask("DELETE", path)
                if answer is not None:
                    stopped[gate["session_id"]] = time.time() * 1000
                continue
            words = ("done", "fail", "run_again") if gate[
                "kind"] == "in_doubt" else ("approve", "approve", "reject")
            verdict = dice.choice(words)
            answer = ask("POST", f"{path}/approvals/{gate['gate_id']}", {
                "decision": verdict, "approver": name,
                "version": gate["version"]})
            if answer is not None and answer.status == 200:
                said[gate["gate_id"]] = (verdict, name)
        time.sleep(0.03)


def kill(what):
    """One disaster, and what it takes to get over it."""
    kills[what] += 1
    if what == "runner":
        gh.kill("gatehouse-runner")
    elif what == "fcgi":
        gh.kill("gatehouse-fcgi")
    elif what == "nginx worker":
        with open(gh.data + "/run/nginx.pid") as file:
            master = int(file.read())
        for pid in gh.pids("nginx"):    # none, if it has just lost them
            if pid != master:
                os.kill(pid, 9)
    elif what == "nginx":
        gh.kill("nginx")
        gh.stop()
        gh.start()
    else:
        gh.crash()
        gh.start()


people = [threading.Thread(target=make, args=(random.Random(SEED + 1),))]
people += [threading.Thread(target=decide, args=(
    random.Random(SEED + n), f"person{n}")) for n in (2, 3)]
for person in people:
    person.daemon = True
    person.start()
dice = random.Random(SEED)
# Each once, in any order; then what the dice say.
first = dice.sample(DISASTERS, len(DISASTERS))
end = time.monotonic() + KILLS_S
while time.monotonic() < end or len(made) < SESSIONS:
    # Longer than what multiwatch takes for a program that cannot start.
    time.sleep(dice.uniform(0.25, 0.6))
    kill(first.pop() if first else dice.choice(DISASTERS))
diag(f"{dict(kills)} killed over {len(made)} sessions")
wait_for("every session is at its end", lambda: not gh.get("sessions"),
         2 * DEADLINE)
over.set()
for person in people:
    person.join()

# ---- what is left behind

sessions = dict(gh.sql("SELECT id, status FROM session"))
is_([s for s in made if s not in sessions], [],
    "every session that was answered for is there")
is_({s for s in sessions.values()} - {"resolved", "needs_review", "stopped"},
    set(), "every session came to an end of its own")
last_move = dict(gh.sql("SELECT session_id, max(at) FROM move GROUP BY 1"))
is_([s for s, at in stopped.items() if last_move[s] > at], [],
    "nothing moves after a stop that was answered for")
gates = {f"g{n}": (decision, who) for n, decision, who in gh.sql(
    "SELECT id, decision, decided_by FROM gate")}
is_([(g, v, gates[g]) for g, v in said.items() if gates[g] != v], [],
    "every verdict that was answered for is the one that counts")

Call = collections.namedtuple("Call", "tool status args gate again repeatable "
                              "result session")
calls = {(sid, str(ordinal)): Call(*rest) for sid, ordinal, *rest in gh.sql(
    "SELECT c.session_id, c.ordinal, substr(c.tool, instr(c.tool, ':') + 1),"
    " c.status, c.args, (SELECT decision FROM gate g WHERE"
    " g.tool_call_id = c.id AND g.kind = 'tool'), (SELECT count(*) FROM gate g"
    " WHERE g.tool_call_id = c.id AND g.decision = 'run_again'),"
    " c.repeatable, c.result, s.status FROM tool_call c"
    " JOIN session s ON s.id = c.session_id")}
runs = collections.Counter()
wrong = []
for tool, sid, ordinal, args in gh.ran():
    runs[sid, ordinal] += 1
    call = calls.get((sid, ordinal))
    if call is None or (call.tool, call.args) != (tool, args):
        wrong.append((tool, sid, ordinal, args, call))
is_(wrong, [], "whatever ran has its row, and its arguments byte for byte")
is_([(k, n, calls[k]) for k, n in runs.items() if not calls[k].repeatable and
     n > 1 + calls[k].again], [],
    "no call ran twice, unless a person said run_again")
is_([(k, calls[k]) for k in runs if calls[k].tool in ("nap", "high") and
     calls[k].gate != "approve"], [], "nothing ran unapproved")
is_([(k, c) for k, c in calls.items() if c.result == f'{{"ran":"{c.tool}"}}'
     and not runs[k]], [], "no result without a run")
is_([(k, c) for k, c in calls.items() if c.gate == "approve" and
     c.session != "stopped" and c.status != "approved"], [],
    "every approved call was carried out, or a person took it as done")
is_(gh.sql("PRAGMA integrity_check"), [("ok",)], "the file is sound")
gh.sound()
ok(all(kills[k] for k in DISASTERS), "each of them was killed")
diag(f"{len(calls)} calls, {sum(runs.values())} runs, {len(gates)} gates, "
     f"{sum(d in ('done', 'fail', 'run_again') for d, _ in gates.values())} "
     f"in doubt, {sum(s == 'stopped' for s in sessions.values())} stopped")
done()
