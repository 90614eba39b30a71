#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Arguments are held against the tool's schema before anything is decided."""
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, ok, reply, say

SCHEMA = """- name: high
          command: [./run, high]
          parameters:
            type: object
            properties:
              region: {type: string, enum: [eu, us]}
              id: {type: integer, maximum: 9007199254740993}
              host: {type: string, pattern: "^[a-z]+-[0-9]{1,3}$"}
              note: {anyOf: [{type: "null"}, {type: object,
                     required: [text]}]}
            required: [region, id]
            minProperties: 2
            additionalProperties: false"""
GOOD = {"region": "eu", "id": 9007199254740993, "host": "web-12"}

app = App("gates", {
    # The model is told, does it better, and only then is a person asked.
    "[learns]": [[("box:high", {"region": "mars", "id": "7", "hots": "x"})],
                 reply([("box:high", GOOD)], after="must be one of"),
                 say()],
    # A bad call and a good one in one reply: only the good one has a gate.
    "[both]": [[("box:high", {"region": "eu"}), ("box:high", GOOD)], say()],
    "[big]": [[("box:high", {**GOOD, "id": 9007199254740994})], say()],
    "[deep]": [[("box:high", {**GOOD, "note": {"txt": 1}})], say()],
    "[low]": [[("box:low", {"anything": [1]})], say()],
    "[injected]": [[("box:deploy", {"environment": 5, "version": "2"})],
                   say()],
    "[version]": [[("box:deploy", {"version": 2})], say()],
}, edits={"- {name: high, command: [./run, high]}": SCHEMA})
gh = System().start(app)


def calls(row):
    return [c["result"]["error"] if c["is_error"] else c["status"]
            for c in row["tool_calls"]]


sid = gh.session("[learns]")
row = gh.wait(sid, "awaiting_input")
refused, waiting = row["tool_calls"]
is_(refused["result"]["error"],
    "the arguments do not fit the tool's parameters:\n"
    '- region must be one of "eu", "us", not "mars"\n'
    '- id must be of type integer, not "7"\n'
    "- hots is not known here; known are region, id, host, note",
    "the model is told what to change, all at once")
ok(refused["is_error"], "such a call ends with its error")
is_([(g["args_text"], g["kind"]) for g in gh.gates(sid)],
    [('{"region":"eu","id":9007199254740993,"host":"web-12"}', "tool")],
    "a gate opens for the good call alone")
is_([e["kind"] for e in gh.events(sid, "gate_fired")], ["gate_fired"],
    "and none was fired before")
is_(gh.ran(sid=sid), [], "nothing has run")
for args, details in (
        ({**GOOD, "region": "mars", "note": {"txt": 1}},
         {"args.region": 'must be one of "eu", "us", not "mars"',
          "args.note": "fits none of the 2 alternatives; of the nearest: "
                       "note.text is missing"}),
        ({}, {"args.region": "is missing", "args.id": "is missing",
              "args": "must have at least 2 members, not 0"})):
    answer = gh.decide(sid, "edit", args=args)
    is_((answer.status, answer.body["error"]["details"]), (422, details),
        "a person's edit is held against it as well")
gh.decide(sid, "approve")
gh.wait(sid, "needs_review")
is_([r[3] for r in gh.ran("high", sid)],
    ['{"region":"eu","id":9007199254740993,"host":"web-12"}'],
    "the approved call runs, to the digit")

sid = gh.session("[both]")
row = gh.wait(sid, "awaiting_input")
is_(len(gh.gates(sid)), 1, "of two calls the good one waits")
like(row["tool_calls"][0]["result"]["error"], "^- id is missing$",
     "and the bad one is answered")
gh.decide(sid, "reject")
gh.wait(sid, "needs_review")

like(calls(gh.run("[big]"))[0], "id must be at most 9007199254740993, not "
     "9007199254740994$", "large integers are compared to the digit")
like(calls(gh.run("[deep]"))[0], "note fits none of the 2 alternatives; of "
     "the nearest: note.text is missing$", "of alternatives the nearest")
is_(calls(gh.run("[low]")), ["executed"], "a tool without a schema takes all")
row = gh.run("[injected]")
is_(calls(row), ["executed_with_notify"], "injected values come first")
is_(row["tool_calls"][0]["args"], {"environment": "dev", "version": "2"},
    "and are what is checked")
like(calls(gh.run("[version]"))[0], "version must be of type string, not 2$",
     "a low tool is checked as well")
gh.sound()
done()
