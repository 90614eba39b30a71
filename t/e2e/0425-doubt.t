#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Tools that were running when their runner died: 117, 224. What may have run
# is never silently run again.
import signal
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, done, is_, like, ok, wait_for
from openapi import Described

gates = App("gates", {
    "risky.": [[("box:hold", {"n": 1})]],
    "harmless.": [[("box:hold_low", {"n": 1})]],
    "idempotent.": [[("box:hold_twice", {"n": 1})]],
})
gh = Described().start(gates)


def running(query):
    """A session whose tool holds, approved if it must be."""
    sid = gh.session(query)
    if query == "risky.":
        gh.wait(sid, "awaiting_input")
        gh.decide(sid, "approve")
    wait_for("the tool runs", lambda: gh.ran(sid=sid))
    return sid


def in_doubt(sid):
    return [g for g in gh.gates(sid) if g["kind"] == "in_doubt"]


sids = {name: running("risky.") for name in ("done", "fail", "again", "stop")}
low, twice = running("harmless."), running("idempotent.")
is_([gh.row(s)["tool_calls"][0]["status"] for s in (sids["done"], low)],
    ["executing", "executing"], "117 a call is marked before it starts")
gh.kill("gatehouse-runner")

for name, sid in [*sids.items(), ("low", low)]:
    wait_for("a gate asks", lambda: in_doubt(sid))
    gate, row = gh.gates(sid)[0], gh.row(sid)
    is_((row["status"], row["tool_calls"][0]["status"], gate["reason"],
         gate["verdicts"], len(gh.ran(sid=sid))),
        ("awaiting_input", "in_doubt", "in_doubt",
         ["done", "fail", "run_again"], 1), f"117 a person is asked: {name}")
like(gate["question"], "may have run", "117 and told why")
is_([e["payload"]["kind"] for e in gh.events(low, "gate_fired")],
    ["in_doubt"], "117 the audit log tells it")
is_(gh.events(low, "tool_invoked"), [], "117 and no outcome yet")
wait_for("it runs again", lambda: len(gh.ran(sid=twice)) == 2)
is_((gh.gates(twice), {r[2] for r in gh.ran(sid=twice)}), ([], {"0"}),
    "117 an idempotent tool runs again by itself, under the same key")

for word in ("approve", "reject", "resume_with_input"):
    is_(gh.decide(low, word).status, 422, f"117 {word} answers no doubt")
gate = gh.gates(sids["done"])[0]["gate_id"]
gh.let_go()
gh.wait(twice, "needs_review")

gh.decide(sids["done"], "done", rationale="I looked")
row = gh.wait(sids["done"], "needs_review")
call = row["tool_calls"][0]
is_((call["status"], call["is_error"], call["result"]["taken_as_done"],
     call["result"]["rationale"]), ("approved", False, True, "I looked"),
    "117 done: the person's word is the outcome")
is_(gh.decide(sids["done"], "run_again", gate, "bob").status, 409,
    "117 done is done")
gh.decide(sids["fail"], "fail")
row = gh.wait(sids["fail"], "needs_review")
is_((row["tool_calls"][0]["is_error"], row["status"]), (True, "needs_review"),
    "117 fail: the model hears an error, the session goes on")
gh.decide(sids["again"], "run_again")
row = gh.wait(sids["again"], "needs_review")
is_((row["tool_calls"][0]["status"], row["tool_calls"][0]["attempt"],
     row["tool_calls"][0]["result"]), ("approved", 2, {"ran": "hold"}),
    "117 run_again: it runs a second time, the same row")
gh.decide(low, "run_again")
row = gh.wait(low, "needs_review")
is_((row["tool_calls"][0]["status"], row["tool_calls"][0]["attempt"]),
    ("executed", 2), "117 run_again of a call that needed no approval")
gh.ask("DELETE", f"sessions/{sids['stop']}")
row = gh.row(sids["stop"])
is_((row["status"], row["tool_calls"][0]["status"], gh.gates(row["id"])),
    ("stopped", "in_doubt", []), "117 a stopped session stays in doubt")
is_({n: len(gh.ran("hold", s)) for n, s in sids.items()} |
    {"low": len(gh.ran("hold_low", low))},
    {"done": 1, "fail": 1, "again": 2, "stop": 1, "low": 2},
    "117 nothing ran again but what a person said")

# ---- the tool ends, and nobody is there to write it down

gh.let_go(False)
sid = running("risky.")
gh.kill("gatehouse-runner", number=signal.SIGSTOP)
gh.let_go()
wait_for("the tool ends", lambda: len(gh.ran("hold_ended", sid)) == 1)
gh.kill("gatehouse-runner")
wait_for("a gate asks", lambda: in_doubt(sid))
is_(len(gh.ran("hold", sid)), 1, "117 ended but not recorded: in doubt")
gh.decide(sid, "done")
gh.wait(sid, "needs_review")

# ---- an orderly end lets a running tool end first

gh.let_go(False)
sid = running("risky.")
gh.kill("gatehouse-runner", number=signal.SIGSTOP)
gh.kill("gatehouse-runner", number=signal.SIGTERM)
gh.let_go()
wait_for("the tool ends", lambda: len(gh.ran("hold_ended", sid)) == 1)
gh.kill("gatehouse-runner", number=signal.SIGCONT)
row = gh.wait(sid, "needs_review")
is_((row["tool_calls"][0]["status"], row["tool_calls"][0]["attempt"],
     len(gh.events(sid, "gate_fired"))), ("approved", 1, 1),
    "117 after SIGTERM its outcome is written, nobody is asked")

# ---- 224: killed anywhere else, the session just goes on

sids = [gh.session("harmless.") for _ in range(20)]
for _ in range(4):     # after more of them at once multiwatch gives up
    gh.kill("gatehouse-runner")
    wait_for("it is back", lambda: gh.pids("gatehouse-runner"))
for sid in sids:
    row = gh.wait(sid, "needs_review", "awaiting_input")
    if row["status"] == "awaiting_input":
        gh.decide(sid, "done")
        gh.wait(sid, "needs_review")
ok(all(len(gh.ran("hold_low", s)) <= 1 for s in sids),
   "224 sessions of a killed runner come to their end, no call ran twice")

gh.sound()
gh.as_described()
done()
