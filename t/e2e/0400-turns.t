#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# One turn of an agent, what it says, and where that leads: 61 to 73, 78 to
# 83, 234.
import json
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, reply, say


def section(confidence="0.85 — seen", response="Fine.", signal="success"):
    return (f"## Response\n{response}\n## Confidence\n{confidence}\n"
            f"## Signal\n{signal}\n")


def envelope(**changes):
    return json.dumps({"content": "Fine.", "confidence": 0.4,
                       "confidence_rationale": "seen", "signal": None,
                       **changes})


CODE = "First.\n\n```sh\n# not a heading\nls\n```\n\nLast."

# What the agent says -> what its run records; None: the turn fails.
REPLIES = {
    # 63: confidence and rationale, by every dash
    "63 em dash": (section("0.85 — two sources"), (0.85, "two sources")),
    "63 en dash": (section("0.85 – two sources"), (0.85, "two sources")),
    "63 two hyphens": (section("0.85 -- two sources"), (0.85, "two sources")),
    "63 hyphen": (section("0.85 - two sources"), (0.85, "two sources")),
    # 64: clamped
    "64 too high": (section("1.7 — x"), (1.0,)),
    "64 negative": (section("-0.2 — x"), (0.0,)),
    "64 one": (section("1 — x"), (1.0,)),
    "64 zero": (section("0 — x"), (0.0,)),
    # 65: headings and bodies
    "65 deeper headings": (section().replace("##", "###"), (0.85,)),
    "65 lower case": (section().lower(), (0.85,)),
    "65 code": (section(response=CODE), (0.85, "seen", "success", CODE)),
    # 66: signals that are none
    "66 blank": (section(signal=""), (0.85, "seen", None)),
    "66 none": (section(signal="none"), (0.85, "seen", None)),
    "66 null": (section(signal="Null"), (0.85, "seen", None)),
    "66 n/a": (section(signal="n/a"), (0.85, "seen", None)),
    # 67, 68: JSON, and what is no envelope at all
    "67 plain words": ("It looks fine to me.", None),
    "67 nothing": ("", None),
    "67 no confidence": ("## Response\nFine.\n", None),
    "68 JSON": (envelope(), (0.4, "seen", None, "Fine.")),
    "68 one field more": (envelope(mood="good"), None),
    "68 confidence 1.2": (envelope(confidence=1.2), None),
}

# Calls that the agent makes before its last words -> the same.
CALLS = {
    "69 arguments": (
        [("desk:close", {"confidence": 0.8, "rationale": "saw it"})], "",
        (0.8, "saw it")),
    "69 clamped": (
        [("box:plain", {"confidence": 7, "confidence_rationale": "sure"})], "",
        (1.0, "sure")),
    "70 a plain call": ([("box:plain", {})], "", (0.3,)),
    "71 equal": (
        [("desk:submit", {"confidence": 0.5, "confidence_rationale": "a"})],
        section("0.5 — b"), (0.5, "a")),
    "71 differs by 0.05": (
        [("desk:submit", {"confidence": 0.5, "confidence_rationale": "a"})],
        section("0.55 — b"), (0.5, "a")),
    "71 differs by 0.06": (
        [("desk:submit", {"confidence": 0.5, "confidence_rationale": "a"})],
        section("0.56 — b"), (0.5, "a")),
    "72 low": ([("desk:update", {"patch": {"confidence": "low"}})],
               section(), (0.3,)),
    "72 true": ([("desk:update", {"patch": {"confidence": True}})],
                section(), (0.85,)),
    "72 seven": ([("desk:update", {"patch": {"confidence": 7}})],
                 section(), (1.0,)),
    "72 maybe": ([("desk:update", {"patch": {"confidence": "maybe"}})],
                 section(), (0.85,)),
    "73 after a terminal tool": (
        [("desk:submit", {"confidence": 0.5, "confidence_rationale": "a"}),
         ("desk:update", {"patch": {"confidence": 0.1, "signal": "failed"}})],
        section(), (0.5, "a", "failed")),
    "72 before one": (
        [("desk:update", {"patch": {"confidence": 0.1, "signal": "failed"}}),
         ("desk:submit", {"confidence": 0.5, "confidence_rationale": "a"})],
        section(), (0.5, "a", "success")),
}

stories = {name + ".": [text] for name, (text, _) in REPLIES.items()}
stories |= {name + ".": [calls, text]
            for name, (calls, text, _) in CALLS.items()}

# 62: where a signal leads
SIGNALS = {"success": "good", "SUCCESS ": "good", "failed": "bad",
           "none": "plain", "perplexed": "plain", "needs_input": "plain"}
stories |= {f"signal {signal!r}.": [section(signal=signal)]
            for signal in SIGNALS}
USAGE = [{"input_tokens": 100, "output_tokens": 7},
         {"input_tokens": 30, "output_tokens": 2}]
stories |= {
    "tokens.": [reply([("box:plain", {})], usage=USAGE[0]),
                say(usage=USAGE[1], text="All done.")],
    "fails late.": [[("box:plain", {})], reply(error="status code: 500")],
    "then another fails.": [say(signal="success")],
    ("then another fails.", "good"): [reply(error="out of order")],
    ("choose good.", "chooser"): ["I would say good."],
    ("choose badly.", "chooser"): ["Let me think about it."],
    ("choose nothing.", "chooser"): [reply(error="status code: 500")],
    "injected.": [[("box:echo", {"n": 9007199254740993, "owner": "mallory",
                                 "region": "moon"}),
                   ("box:plain", {"owner": "mallory", "n": 1})]],
    "unknown tool.": [[("box:nowhere", {}), ("desk:close", {})],
                      say(after='"ok":true')],
}

# 234: whatever a tool does wrong is an answer to the model
WRONG = {"fail": "it broke", "text": "no JSON", "nothing": "no JSON",
         "flood": "limit", "hang": "timed out", "grow": "tool"}
stories |= {f"wrong {tool}.": [[(f"box:{tool}", {})], [("desk:close", {})]]
            for tool in WRONG}

gh = System().start(App("turns", stories))
sids = {name: gh.session(name) for key in stories
        for name in [key[0] if isinstance(key, tuple) else key]}
sids |= {name: gh.session(name) for name in ("two rules.", "too deep.")}


def ended(name, *statuses):
    return gh.wait(sids[name], *(statuses or ("needs_review", "resolved")))


# ---- 61: what a turn leaves behind

row = ended("tokens.")
run = row["agents_run"][0]
is_([r["agent"] for r in row["agents_run"]], ["worker", "plain"],
    "61 one run for each turn")
is_((run["summary"], run["confidence"], run["confidence_rationale"],
     run["signal"], run["outcome"]),
    ("All done.", 0.9, "seen", "default", "ok"), "61 and what it says")
is_(run["token_usage"],
    {"input_tokens": 130, "output_tokens": 9, "total_tokens": 139},
    "61 its tokens")
is_(row["token_usage"], run["token_usage"], "61 and the session's")

# ---- 62 to 73

for signal, agent in SIGNALS.items():
    row = ended(f"signal {signal!r}.")
    is_([r["agent"] for r in row["agents_run"]], ["worker", agent],
        f"62 the signal {signal!r} leads to {agent}")

FIELDS = ("confidence", "confidence_rationale", "signal", "summary")
for name, (*_, want) in (REPLIES | CALLS).items():
    row = ended(name + ".", *(["error"] if want is None else []))
    run = row["agents_run"][0]
    if want is None:
        like(run["summary"], "^agent failed: ", name)
    else:
        is_(tuple(run[f] for f in FIELDS)[:len(want)], want, name)
for name in ("71 equal", "71 differs by 0.05", "71 differs by 0.06"):
    sid = sids[name + "."]
    is_((f"confidence_differs session={sid} " in gh.log("runner")),
        name.endswith("6"), f"{name}: logged or not")

# ---- 78, 79: an agent that fails

row = ended("fails late.", "error")
is_(len(gh.ran("plain", row["id"])), 1, "78 its tool ran once")
is_([c["status"] for c in row["tool_calls"]], ["executed"], "79 the row stays")
row = ended("then another fails.", "error")
is_([(r["agent"], r["outcome"]) for r in row["agents_run"]],
    [("worker", "ok"), ("good", "failed")], "79 earlier runs stay")
is_((row["agents_run"][1]["summary"], row["agents_run"][1]["confidence"]),
    ("agent failed: out of order", None), "79 and one more tells the failure")

# ---- 80, 81: supervisors

row = ended("two rules.")
is_([r["agent"] for r in row["agents_run"]], ["good"],
    "80 the first true rule wins; a supervisor leaves no run")
is_(ended("signal 'failed'.")["agents_run"][0]["agent"], "worker",
    "80 no true rule: the first subordinate; one without a value is skipped")
row = ended("too deep.", "error")
is_((row["agents_run"], row["extra_fields"]["failure"]),
    ([], "too many dispatches: max_dispatch_depth"),
    "80 one supervisor too many")
for name, agent in (("choose good.", "good"), ("choose badly.", "plain"),
                    ("choose nothing.", "plain")):
    is_([r["agent"] for r in ended(name)["agents_run"]], [agent],
        f"81 {name}")

# ---- 82, 83: injected arguments

row = ended("injected.")
is_([c["args"] for c in row["tool_calls"]],
    [{"n": 9007199254740993, "owner": "t"}, {"n": 1}],
    "82, 83 the framework's value, no other, and not where undeclared")
is_([r[3] for r in gh.ran(sid=row["id"])],
    ['{"n":9007199254740993,"owner":"t"}', '{"n":1}'],
    "82, 83 that is what the programs read")
is_(row["tool_calls"][0]["result"], {"n": 9007199254740993, "owner": "t"},
    "82 a large number keeps its digits")
sid = gh.session("injected.", state_overrides={"region": "eu"})
gh.wait(sid, "needs_review")
is_([r[3] for r in gh.ran("echo", sid)],
    ['{"n":9007199254740993,"owner":"t","region":"eu"}'],
    "83 a value that is there is sent")

# ---- 234

for tool, why in WRONG.items():
    row = ended(f"wrong {tool}.", "resolved")
    call = row["tool_calls"][0]
    is_((call["status"], call["is_error"], [c["tool"] for c in
                                            row["tool_calls"][1:]]),
        ("executed", True, ["desk:close"]),
        f"234 a tool that goes wrong, {tool}: the model goes on")
    like(json.dumps(call["result"]), why, f"234 and is told: {tool}")
row = ended("unknown tool.", "resolved")
is_([(c["tool"], c["status"], c["is_error"]) for c in row["tool_calls"]],
    [("box:nowhere", "refused", True), ("desk:close", "executed", False)],
    "234 a tool that there is not is refused")

gh.sound()
done()
