#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# More that people decide: edit, respond, escalate; many at once; who may;
# who looks, and until when; what they saw.
import hashlib
import json
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, done, is_, like, ok, reply, wait_for
from openapi import Described

ONE = [("box:high", {"n": 9007199254740993, "why": "x"})]
DEPLOY = [("box:deploy", {"version": "1"})]
STORIES = {
    "one.": [ONE, [("desk:close", {})]],
    "two.": [[("box:high", {"n": 1}), ("box:high", {"n": 2})]],
    "hears.": [ONE, reply([("desk:close", {})], after="use the blue one")],
    "deploys.": [DEPLOY, [("desk:close", {})]],
}
TERMS = """  gateway:
    approvers: {high: [ann, approver], "box:deploy": [dora]}
    friction: {high: none}
"""
gh = Described().start(App("gates", STORIES))
gh.load(App("gates", STORIES, name="named", edits={"  gateway:\n": TERMS}))
gh.load(App("gates", STORIES, name="slow", edits={
    "  gateway:\n": "  gateway:\n    grace_seconds: 600\n"}))
gh.load(App("gates", {"pays.": [reply([("desk:close", {})], usage={
    "input_tokens": 2000000, "output_tokens": 1000})]}, name="priced", edits={
        "model: script}":
        "model: script, price: {input: 2.5, output: 10}}"}))


def paused(query, app="gates", **more):
    sid = gh.session(query, app=app, **more)
    gh.wait(sid, "awaiting_input")
    return sid, gh.gates(sid)[0]


def gate(gate_id):
    return gh.get(f"approvals/{gate_id}")


# ---- what a page shows

sid, g = paused("one.")
is_(g["args_text"], '{"n":9007199254740993,"why":"x"}',
    "the arguments are text, every digit of it")
is_(g["args_sha256"], hashlib.sha256(g["args_text"].encode()).hexdigest(),
    "with their digest")
is_((g["friction"], g["grace_ms"], g["approvers"], g["assignee"],
     g["args_original"]), ("confirm", 0, [], None, None),
    "high risk outside production is confirmed")
is_({**gate(g["gate_id"]), "age_ms": 0}, {**g, "age_ms": 0},
    "a gate by its id")
is_(gh.ask("GET", "approvals/g99").status, 404, "404 where there is none")
is_(gh.ask("GET", "approvals/x").status, 404, "nor for other words")

# ---- edit

answer = gh.decide(sid, "edit", args={"n": 9007199254740993})
is_((answer.status, answer.body["decision"]), (200, "edit"),
    "an edit is taken")
again = wait_for("it is asked about again", lambda: gh.gates(sid))[0]
text = '{"n":9007199254740993}'
is_((again["gate_id"] != g["gate_id"], again["tool_call_id"],
     again["args_text"], again["args_sha256"], again["args_original"]),
    (True, "0", text, hashlib.sha256(text.encode()).hexdigest(), g["args"]),
    "the edited call has a gate of its own, for the new digest")
is_(gh.ran(sid=sid), [], "an edit approves nothing")
first = gate(g["gate_id"])
is_((first["decision"], first["decided_by"], first["args_text"],
     first["votes"][0]["args"]),
    ("edit", "ann", g["args_text"], {"n": 9007199254740993}),
    "the audit shows both")
answer = gh.decide(sid, "approve", gate=g["gate_id"], approver="bob")
is_((answer.status, answer.body["error"]["details"]["decision"]),
    (409, "edit"), "the first gate is decided")
gh.decide(sid, "approve", gate=again["gate_id"])
row = gh.wait(sid, "resolved")
call = row["tool_calls"][0]
is_((call["status"], call["args"], call["args_original"], call["approver"]),
    ("approved", {"n": 9007199254740993}, g["args"], "ann"),
    "one row, as it ran and as it was asked for")
is_(gh.ran("high", sid), [("high", sid, "0", text)],
    "what was approved is what ran")
is_(gh.sql("SELECT json_extract(tool_calls, '$[0].args.why') FROM message "
           "WHERE session_id = ? AND tool_calls LIKE '%why%'", sid), [("x",)],
    "what the model said is not changed")

sid, g = paused("one.")
for more, field in (({}, "args"), ({"args": {}, "decision": "approve"}, "args"),
                    ({"args": []}, "args"), ({"args": g["args"]}, "args")):
    answer = gh.post(f"sessions/{sid}/approvals/{g['gate_id']}", {
        "decision": "edit", "approver": "ann", **more})
    if ok(answer.status == 422, f"an edit with {json.dumps(more)}: 422"):
        is_(list(answer.body["error"]["details"]), [field], "args is named")
is_(gh.decide(sid, "edit").message, "args: required, to edit",
    "what an edit needs")
gh.ask("DELETE", f"sessions/{sid}")

# Medium in staging: approved for its place, and the framework's value stays.
sid, g = paused("deploys.", environment="production")
is_(g["args"], {"version": "1", "environment": "production"}, "injected")
answer = gh.decide(sid, "edit", args={"version": "2", "force": True})
is_((answer.status, answer.message),
    (422, "args: the tool has no such parameter"), "an edit narrows only")
gh.decide(sid, "edit", args={"version": "2", "environment": "dev"})
again = wait_for("it is asked about again", lambda: gh.gates(sid))[0]
is_((again["args"], again["reason"]),
    ({"version": "2", "environment": "production"}, "gated_env"),
    "97 an edit does not reach what the framework sets")
gh.decide(sid, "reject", gate=again["gate_id"])
gh.wait(sid, "resolved")
is_(gh.ran(sid=sid), [], "rejected in the end")

# ---- respond

sid, g = paused("hears.")
is_(gh.decide(sid, "respond").message, "user_input: must not be blank",
    "a response needs words")
is_(gh.decide(sid, "respond", user_input="use the blue one").status, 200,
    "a response")
row = gh.wait(sid, "resolved")
is_((row["tool_calls"][0]["status"], row["tool_calls"][0]["result"]),
    ("rejected", {"response": "use the blue one", "by": "ann"}),
    "the model is told, and the tool did not run")
is_(gh.ran(sid=sid), [], "it did not")

# ---- escalate: the other gate, the calls and the turn end with it

sid, g = paused("two.")
answer = gh.decide(sid, "escalate", gate=g["gate_id"], rationale="too big")
is_((answer.status, answer.body["status"]), (200, "needs_review"),
    "escalated at once, where no tool is called for it")
is_([c["status"] for c in gh.row(sid)["tool_calls"]],
    ["rejected", "cancelled"], "its calls are over")
is_(gh.gates(sid), [], "no gate is left")
is_(gh.ran(sid=sid), [], "nothing ran")

# ---- who may

sid, g = paused("one.", "named")
is_((g["approvers"], g["friction"]), (["ann", "approver"], "none"),
    "the application says who, and how")
is_(gh.decide(sid, "reject", approver="eve").status, 200,
    "who runs everything on this machine alone has all roles")
sid, g = paused("deploys.", "named", environment="production")
answer = gh.decide(sid, "approve", approver="ann")
is_((answer.status, answer.message), (403, "the application lets others "
                                           "decide"), "not ann here")
is_(gh.decide(sid, "reject", approver="ann").status, 403, "nor rejects she")
is_(gh.decide(sid, "approve", approver="dora").status, 200, "but dora")
gh.wait(sid, "resolved")

# ---- what they saw: 412, 409; who decided already

sid, g = paused("one.")
path = f"sessions/{sid}/approvals/{g['gate_id']}"
vote = {"decision": "approve", "approver": "ann"}
for header in ('3', '"x"', 'W/"1"', '""'):
    is_(gh.ask("POST", path, vote, **{"If-Match": header}).status, 422,
        f"If-Match: {header}")
answer = gh.ask("POST", path, vote, **{"If-Match": '"7"'})
is_((answer.status, answer.code, answer.body["error"]["details"]),
    (412, "precondition_failed", {"version": 1}), "another version: 412")
answer = gh.ask("POST", path, {**vote, "version": 7})
is_((answer.status, answer.body["error"]["details"]), (409, {"version": 1}),
    "in the body: 409")
is_(gh.ask("POST", path, {**vote, "version": 1}, **{"If-Match": '"2"'}
           ).status, 422, "not two at once")
is_(gh.ask("POST", path, vote, **{"If-Match": '"1"'}).status, 200,
    "the one that was seen")
is_(gh.ask("POST", path, vote, **{"If-Match": '"1"'}).status, 200,
    "the same by the same person again")
answer = gh.ask("POST", path, {**vote, "decision": "reject"})
details = answer.body["error"]["details"]
is_((answer.status, answer.message, details["decided_by"],
     details["your_decision"]),
    (409, 'you have decided "approve" here already', "ann", "approve"),
    "who decided already is told what")
ok(details["your_decision_at"] and details["decided_at"], "and when")
answer = gh.ask("POST", path, {**vote, "approver": "bob"},
                **{"If-Match": '"1"'})
is_((answer.status, answer.message), (409, "the gate is already decided"),
    "who is late, too")
gh.wait(sid, "resolved")

# ---- assign, put off

sid, g = paused("one.")
path = f"approvals/{g['gate_id']}"


def change(**body):
    return gh.ask("PATCH", path, {"actor": "ann", **body})


answer = change(assignee="bob")
is_((answer.status, answer.body["assignee"], answer.body["version"]),
    (200, "bob", 2), "assigned")
is_([x["gate_id"] for x in gh.get("approvals?assignee=bob")], [g["gate_id"]],
    "and found by that")


def made(answer):
    """The status; what was done meanwhile, by whom, and whether it says when."""
    details = answer.body["error"]["details"]
    return (answer.status, details.get("change"), details.get("changed_by"),
            details.get("changed_at", "") > g["ts"][:10])


is_(made(change(assignee="cy", version=1)), (409, "assign", "ann", True),
    "who saw the older one is told who changed what, and when")
is_(made(gh.ask("PATCH", path, {"actor": "ann", "assignee": "cy"},
                **{"If-Match": '"1"'})), (412, "assign", "ann", True),
    "412 with If-Match")
is_(change(assignee="cy", rationale="on holiday").body["assignee"], "cy",
    "delegated")
before = gate(g["gate_id"])["deadline"]
answer = change(deadline="3h")
ok(answer.status == 200 and answer.body["deadline"] > before, "put off")
is_(answer.body["assignee"], "cy", "with the same assignee")
is_(made(gh.decide(sid, "approve", version=3)), (409, "extend", "ann", True),
    "who would decide is told, too")
is_(made(gh.decide(sid, "approve", version=5)), (409, None, None, False),
    "nobody made it what it is not")
is_(change(assignee=None).body["assignee"], None, "assigned to nobody")
is_(gh.get("approvals?assignee=none&limit=500")[-1]["gate_id"], g["gate_id"],
    "which is found, too")
for body, text in (({"deadline": "1s"}, "deadline: not later than it is"),
                   ({"deadline": "31d"},
                    "deadline: more than 30 days away"),
                   ({"deadline": "soon"}, "deadline: must be a time"),
                   ({"assignee": ""}, "assignee: must not be empty"),
                   ({"assignee": 5}, "assignee: must be a string"),
                   ({}, "body: needs assignee or deadline")):
    answer = change(**body)
    is_(answer.status, 422, f"422: {text}")
    like(answer.message, text, text)
told = [e["payload"] for e in gh.events(sid, "gate_changed")]
is_([(p["by"], p["from"]["assignee"], p["to"]["assignee"]) for p in told],
    [("ann", None, "bob"), ("ann", "bob", "cy"), ("ann", "cy", "cy"),
     ("ann", "cy", None)], "each change is in the audit log")
is_(told[1]["rationale"], "on holiday", "with its reason")
gh.decide(sid, "approve")
answer = change(assignee="bob")
is_((answer.status, answer.body["error"]["details"]["decided_by"]),
    (409, "ann"), "too late")
is_(gh.ask("PATCH", "approvals/g999", {"actor": "a", "assignee": "b"}).status,
    404, "404 where there is none")

# ---- a moment to take it back

sid, g = paused("one.", "slow")
answer = gh.decide(sid, "approve")
is_(answer.body["status"], "in_progress", "approved")
ok(answer.body["starts_at"] > answer.body["session"]["updated_at"],
   "it starts later, and says when")
is_(gh.ask("DELETE", f"sessions/{sid}").status, 204, "stop wins")
is_(gh.row(sid)["tool_calls"][0]["status"], "cancelled", "over")
is_(gh.ran(sid=sid), [], "nothing ran")
sid, g = paused("one.", "slow")
gh.decide(sid, "reject")
gh.wait(sid, "resolved")
ok(True, "a rejection waits for nothing")

# ---- many at once

many = [paused("one.") for _ in range(3)] + [paused("deploys.", "named",
                                                    environment="production")]
gh.decide(many[0][0], "reject", approver="bob")
answer = gh.post("approvals", {"approver": "ann", "decisions": [
    {"gate_id": g["gate_id"], "decision": d, "version": v, "rationale": "all"}
    for (_, g), d, v in zip(many, ("approve", "approve", "reject", "approve"),
                            (1, 1, 1, 1))] + [
    {"gate_id": "g9999", "decision": "approve", "version": 1},
    {"gate_id": many[1][1]["gate_id"], "decision": "approve", "version": 1}]})
is_((answer.status, [(o["status"], o.get("open")) for o in answer.body]),
    (200, [(409, None), (200, False), (200, False), (403, None), (404, None),
           (200, False)]), "each gate has its own outcome")
is_((answer.body[0]["error"]["details"]["decided_by"],
     answer.body[4]["error"]["code"]), ("bob", "not_found"),
    "with the reason")
gh.wait(many[1][0], "resolved")
gh.wait(many[2][0], "resolved")
is_([len(gh.ran(sid=s)) for s, _ in many[:3]], [0, 1, 0],
    "each did what was said")
one = {"gate_id": "g1", "decision": "approve", "version": 1}
for body in ({}, {"decisions": []}, {"decisions": {}}, {"decisions": [5]},
             {"decisions": [{**one, "version": 0}]},
             {"decisions": [{**one, "decision": "edit"}]},
             {"decisions": [{**one, "gate_id": 1}]},
             {"decisions": [one] * 101}):
    is_(gh.post("approvals", {"approver": "ann", **body}).status, 422,
        f"422: {json.dumps(body)[:60]}")
is_(gh.post("approvals", {"decisions": [one]}).status, 422, "who decides?")

# ---- what it cost

sid = gh.session("pays.", app="priced")
gh.wait(sid, "resolved")
is_(gh.get(f"sessions/{sid}/full")["session"]["cost"], 5.01,
    "tokens have a price")
is_(gh.get(f"sessions/{many[1][0]}/full")["session"]["cost"], None,
    "no price, no cost")

# ---- lists of gates

waiting = [paused("two."), paused("one.", "named", environment="staging")]
every = gh.get("approvals?limit=500")
for query, fits in (
        ("kind=tool", lambda g: True), ("kind=budget", lambda g: False),
        ("tool=box:deploy", lambda g: g["tool"] == "box:deploy"),
        ("agent=worker", lambda g: True), ("agent=x", lambda g: False),
        ("risk=high", lambda g: g["risk"] == "high"),
        ("environment=staging", lambda g: g["environment"] == "staging"),
        ("app=named&risk=medium",
         lambda g: g["app"] == "named" and g["risk"] == "medium"),
        ("deadline_before=2h", lambda g: True),
        ("deadline_before=1s", lambda g: False),
        ("waiting=1h", lambda g: False), ("waiting=0s", lambda g: True)):
    is_([g["gate_id"] for g in gh.get(f"approvals?limit=500&{query}")],
        [g["gate_id"] for g in every if fits(g)], f"approvals?{query}")
ok(len(every) >= 4, "there are some")
for order in ("opened", "deadline"):
    found, cursor = [], ""
    while True:
        answer = gh.ask("GET", f"approvals?limit=1&sort={order}{cursor}")
        found += [g["gate_id"] for g in answer.body]
        if "X-Next-Cursor" not in answer.headers:
            break
        cursor = "&cursor=" + answer.headers["X-Next-Cursor"]
    is_(found, [g["gate_id"] for g in every], f"page by page, by {order}")
is_((gh.ask("GET", "approvals?total=true&limit=1").headers["X-Total-Count"],
     gh.ask("GET", "approvals?total=true&risk=high").headers["X-Total-Count"]),
    (str(len(every)), str(sum(g["risk"] == "high" for g in every))), "totals")
for query, field in (("x=1", "x"), ("sort=id", "sort"), ("limit=0", "limit"),
                     ("deadline_before=soon", "deadline_before"),
                     ("kind=", "kind"), ("cursor=1", "cursor")):
    is_(list(gh.ask("GET", f"approvals?{query}").body["error"]["details"]),
        [field], f"422: {field}")

# ---- the same from the command line

sid, g = waiting[0]
is_(len(gh.cli("approvals", "--risk", "high").splitlines()) - 1,
    sum(g["risk"] == "high" for g in every), "gatehouse approvals --risk")
gh.cli("decide", g["gate_id"], "edit", "--args", "{")
is_(gh.code, 2, "what is no JSON is wrong usage")
gh.cli("decide", g["gate_id"], "edit", "--args", '{"n": 7}', "--actor", "ann")
is_(gh.code, 0, "an edit")
other = next(x for x in gh.gates(sid) if x["gate_id"] != g["gate_id"])
gh.cli("decide", other["gate_id"], "respond", "--text", "no", "--actor", "ann")
is_(gh.code, 0, "a response")
again = wait_for("it is asked about again", lambda: gh.gates(sid))[0]
is_(again["args"], {"n": 7}, "edited")
gh.cli("decide", again["gate_id"], "escalate", "--escalate=net")
is_((gh.code, gh.row(sid)["status"]), (0, "needs_review"),
    "an escalation")
gh.sound()
gh.as_described()
done()
