#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# How sessions end: 133 to 146.
import atexit
import subprocess
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import BUILD, DEADLINE, App, System, done, is_, ok, reply, wait_for


def review(decision):
    return [("desk:review", {"decision": decision})]


BOTH = {"number": 0, "headline": "", "title": "slow", "nothing": None}
TEAM = [("desk:escalate", {"team": "payments"})]
RESOLVE, SEAL = [("box:resolve", {})], [("box:seal", {})]

# What the agent calls, turn by turn -> status, cause, extracted fields.
NO_TOOL = {"needs_review_reason": "graph completed without terminal tool call"}
ENDS = {
    "133 a terminal tool": ([RESOLVE], "resolved", "resolve", {}),
    "134 no tool at all": ([], "needs_review", "default_terminal_status",
                           NO_TOOL),
    "134 no terminal tool": ([[("box:plain", {})]], "needs_review",
                             "default_terminal_status", NO_TOOL),
    "137 one that failed": ([[("box:fail", {})]], "needs_review",
                            "default_terminal_status", NO_TOOL),
    "138 the newest counts": ([RESOLVE, TEAM], "escalated", "escalate",
                              {"team": "payments", "escalated_to": "payments"}),
    "138 in one reply too": ([TEAM + RESOLVE], "resolved", "resolve", {}),
    "139 approve": ([review("approve")], "approved", "review", {}),
    "139 request_changes": ([review("request_changes")], "changes_requested",
                            "review", {}),
    "139 comment": ([review("comment")], "commented", "review", {}),
    "139 neither": ([review("Approve")], "needs_review",
                    "default_terminal_status", NO_TOOL),
    "140 arguments first": (
        [[("box:ticket", {"number": 7, "headline": "down", "title": "slow"})]],
        "resolved", "ticket", {"number": 7, "title": "down"}),
    "140 then the result": ([[("box:ticket", BOTH)]], "resolved", "ticket",
                            {"title": "slow"}),
}
stories = {name + ".": turns for name, (turns, *_) in ENDS.items()}
stories |= {
    "seal.": [SEAL],
    "slow end.": [reply(RESOLVE, delay=600)],
    "breaks.": [reply(error="out of order")],
}
gh = System().start(App("ends", stories))
sids = {name: gh.session(name) for name in stories}


def moves(sid, kind="status_changed"):
    return [(e["payload"]["from"], e["payload"]["to"], e["payload"]["cause"])
            for e in gh.events(sid, kind)]


def fields(row):
    return {k: v for k, v in row["extra_fields"].items()
            if k not in ("query", "environment", "reporter")}


for name, (_, status, cause, extra) in ENDS.items():
    sid = sids[name + "."]
    row = gh.wait(sid, status)
    is_((moves(sid)[-1], fields(row)),
        (("in_progress", status, cause), extra), name)
is_([c["tool"] for c in gh.row(sids["133 a terminal tool."])["tool_calls"]],
    ["box:resolve"], "135 the rule's bare name fits the full one")
is_(gh.row(sids["133 a terminal tool."])["tool_calls"][0]["status"],
    "executed_with_notify", "133 a medium tool counts as well")

# ---- 136, 137: verdicts

gh.wait(sids["seal."], "awaiting_input")
gh.decide(sids["seal."], "approve")
gh.wait(sids["seal."], "resolved")
is_(moves(sids["seal."])[-1], ("in_progress", "resolved", "seal"),
    "136 an approved terminal tool counts")
sid = gh.session("seal.")
gh.wait(sid, "awaiting_input")
gh.decide(sid, "reject")
gh.wait(sid, "needs_review")
is_(moves(sid)[-1],
    ("in_progress", "needs_review", "default_terminal_status"),
    "137 a rejected one does not")

# ---- 144 to 146: what is told

breaks, slow = sids["breaks."], sids["slow end."]
gh.wait(breaks, "error")
is_(moves(breaks), [("new", "in_progress", "started"),
                    ("in_progress", "error", "agent_failed")],
    "146 a failure is told")
wait_for("it runs", lambda: gh.row(slow)["status"] == "in_progress")
gh.ask("DELETE", f"sessions/{slow}")
is_(moves(slow), [("new", "in_progress", "started"),
                  ("in_progress", "stopped", "stop")], "146 a stop is told")
is_(moves(sids["seal."]),
    [("new", "in_progress", "started"),
     ("in_progress", "awaiting_input", "gate_paused"),
     ("awaiting_input", "in_progress", "gate_decided"),
     ("in_progress", "resolved", "seal")], "144, 146 every move is told")
for name in ("seal.", "breaks.", "slow end.", "138 the newest counts."):
    is_(moves(sids[name], "session.status_changed"), moves(sids[name]),
        f"146 by a pair of events: {name}")
    is_([e["kind"] for e in gh.events(sids[name])][-3:],
        ["status_changed", "session.status_changed", "session.agent_running"],
        f"145 the end clears the running agent: {name}")
    is_(gh.events(sids[name])[-1]["payload"]["agent"], None,
        f"145 by an event that names none: {name}")

# ---- 141, 143: an end is an end

before = {name: gh.get(f"sessions/{sid}/full") for name, sid in sids.items()}
for sid in sids.values():
    gh.ask("DELETE", f"sessions/{sid}")
gh.kill("gatehouse-runner")
gh.run("133 a terminal tool.", "resolved")
after = {name: gh.get(f"sessions/{sid}/full") for name, sid in sids.items()}
is_(after, before, "141 nothing touches a finished session")
is_(gh.sql("SELECT count(*) FROM event WHERE session_id = ? AND payload "
           "LIKE '%resolved%'", slow), [(0,)],
    "143 an end that lost against a stop tells nothing")

# ---- 142: two runners on one database

second = subprocess.Popen(
    [BUILD + "/gatehouse-runner", "--db", gh.db, "--name", "second"],
    stderr=subprocess.DEVNULL)
atexit.register(second.kill)
sids = [gh.session("133 a terminal tool.") for _ in range(60)]
for sid in sids:
    gh.wait(sid, "resolved")
is_({(len(moves(s)), len(moves(s, "session.status_changed")),
      len(gh.ran("resolve", s))) for s in sids}, {(2, 2, 1)},
    "142 two runners: one end, one pair of events, one run of the tool")
ok(second.poll() is None, "142 the second runner lives")
second.terminate()
is_(second.wait(DEADLINE), 0, "142 and ends when it is told to")

gh.sound()
done()
