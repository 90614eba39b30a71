#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# What a person decides about tool calls: 98 to 116, 238 to 240.
import hashlib
import re
import sys
import threading
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, ok, reply, wait_for

BIG = {"n": 9007199254740993, "text": "naïve \"quotes\" \\ \t☂",
       "list": [1, {}]}
HIGH = [("box:high", BIG)]
ONE, TWO = ("box:high", {"n": 1}), ("box:high", {"n": 2})

STORIES = {
    "one call.": [HIGH],
    "closes.": [HIGH, [("desk:close", {})]],
    "two in turn.": [[ONE], [TWO]],
    "two at once.": [[ONE, TWO]],
    "notes first.": [[("desk:note", {"patch": {"seen": True}}), ONE]],
    "mixed.": [[("box:low", {}), ONE, ("box:medium", {})]],
    "fails.": [[("box:fail", {})], [("desk:close", {})]],
    "thinks.": [[ONE], reply(delay=600)],
    "hears.": [[ONE],
               reply([("desk:close", {})], after="because I say so")],
}
gh = System().start(App("gates", STORIES))
gh.load(App("gates", STORIES, name="strict", edits={
    "  gateway:\n": "  gateway:\n    quorum: 2\n"
    "    submitter_may_approve: false\n"}))


def paused(query, app="gates"):
    sid = gh.session(query, app=app)
    gh.wait(sid, "awaiting_input")
    return sid


def statuses(sid):
    return [c["status"] for c in gh.row(sid)["tool_calls"]]


# ---- 98, 99: a paused session

sid = paused("one call.")
call = gh.row(sid)["tool_calls"][0]
is_({k: call[k] for k in ("tool", "args", "risk", "status", "result",
                          "approver", "approved_at", "approval_rationale")},
    {"tool": "box:high", "args": BIG, "risk": "high",
     "status": "pending_approval", "result": None, "approver": None,
     "approved_at": None, "approval_rationale": None}, "98 the pending row")
like(call["ts"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", "98 has its time")
is_(gh.sql("SELECT status, result, approver, started_at FROM tool_call "
           "WHERE session_id = ?", sid),
    [("pending_approval", None, None, None)],
    "98 another connection sees it, one row")
listed = gh.gates(sid)
is_([(g["tool_call_id"], g["agent"], g["tool"], g["args"], g["ts"])
     for g in listed],
    [("0", "worker", "box:high", BIG, call["ts"])], "99 it is listed")
is_(listed[0]["args_sha256"],
    hashlib.sha256(listed[0]["args_text"].encode()).hexdigest(),
    "99 with the digest of its arguments")
clean = gh.run("anything.", "needs_review", app="gates")["id"]
is_(gh.gates(clean), [], "99 a session without a gate lists none")
is_([g["gate_id"] for g in gh.get("approvals")], [listed[0]["gate_id"]],
    "99 the queue of everybody has it")
is_(gh.sql("SELECT count(DISTINCT ts) FROM event WHERE session_id = ? AND "
           "kind <> 'session.created'", paused("one call.")), [(1,)],
    "98 nothing but rows from the claim to the gate: one commit")

# ---- 105 to 107: what is no verdict

before = gh.row(sid)
for body, name in (
        ({"decision": "MAYBE", "approver": "ann"}, "an unknown decision"),
        ({"decision": "Approve", "approver": "ann"}, "another case"),
        ({"decision": "timeout", "approver": "system"}, "the system's own"),
        ({"decision": "approve"}, "no approver"),
        ({"decision": "approve", "approver": ""}, "an empty approver"),
        ({"decision": True, "approver": "ann"}, "a decision that is no text"),
        ({"approver": "ann"}, "no decision")):
    answer = gh.post(f"sessions/{sid}/approvals/0", body)
    is_((answer.status, answer.code), (422, "unprocessable_entity"),
        f"105 {name}")
answer = gh.decide("GATE-20200101-001", "approve", gate="0")
is_((answer.status, answer.code), (404, "not_found"), "106 unknown session")
for gate in ("1", "g999999", "x", "-1"):
    is_(gh.decide(sid, "approve", gate=gate).status, 404,
        f"107 there is no call {gate}")
is_(gh.decide(clean, "approve", gate=listed[0]["gate_id"]).status, 404,
    "107 the gate of another session")
is_(gh.row(sid), before, "105 to 107 nothing changed")
is_(gh.ran(sid=sid), [], "105 to 107 nothing ran")

# ---- 100, 102, 104, 114: approve

answer = gh.decide(sid, "approve", rationale="fine by me")
is_(answer.status, 200, "100 approved")
is_({k: answer.body[k] for k in ("session_id", "tool_call_id", "decision",
                                 "approver", "rationale")},
    {"session_id": sid, "tool_call_id": "0", "decision": "approve",
     "approver": "ann", "rationale": "fine by me"}, "104 the answer echoes")
ok(answer.body["status"] != "awaiting_input",
   "114 and has left the gate behind")
row = gh.wait(sid, "needs_review")
is_(gh.ran(sid=sid), [("high", sid, "0", listed[0]["args_text"])],
    "100 the tool ran once, with the arguments shown, byte for byte")
is_([(c["status"], c["approver"], c["approval_rationale"], c["result"],
      c["attempt"]) for c in row["tool_calls"]],
    [("approved", "ann", "fine by me", {"ran": "high"}, 1)],
    "100, 102 one row, with who, why and the result")
like(row["tool_calls"][0]["approved_at"], "^20..-..-..T..:..:..Z$",
     "100 and when")
is_(gh.sql("SELECT count(*) FROM tool_call WHERE status = 'pending_approval' "
           "AND session_id = ?", sid), [(0,)], "102 never pending again")
is_((row["status"], row["extra_fields"].get("needs_review_reason") is None),
    ("needs_review", False), "109 it ends with the default status")

# ---- 107, 112: late

answer = gh.decide(sid, "reject", gate="0", approver="bob")
is_((answer.status, answer.code), (409, "conflict"), "107 already decided")
is_({k: answer.body["error"]["details"][k] for k in ("decision", "decided_by")},
    {"decision": "approve", "decided_by": "ann"}, "107 and by whom")
is_(gh.decide(sid, "approve", gate="0", approver="bob").status, 409,
    "112 the session is over")
is_(len(gh.ran(sid=sid)), 1, "112 and nothing ran again")
stopped = paused("one call.")
gate = gh.gates(stopped)[0]["gate_id"]
is_(gh.ask("DELETE", f"sessions/{stopped}").status, 204, "112 stopped")
answer = gh.decide(stopped, "approve", gate=gate)
is_((answer.status, answer.body["error"]["details"].get("decision")),
    (409, "cancelled"), "112 a verdict on a stopped session")
is_((gh.row(stopped)["status"], statuses(stopped), gh.ran(sid=stopped)),
    ("stopped", ["cancelled"], []), "112 changes nothing")

# ---- 101, 103: reject

sid = paused("hears.")
is_(gh.decide(sid, "reject", rationale="because I say so").status, 200,
    "101 rejected")
row = gh.wait(sid, "resolved")
is_(gh.ran(sid=sid), [], "101 the tool never ran")
is_((row["tool_calls"][0]["status"], row["tool_calls"][0]["result"]),
    ("rejected", {"rejected": True, "rationale": "because I say so"}),
    "101 the row")
is_(gh.sql("SELECT content FROM message WHERE session_id = ? "
           "AND role = 'tool' ORDER BY id LIMIT 1", sid),
    [('{"rejected":true,"rationale":"because I say so"}',)],
    "101 the model hears why")
told = [e["payload"] for e in gh.events(sid, "tool_invoked")
        if e["payload"]["tool"] == "box:high"]
is_([p["status"] for p in told], ["rejected"], "103 no event says executed")
is_([c["status"] for c in row["tool_calls"] if c["tool"] == "box:high"],
    ["rejected"], "103 nor does a row")

# ---- 108: two at the same instant


def race(sid, gate, *verdicts):
    """Each by a person of its own, all at once; their answers."""
    answers = [None] * len(verdicts)
    barrier = threading.Barrier(len(verdicts))

    def vote(i):
        barrier.wait()
        answers[i] = gh.decide(sid, verdicts[i], gate, f"p{i}")

    threads = [threading.Thread(target=vote, args=(i,))
               for i in range(len(verdicts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


for n in range(3):
    sid = paused("two in turn.")
    answers = race(sid, "0", *["approve"] * 4)
    is_(sorted(a.status for a in answers), [200, 409, 409, 409],
        f"108 one of four approvals counts ({n})")
    wait_for("the second gate", lambda: [
        g for g in gh.gates(sid) if g["tool_call_id"] == "1"])
    is_((statuses(sid), gh.row(sid)["status"]),
        (["approved", "pending_approval"], "awaiting_input"),
        f"108, 110 the next gate stays pending ({n})")
    is_(gh.ran(sid=sid), [("high", sid, "0", '{"n":1}')],
        f"108 the tool ran once ({n})")
is_(gh.decide(sid, "approve", gate="0").status, 409,
    "108 a stale click decides nothing")
is_(statuses(sid), ["approved", "pending_approval"], "108 the gate is open")
gh.decide(sid, "approve", gate="1")
gh.wait(sid, "needs_review")
is_(gh.ran(sid=sid), [("high", sid, "0", '{"n":1}'),
                      ("high", sid, "1", '{"n":2}')],
    "110 the second runs after its own approval")

sid = paused("one call.")
answers = race(sid, "0", "approve", "reject", "approve", "reject")
winner = [a.body["decision"] for a in answers if a.status == 200]
is_((len(winner), sorted(a.status for a in answers)),
    (1, [200, 409, 409, 409]), "108 approve against reject: one counts")
gh.wait(sid, "needs_review")
is_((statuses(sid), len(gh.ran(sid=sid))),
    (["approved"], 1) if winner == ["approve"] else (["rejected"], 0),
    "108 and what it says happens")
answer = gh.decide(sid, winner[0], "0", next(
    f"p{i}" for i, a in enumerate(answers) if a.status == 200))
is_(answer.status, 200, "108 the same verdict by the same person is no error")
ok(len(gh.ran(sid=sid)) <= 1, "108 and runs nothing")

# ---- 111: killed and started again while paused

first, second = paused("one call."), paused("closes.")
gh.crash()
gh.stop()
gh.start()
is_({g["session_id"] for g in gh.get("approvals")} >= {first, second}, True,
    "111 the queue after kill -9 of everything")
gh.decide(first, "approve")
gh.decide(second, "approve")
gh.wait(first, "needs_review")
gh.wait(second, "resolved")
is_([len(gh.ran(sid=s)) for s in (first, second)], [1, 1],
    "111 approved after the restart, each ran once")

# ---- 113, 115, 116

sid = paused("notes first.")
is_(gh.row(sid)["extra_fields"]["seen"], True, "113 the turn wrote the session")
gh.decide(sid, "approve")
row = gh.wait(sid, "needs_review")
is_([c["status"] for c in row["tool_calls"]], ["executed", "approved"],
    "113 and its gated call is recorded all the same")

sid = paused("thinks.")
gh.decide(sid, "approve")
wait_for("the model is asked", lambda: statuses(sid) == ["approved"] and
         gh.row(sid)["tool_calls"][0]["result"])
is_(gh.row(sid)["status"], "in_progress", "115 a turn is running")
is_(gh.decide(sid, "approve", gate="0", approver="bob").status, 409,
    "115 a verdict meanwhile is refused")
is_(len(gh.ran(sid=sid)), 1, "115 and does nothing")
gh.ask("DELETE", f"sessions/{sid}")

sid = paused("mixed.")
is_(statuses(sid), ["executed", "pending_approval", "executed_with_notify"],
    "116 the other calls of the reply need not wait")
gh.decide(sid, "reject")
gh.wait(sid, "needs_review")

# ---- 238, 239: two in one message

sid = paused("two at once.")
listed = gh.gates(sid)
is_([(g["tool_call_id"], g["args"]) for g in listed],
    [("0", {"n": 1}), ("1", {"n": 2})], "238 two pending rows")
ok(listed[0]["gate_id"] != listed[1]["gate_id"], "238 two gates")
answer = gh.decide(sid, "approve", gate="1")
is_((answer.status, re.search("gate_id", answer.message) is not None),
    (409, True), "238 a bare number names neither")
answer = gh.decide(sid, "approve", gate=listed[1]["gate_id"])
is_((answer.status, answer.body["status"]), (200, "awaiting_input"),
    "238 one is decided, the session still waits")
is_(statuses(sid), ["pending_approval", "approved"],
    "116, 238 the other one is untouched")
is_(gh.ran(sid=sid), [], "238 nothing runs while a gate is open")
gh.decide(sid, "reject", gate=listed[0]["gate_id"])
gh.wait(sid, "needs_review")
is_((statuses(sid), gh.ran(sid=sid)),
    (["rejected", "approved"], [("high", sid, "1", '{"n":2}')]),
    "238 each verdict does its own")
sid = paused("two at once.")
for gate in gh.gates(sid):
    gh.decide(sid, "approve", gate=gate["gate_id"])
gh.wait(sid, "needs_review")
is_(gh.ran(sid=sid), [("high", sid, "0", '{"n":1}'),
                      ("high", sid, "1", '{"n":2}')],
    "239 the same tool twice, each with its own arguments")

# ---- I11: two people, and not who asked for it

sid = paused("one call.", "strict")
answer = gh.decide(sid, "approve", approver="t")
is_((answer.status, answer.code), (403, "forbidden"),
    "I11 the submitter may not approve")
answer = gh.decide(sid, "approve", approver="ann", version=1)
is_((answer.status, answer.body["open"], answer.body["status"],
     answer.body["version"]), (200, True, "awaiting_input", 2),
    "I11 one of two approvals decides nothing yet")
is_(gh.decide(sid, "approve", approver="ann").body["open"], True,
    "I11 nor does the same person again")
answer = gh.decide(sid, "approve", approver="bob", version=1)
details = answer.body["error"]["details"]
is_((answer.status, answer.code, details.pop("changed_at")[:2], details),
    (409, "conflict", "20",
     {"version": 2, "change": "approve", "changed_by": "ann"}),
    "I11 who saw the gate as it was is told who did what, and when")
is_(gh.ran(sid=sid), [], "I11 nothing has run")
is_([(v["actor"], v["verdict"]) for v in gh.gates(sid)[0]["votes"]],
    [("ann", "approve")], "I11 the queue shows who voted")
is_(gh.decide(sid, "approve", approver="bob", version=2).status, 200,
    "I11 the second person decides")
gh.wait(sid, "needs_review")
is_(len(gh.ran(sid=sid)), 1, "I11 and it runs")
sid = paused("one call.", "strict")
gh.decide(sid, "approve")
is_(gh.decide(sid, "reject", approver="t").status, 200,
    "I11 one who rejects is enough, be it the submitter")
gh.wait(sid, "needs_review")
is_(gh.ran(sid=sid), [], "I11 and it does not run")

# ---- 240: an approved tool that fails

sid = paused("fails.")
gh.decide(sid, "approve")
row = gh.wait(sid, "resolved")
call = row["tool_calls"][0]
is_((call["status"], call["is_error"], call["approver"]),
    ("approved", True, "ann"), "240 the row has left pending_approval")
like(str(call["result"]), "it broke", "240 and tells the failure")
is_(len(gh.ran("fail", sid)), 1, "240 it was not tried again")

gh.sound()
done()
