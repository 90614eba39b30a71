#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Budgets that are used up: people are asked, and what they say is done.
import json
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, done, is_, like, ok, reply, wait_for
from openapi import Described

LOOK, CLOSE = ("ops:look", {}), ("desk:close", {})
COST = {"input_tokens": 90, "output_tokens": 10}


def looks(times, *last):
    """Replies at 100 tokens each, each with a call."""
    return [reply([LOOK], usage=COST)] * times + list(last)


stories = {
    "raise.": looks(3),
    "little.": looks(3),
    "finish.": [reply([CLOSE, LOOK], usage=COST)] + looks(3),
    "goes nowhere.": looks(3),
    "stop.": looks(3),
    "killed.": looks(3),
    "tools.": [[LOOK, LOOK, LOOK, LOOK]],
    "slow.": [reply([LOOK], delay=1.1)],
    "both.": looks(3),
    "enough.": looks(1),
}


def app(name, session, agent=""):
    made = App("gates", stories, name=name, edits={
        "  max_concurrent_sessions: 1000\n":
            f"  max_concurrent_sessions: 1000\n  budget: {session}\n"})
    if agent:
        with open(made.dir + "/skills/worker/config.yaml", "a") as file:
            file.write(f"budget: {agent}\n")
    return made


gh = Described().start(app("tokens", "{tokens: 200}"))
gh.load(app("calls", "{}", "{tool_calls: 3}"))
gh.load(app("timed", "{wall_time: 1s}"))
gh.load(app("many", "{tokens: 100, model_calls: 1}", "{tokens: 150}"))


def asked(query, app="tokens"):
    sid = gh.session(query, app=app)
    gh.wait(sid, "awaiting_input")
    return sid


def gate(sid):
    """The open gate, in short; None while there is none."""
    if not gh.gates(sid):
        return None
    found, = gh.gates(sid)
    detail = found["detail"]
    return (found["kind"], found["reason"], detail["agent"], detail["limit"],
            detail["used"])


# ---- what people see

sid = asked("raise.")
found, = gh.gates(sid)
is_(found["detail"], {
    "reason": "budget", "budget": "tokens", "agent": None, "limit": 200,
    "used": 200, "amount": 200, "options": ["raise", "finish", "stop"]},
    "the approvals have the figures")
is_((found["kind"], found["verdicts"], found["deadline"], found["tool"]),
    ("budget", ["finish", "raise", "stop"], None, None),
    "and the verdicts, for as long as it takes")
like(found["question"], f"^{sid} has used 200 of 200 tokens. Raise the",
     "the question tells it")
is_(gh.get(f"sessions/{sid}/full")["session"]["pending_intervention"],
    found["detail"], "so does the session")
like(gh.cli("show", sid), r"budget +open .*used 200 of 200 tokens",
     "gatehouse show")
like(gh.cli("approvals"), r"g\d+ +budget .*used 200 of 200", "and approvals")
is_([e["kind"] for e in gh.events(sid)][-3:],
    ["gate_fired", "status_changed", "session.status_changed"],
    "the audit log as well")
is_(len(gh.ran("look", sid)), 2, "what was asked for has run")

# ---- what is no answer

for decision in ("approve", "reject", "run_again"):
    is_(gh.decide(sid, decision).status, 422, f"{decision} answers no budget")
for amount in (0, -1, 1.5, "all", 10 ** 13):
    is_(gh.decide(sid, "raise", amount=amount).status, 422, f"by {amount!r}")
answer = gh.decide(sid, "stop", amount=5)
is_((answer.status, answer.body["error"]["details"]),
    (422, {"amount": "goes with raise"}), "an amount to stop by")
is_(gh.resume(sid, "stop").status, 409, "resume answers agents")
like(gh.cli("decide", found["gate_id"], "stop", "--amount", "5"),
     "--amount goes with", "gatehouse decide says so, too")
is_(gh.row(sid)["status"], "awaiting_input", "nothing has changed")

# ---- raise

answer = gh.decide(sid, "raise", rationale="go on")
is_((answer.status, answer.body["status"], answer.body["open"]),
    (200, "in_progress", False), "raised, and on its way at once")
is_(gh.decide(sid, "raise", found["gate_id"], "bob").status, 409, "once")
row = gh.wait(sid, "needs_review")
is_((row["token_usage"]["total_tokens"], len(gh.ran("look", sid))), (300, 3),
    "the session goes on where it stood, to its end")
sid = asked("little.")
gh.decide(sid, "raise", amount=100)
wait_for("it asks again", lambda: gate(sid))
is_(gate(sid), ("budget", "tokens", None, 300, 300), "by 100 for once")
name = gh.gates(sid)[0]["gate_id"]
like(gh.cli("decide", name, "raise", "--amount", "1000", "--actor", "ann"),
     f"{name}: raise by ann; {sid} is in_progress", "and by the command line")
gh.wait(sid, "needs_review")
is_(gh.sql("SELECT group_concat(amount) FROM vote v JOIN gate g "
           "ON g.id = v.gate_id WHERE session_id = ?", sid), [("100,1000",)],
    "a raise is a row")

# ---- finish, stop

sid = asked("finish.")
gh.decide(sid, "finish")
row = gh.wait(sid, "resolved")
is_(([r["outcome"] for r in row["agents_run"]], len(gh.ran("look", sid))),
    (["cancelled"], 2), "finish: the terminal tool that ran decides")
sid = asked("goes nowhere.")
gh.decide(sid, "finish")
row = gh.wait(sid, "needs_review")
is_(gh.events(sid, "status_changed")[-1]["payload"]["cause"],
    "default_terminal_status", "else the default status")
sid = asked("stop.")
gh.decide(sid, "stop")
is_((gh.row(sid)["status"], gh.gates(sid)), ("stopped", []), "stop: at once")
sid = asked("stop.")
gh.ask("DELETE", f"sessions/{sid}")
is_((gh.row(sid)["status"], gh.gates(sid)), ("stopped", []),
    "stopped otherwise: nobody is asked any more")

# ---- the others

sid = asked("tools.", "calls")
is_((gate(sid), len(gh.ran("look", sid))),
    (("budget", "tool_calls", "worker", 3, 3), 3), "an agent's tool calls")
gh.decide(sid, "raise", amount=1)
gh.wait(sid, "needs_review")
is_(len(gh.ran("look", sid)), 4, "each counts once")

sid = asked("slow.", "timed")
is_(gate(sid)[1:4], ("wall_time", None, 1), "time")
ok(gate(sid)[4] >= 1, "of which a slow model took more than there was")
like(gh.gates(sid)[0]["question"], r"has used \d+ of 1 seconds", "in seconds")
is_(gh.ran("look", sid), [], "no tool starts then")
gh.decide(sid, "raise", amount=600)
gh.wait(sid, "needs_review")
is_(len(gh.ran("look", sid)), 1, "it does when there is time again")

sid = asked("both.", "many")
is_(gate(sid), ("budget", "model_calls", None, 1, 1), "several: the first")
gh.decide(sid, "raise", amount=5)
wait_for("the next", lambda: gate(sid))
is_(gate(sid), ("budget", "tokens", None, 100, 100), "then the next")
gh.decide(sid, "raise", amount=1000)
wait_for("the agent's", lambda: gate(sid))
is_(gate(sid), ("budget", "tokens", "worker", 150, 200), "then an agent's")
gh.decide(sid, "raise", amount=1000)
gh.wait(sid, "needs_review")

# ---- two sessions, everything killed while they wait

one, two = asked("killed."), asked("killed.")
row = gh.run("enough.", "needs_review", app="tokens")
is_(row["token_usage"]["total_tokens"], 100, "each session has its own")
gh.crash()
gh.stop()
gh.start()
is_((gate(one), gate(two)), (("budget", "tokens", None, 200, 200),) * 2,
    "the questions are there after kill -9 of everything")
gh.kill("gatehouse-runner")
gh.decide(one, "raise")
gh.wait(one, "needs_review")
is_((gh.row(two)["status"], gate(two)[4]), ("awaiting_input", 200),
    "the other one's answer is its own")
gh.decide(two, "finish")
gh.wait(two, "needs_review")
is_(json.loads(gh.cli("show", one, "--json"))["session"]["token_usage"]
    ["total_tokens"], 300, "nothing was counted twice")

gh.sound()
gh.as_described()
done()
