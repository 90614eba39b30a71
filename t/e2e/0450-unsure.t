#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Agents that are not sure enough, and what a person answers: 147 to 159.
import json
import socket
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, done, is_, like, ok, reply, say, wait_for
from openapi import Described

ACT, CLOSE = [("box:act", {})], [("desk:close", {})]
UNSURE = say("Perhaps.", 0.4, why="a guess")
stories = {
    ("unsure.", "asker"): [UNSURE],
    ("unsure.", "doer"): [ACT, CLOSE],
    ("sure 0.74.", "asker"): [say(confidence=0.74)],
    ("sure 0.75.", "asker"): [say(confidence=0.75)],
    ("sure 0.5.", "asker"): [say(confidence=0.5)],
    ("only calls.", "asker"): [[("box:risk", {})], ""],
    ("by another rule.", "asker"): [say(confidence=0.1, signal="success")],
    ("ends.", "asker"): [say(confidence=0.1, signal="failed")],
    ("twice.", "asker"): [UNSURE],
    ("twice.", "middle"): [say("So so.", 0.5)],
    ("risky.", "asker"): [[("box:risk", {})]],
    ("then fails.", "asker"): [UNSURE],
    ("then fails.", "middle"): [reply(error="secret words")],
}
gh = Described().start(App("unsure", stories))
gh.load(App("unsure", stories, name="bold", edits={
    "  session_id_prefix: ASK\n  escalation_teams: [payments, platform]":
        "  session_id_prefix: BOLD\n  confidence_threshold: 0.5"}))
gh.load(App("unsure", stories, name="no_tool", edits={
    "  escalate_action_tool_name: hand_over\n": ""}))


def paused(query="unsure.", app="unsure"):
    sid = gh.session(query, app=app)
    gh.wait(sid, "awaiting_input")
    return sid


def stream(sid, decision, **more):
    """The answer as a stream of events; its frames."""
    answer = gh.ask("POST", f"sessions/{sid}/resume",
                    {"decision": decision, **more}, Accept="text/event-stream")
    is_((answer.status, answer.headers["Content-Type"]),
        (200, "text/event-stream; charset=utf-8"), f"{decision}: a stream")
    return [json.loads(line[6:]) for line in answer.text.split("\n\n") if line]


# ---- 147, 148: the gate

sid = paused()
row = gh.row(sid)
is_(row["pending_intervention"], {
    "reason": "low_confidence", "confidence": 0.4, "threshold": 0.75,
    "upstream_agent": "asker", "summary": "Perhaps.", "rationale": "a guess",
    "options": ["resume_with_input", "escalate", "stop"],
    "escalation_teams": ["payments", "platform"], "intended_target": "middle"},
    "147, 148 below the threshold of 0.75 a person is asked")
is_([(g["kind"], g["reason"], g["tool"], g["deadline"]) for g in
     gh.get("approvals")], [("confidence", "low_confidence", None, None)],
    "147 the queue of everybody has it, for as long as it takes")
is_([e["kind"] for e in gh.events(sid)][-3:],
    ["gate_fired", "status_changed", "session.status_changed"],
    "147 and the audit log")
is_([r["agent"] for r in row["agents_run"]], ["asker"],
    "147 the next agent has not begun")
for query, app, waits in (
        ("sure 0.74.", "unsure", True), ("sure 0.75.", "unsure", False),
        ("sure 0.5.", "bold", False), ("unsure.", "bold", True),
        ("by another rule.", "unsure", True), ("ends.", "unsure", False)):
    row = gh.wait(gh.session(query, app=app), "awaiting_input",
                  "needs_review", "resolved")
    is_(row["status"] == "awaiting_input", waits, f"147 {query} ({app})")
row = gh.wait(gh.session("unsure.", app="bold"), "awaiting_input")
is_((row["pending_intervention"]["threshold"],
     row["pending_intervention"]["escalation_teams"]), (0.5, []),
    "148 threshold and teams are the configuration's")
silent = gh.run("only calls.", "awaiting_input", app="unsure")["id"]
gh.decide(silent, "approve")
row = wait_for("it has no more to say", lambda: (r := gh.row(silent)) and
               r["pending_intervention"] and r)
is_((row["status"], row["pending_intervention"]["confidence"]),
    ("awaiting_input", 0.3), "147 an agent that states none is not sure")

# ---- 149: text

before = gh.row(sid)
for text in ("", "  \n\t", None):
    is_(gh.resume(sid, "resume_with_input", user_input=text).status, 422,
        f"149 {text!r} says nothing")
is_(gh.row(sid), before, "149 and changes nothing")
answer = gh.resume(sid, "resume_with_input", user_input="  It was Bob. \n")
ok(answer.status == 200 and answer.body["status"] != "awaiting_input",
   "149 answered, and already on its way")
row = gh.wait(sid, "resolved")
is_((row["user_inputs"], row["pending_intervention"]), (["It was Bob."], None),
    "149 the text is kept, the intervention is over")
is_([r["agent"] for r in row["agents_run"]], ["asker", "middle", "doer"],
    "149 the agents that follow took their turns, once")
is_(len(gh.ran("act", sid)), 1, "149 and acted")
heard = gh.sql("SELECT content FROM message m JOIN agent_run r "
               "ON r.id = m.run_id WHERE m.session_id = ? "
               "AND r.agent = 'middle' AND role = 'user'", sid)
like(heard[0][0], "It was Bob", "149 the next agent hears the person")

# ---- 150: stop

sid = paused()
frames = stream(sid, "stop")
is_([(f["event"], f["incident_id"]) for f in frames],
    [("resume_started", sid), ("resume_completed", sid)], "150 two frames")
is_((frames[0]["action"], frames[1]["status"]), ("stop", "stopped"),
    "150 what is done and what came of it")
row = gh.row(sid)
is_((row["status"], row["pending_intervention"], gh.gates(sid)),
    ("stopped", None, []), "150 stopped, nothing is open")

# ---- 151: escalate

sid = paused()
is_(gh.resume(sid, "escalate", team="payments").status, 200, "151 escalated")
row = gh.wait(sid, "escalated")
is_([json.loads(r[3]) for r in gh.ran("hand_over", sid)],
    [{"incident_id": sid, "team": "payments",
      "message": "escalated by operator"}],
    "151 the tool ran once, with session and team")
is_([(c["agent"], c["tool"], c["status"]) for c in row["tool_calls"]],
    [("orchestrator", "box:hand_over", "executed")],
    "151 its row is the orchestrator's")
is_((row["extra_fields"]["team"], row["extra_fields"]["escalated_to"]),
    ("payments", "payments"), "151 the session names the team")
sid = paused()
frames = stream(sid, "escalate")
is_(frames[-1]["event"], "resume_completed", "151 as a stream")
row = gh.wait(sid, "escalated")
is_(row["extra_fields"]["escalated_to"], "platform",
    "151 no team: the configuration's")
sid = paused(app="no_tool")
answer = gh.resume(sid, "escalate", team="payments")
is_((answer.status, answer.body["status"]), (200, "needs_review"),
    "151 no tool: the default status, at once")
is_(gh.ran(sid=sid), [], "151 nothing ran")

# ---- the client of a stream goes away at once

sids = [paused() for _ in range(6)]
for sid in sids:
    body = json.dumps({"decision": "resume_with_input", "user_input": "go"})
    link = socket.create_connection(("127.0.0.1", gh.port))
    link.sendall(f"POST /api/v1/sessions/{sid}/resume HTTP/1.1\r\nHost: h\r\n"
                 "Accept: text/event-stream\r\nContent-Length: "
                 f"{len(body)}\r\nContent-Type: application/json\r\n\r\n"
                 f"{body}".encode())
    link.close()
for sid in sids:
    wait_for("it goes on", lambda: gh.row(sid)["status"] != "awaiting_input")
    gh.wait(sid, "resolved")
is_([len(gh.ran("act", sid)) for sid in sids], [1] * 6,
    "and they go on without it")

# ---- 153: a team that there is not

sid = paused()
before = gh.row(sid)
answer = gh.resume(sid, "escalate", team="marketing")
is_(answer.status, 409, "153 rejected")
is_([f["event"] for f in stream(sid, "escalate", team="marketing")],
    ["resume_started", "resume_rejected"], "153 as a stream")
is_(gh.row(sid), before, "153 nothing has changed")
is_(gh.ran(sid=sid), [], "153 and no tool was called")

# ---- 152, 157, 158: resumed when there is nothing to resume

for state, other in (("resolved", gh.run("sure 0.75.", "needs_review",
                                         app="unsure")["id"]),
                     ("stopped", paused())):
    if state == "stopped":
        gh.ask("DELETE", f"sessions/{other}")
    before = gh.row(other)
    for decision in ("resume_with_input", "escalate", "stop"):
        frames = stream(other, decision, user_input="go on")
        is_((frames[-1]["event"], frames[-1]["reason"]),
            ("resume_rejected",
             f"not_awaiting_input (status={before['status']})"),
            f"152 {decision} is refused, the status named")
        is_(gh.resume(other, decision, user_input="go on").status, 409,
            f"152 {decision} as JSON")
    is_(gh.row(other), before, "152 nothing has changed")
nobody = "ASK-20200101-001"
is_(gh.resume(nobody, "stop").status, 404, "157 an unknown session")
frames = stream(nobody, "stop")
is_((frames[-1]["error"]["code"], frames[-1]["error"]["details"]),
    ("resume_failed", {}), "157 as a stream: an error frame")
for decision in ("approve", "", None):
    is_(gh.resume(sid, decision).status, 422, f"152 {decision!r} is no answer")

# ---- 154, 158: what follows fails

sid = paused("then fails.")
frames = stream(sid, "resume_with_input", user_input="go on")
is_([f["event"] for f in frames], ["resume_started", "resume_completed"],
    "154 the stream does not wait for what follows")
ok("secret" not in json.dumps(frames), "158 and tells no message")
row = gh.wait(sid, "error")
is_(row["user_inputs"], ["go on"], "154 a later failure loses no answer")

# ---- 155, 156: the wrong kind of answer

sid = paused("risky.")
before = gh.row(sid)
for decision in ("resume_with_input", "escalate", "stop"):
    answer = gh.resume(sid, decision, user_input="no, do not run it")
    is_((answer.status, answer.code), (409, "conflict"),
        f"155 {decision} decides on no tool call")
is_([f["event"] for f in stream(sid, "resume_with_input", user_input="yes")],
    ["resume_started", "resume_rejected"], "155 as a stream")
is_((gh.row(sid), gh.ran(sid=sid)), (before, []), "155 nothing happened")
sid = paused()
before = gh.row(sid)
for name in ("0", gh.sql("SELECT 'g' || id FROM gate WHERE session_id = ?",
                         sid)[0][0]):
    for decision in ("approve", "reject"):
        answer = gh.decide(sid, decision, gate=name)
        ok(answer.status in (404, 409), f"156 {decision} of {name} is refused")
is_(gh.row(sid), before, "156 nothing has changed")

# ---- 159, and an answer after everything was killed

sid = paused("twice.")
gh.crash()
gh.stop()
gh.start()
is_(gh.row(sid)["pending_intervention"]["upstream_agent"], "asker",
    "159 the question is there after kill -9 of everything")
gh.resume(sid, "resume_with_input", user_input="first")
row = wait_for("the next question", lambda: (r := gh.row(sid)) and
               r["pending_intervention"] and r)
is_(row["pending_intervention"]["intended_target"], "doer",
    "159 the next unsure agent asks anew")
gh.resume(sid, "resume_with_input", user_input="second")
row = gh.wait(sid, "needs_review")
is_((row["user_inputs"], row["pending_intervention"]),
    (["first", "second"], None), "159 nothing stale is left")

gh.sound()
gh.as_described()
done()
