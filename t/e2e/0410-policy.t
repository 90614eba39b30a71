#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Which tool calls wait for a person, and for which reason: 84 to 97.
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, say

# One session each; its query names the tool that the agent asks for.
TOOLS = ("box:low", "box:unlisted", "box:medium", "box:high", "box:both",
         "box:sweep", "ops:fix", "ops:look", "ops:both")
stories = {f"use {tool}.": [[(tool, {"n": 1})]] for tool in TOOLS}

# An agent states its confidence, the next one asks for a medium tool.
for sure in ("0.6", "0.69", "0.7", "1"):
    stories[f"sure {sure}."] = [say(confidence=sure, signal="needs_input")]
    stories[f"sure {sure}.", "second"] = [[("box:medium", {})]]
stories["low at 0.1."] = [say(confidence="0.1", signal="needs_input")]
stories["low at 0.1.", "second"] = [[("box:low", {})]]
stories["high at 0.1."] = [say(confidence="0.1", signal="needs_input")]
stories["high at 0.1.", "second"] = [
    [("box:high", {})], [("box:medium", {})]]
# The call's own confidence is newer than any turn's.
stories["argued 0.2."] = [[("box:medium", {"confidence": 0.2})]]
stories["argued 0.8."] = [say(confidence="0.1", signal="needs_input")]
stories["argued 0.8.", "second"] = [[("box:medium", {"confidence": 0.8})]]
stories["lie."] = [[("box:deploy", {"environment": "dev", "version": "1"})]]

gates = App("gates", stories)
gh = System().start(gates)
gh.load(App("gates", stories, name="open_lists", edits={
    'resolution_trigger_tools: ["ops:*", "sw?ep"]':
        "resolution_trigger_tools: []",
    "gated_environments: [production]": "gated_environments: []"}))
gh.load(App("gates", stories, name="no_environments", edits={
    "prod_environments: [staging]": "prod_environments: []"}))
gh.load(App("gates", stories, name="strict", edits={
    "gated_environments: [production]":
        "gated_risk_actions: [approve, notify]"}))
gh.load(App("gates", stories, name="ungated", edits={
    "  gateway:\n": "unused:\n  gateway:\n"}))


class Case:
    """A session, and where it came to a stop: at a gate or at its end."""

    def __init__(self, query, environment="dev", app="gates"):
        self.what = f"{query} ({environment}, {app})"
        self.sid = gh.session(query, environment, app=app)

    def ends(self, name, calls=1):
        row = gh.wait(self.sid, "awaiting_input", "needs_review")
        is_((row["status"], len(gh.ran(sid=self.sid))),
            ("needs_review", calls), f"{name}: {self.what}")
        return row

    def waits(self, name, reason):
        row = gh.wait(self.sid, "awaiting_input", "needs_review")
        gates = gh.gates(self.sid)
        is_((row["status"], [g["reason"] for g in gates],
             gh.ran(sid=self.sid)),
            ("awaiting_input", [reason], []), f"{name}: {self.what}")
        return row


def every(*cases):
    """Start all at once, look at each."""
    started = [(Case(*place), name, reason) for name, reason, *place in cases]
    return [case.waits(name, reason) if reason else case.ends(name)
            for case, name, reason in started]


rows = every(
    ("84 a low tool runs", None, "use box:low."),
    ("84 and in production too", None, "use box:low.", "production"),
    ("85 an unlisted tool runs", None, "use box:unlisted."),
    ("85 and in production too", None, "use box:unlisted.", "production"),
    ("86 a medium tool runs", None, "use box:medium."),
    ("87 a high tool waits", "high_risk_tool", "use box:high."),
    ("87 in every environment", "high_risk_tool", "use box:high.",
     "production"))
calls = [r["tool_calls"] for r in rows]
is_([(c["tool"], c["status"], c["risk"], c["agent"]) for c in calls[0]],
    [("box:low", "executed", "low", "worker")], "84 its row")
is_([(c["tool"], c["status"], c["risk"], c["agent"]) for c in calls[4]],
    [("box:medium", "executed_with_notify", "medium", "worker")],
    "86 its row says so after the turn has ended")
is_([(c["tool"], c["status"], c["risk"], c["attempt"]) for c in calls[5]],
    [("box:high", "pending_approval", "high", 0)], "87 its row")

every(
    ("88 a low tool that fits a pattern runs elsewhere", None, "use ops:look."),
    ("88 so does a medium one", None, "use ops:fix."),
    ("88 the low one waits where the override holds", "high_risk_tool",
     "use ops:look.", "staging"),
    ("88 the medium one too", "high_risk_tool", "use ops:fix.", "staging"),
    ("89 another server's tool does not", None, "use box:low.", "staging"),
    ("89 a pattern without a server fits a bare name", "high_risk_tool",
     "use box:sweep.", "staging"),
    ("90 the full name's policy wins", "high_risk_tool", "use ops:both."),
    ("90 the bare name's holds alone", None, "use box:both."),
    ("91 a medium tool waits in a gated environment", "gated_env",
     "use box:medium.", "production"))

every(
    ("92 a medium tool waits below the threshold", "low_confidence",
     "sure 0.6."),
    ("92 just below", "low_confidence", "sure 0.69."),
    ("92 not at it", None, "sure 0.7."),
    ("92 not above", None, "sure 1."),
    ("92 a low tool never does", None, "low at 0.1."),
    ("92 the call's own confidence counts", "low_confidence", "argued 0.2."),
    ("92 and is newer than the last turn's", None, "argued 0.8."),
    ("93 gated environment outranks low confidence", "gated_env",
     "sure 0.6.", "production"),
    ("93 high risk outranks both", "high_risk_tool", "high at 0.1.",
     "production"))

every(
    ("94 no patterns force nothing", None, "use ops:look.", "staging",
     "open_lists"),
    ("94 no gated environments gate nothing", None, "use box:medium.",
     "production", "open_lists"),
    ("94 no production environments override nothing", None,
     "use ops:fix.", "staging", "no_environments"),
    ("95 medium tools wait where notify is gated", "high_risk_tool",
     "use box:medium.", "dev", "strict"),
    ("95 low tools still run", None, "use box:low.", "dev", "strict"),
    ("96 without a gateway a high tool runs", None, "use box:high.", "dev",
     "ungated"),
    ("96 in production too", None, "use ops:fix.", "production", "ungated"))

row = Case("lie.", "production").waits(
    "97 the session's environment counts, not the model's", "gated_env")
is_(row["tool_calls"][0]["args"], {"environment": "production", "version": "1"},
    "97 and is what is asked about")
row = Case("lie.", "dev").ends("97 elsewhere it runs")
is_(gh.ran("deploy", row["id"])[0][3], '{"environment":"dev","version":"1"}',
    "97 with the session's environment")

gh.sound()
done()
