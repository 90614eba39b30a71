#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Sessions that work with a tool server over stdin and stdout, and with what
# such a server does wrong: 25, 39, 40, 85, 87, 100, 135, 234, 235, 237.
import json
import os
import signal
import subprocess
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import BUILD, DEADLINE, App, done, is_, like, ok, say, wait_for
from openapi import Described

SECRET = "squeamish-ossifrage"
os.environ["SERVE_TOKEN"] = SECRET
BIG = 9007199254740993

app = App("remote", {
    "[echo]": [[("near:echo", {"n": BIG, "t": "\u00e9\"\n"})], say()],
    "[bare]": [[("fail", {}), ("near:text", {}), ("near:nope", {})], say()],
    "[env]": [[("near:env", {})], say()],
    "[fix]": [[("near:fix", {"n": BIG})], say()],
    "[hold]": [[("near:hold", {"n": 1})], say()],
    "[again]": [[("near:again", {"n": 1})], say()],
    "[die]": [[("near:die", {})], [("near:echo", {"after": 1})], say()],
    "[close]": [[("near:close", {})], say()],
    "[extra]": [[("near:extra", {}), ("near:fail", {})], say()],
})
gh = Described()


def told(**what):
    """What the server is told; "near.json" of its place."""
    os.makedirs(gh.tools, exist_ok=True)
    with open(gh.tools + "/near.new", "w") as file:
        json.dump(what, file)
    os.rename(gh.tools + "/near.new", gh.tools + "/near.json")


def said(part="", name="near"):
    """The lines of the server's log that begin so."""
    try:
        with open(f"{gh.tools}/{name}.log") as file:
            return [l for l in file.read().splitlines() if l.startswith(part)]
    except FileNotFoundError:
        return []


def calls(sid):
    return gh.row(sid)["tool_calls"]


def tools():
    return {t["name"]: t for t in gh.get("tools")}


def server(name="near"):
    return [s for s in gh.get("tool-servers")
            if s["name"] == name and s["app"] == "remote"][0]


def is_state(state, name="near"):
    wait_for(f"{name} is {state}", lambda: server(name)["state"] == state)


gh.start(app)

# A session that comes with the start waits for what the server has.
sid = gh.session("[echo]")
gh.wait(sid, "needs_review")
call = calls(sid)[0]
is_((call["tool"], call["status"], call["is_error"]),
    ("near:echo", "executed", False), "235: a program is listed and called")
is_(call["result"]["args"], {"n": BIG, "t": "\u00e9\"\n"},
    "it gets what the model wrote, every digit, and its answer comes back")
is_(said("echo"), ['echo {"n": 9007199254740993, "t": "\\u00e9\\"\\n"}'],
    "that is what it was called with")
is_(said("notified"), ["notified notifications/initialized"],
    "and nothing else was said")

# 40: what is there
tool = tools()["near:fix"]
is_([tool[k] for k in ("server", "transport", "original_name", "risk",
                       "category", "bound_agents")],
    ["near", "stdio", "fix", "high", "test", ["worker"]],
    "40: GET /tools has the server's tools")
is_((tool["availability"]["state"], tool["availability"]["reason"]),
    ("available", None), "which are available")
like(tool["availability"]["since"], r"^20..-..-..T..:..:..Z$", "since when")
is_(tool["parameters"], {"type": "object", "properties": {"n": {}}},
    "and their parameters")
is_((server()["state"], server()["protocol"], server()["tools"],
     server()["runner"]), ("available", "2025-11-25", 10, "runner"),
    "GET /tool-servers has the server")
is_(gh.get("agents")[0]["tools"][:2], ["near:again", "near:close"],
    "39: the agent has all of them")

# 234: errors are answers
sid = gh.session("[bare]")
gh.wait(sid, "needs_review")
got = calls(sid)
is_((got[0]["tool"], got[0]["status"], got[0]["is_error"], got[0]["result"]),
    ("near:fail", "executed", True,
     {"error": "it broke"}), "234: a tool's error is the model's to read")
is_(got[1]["result"]["content"],
    [{"type": "text", "text": "plain"},
     {"type": "image", "mimeType": "image/png", "bytes": 5}],
    "content without structure, binary data as its size")
is_(got[2]["status"], "refused", "what the server has not is refused")
like(got[2]["result"]["error"], 'unknown tool "near:nope".* near:echo',
     "and told what there is")

# A program's environment is small, and no secret becomes a row.
sid = gh.session("[env]")
gh.wait(sid, "needs_review")
env = calls(sid)[0]["result"]
is_(sorted(set(env) - {"LC_CTYPE"}),
    ["GATEHOUSE_DATA", "LANG", "PATH", "SERVE_TOKEN"],
    "a server has the environment that it is given")
is_(env["SERVE_TOKEN"], "*" * len(SECRET), "and a secret shows nowhere")
is_(env["GATEHOUSE_DATA"], gh.tools, "nor the database's place")

# 87, 100: a gate before it, and once after it
sid = gh.session("[fix]")
gh.wait(sid, "awaiting_input")
is_(said("fix"), [], "87: nothing runs before a verdict")
is_(gh.gates(sid)[0]["args_text"], '{"n":9007199254740993}',
    "the gate shows every digit")
gh.decide(sid, "approve")
gh.wait(sid, "needs_review")
is_(said("fix"), ['fix {"n": 9007199254740993}'],
    "100: approved, it runs once, with these arguments")
sid = gh.session("[fix]")
gh.wait(sid, "awaiting_input")
gh.decide(sid, "reject")
gh.wait(sid, "needs_review")
is_(len(said("fix")), 1, "rejected, it does not run")

# 135: terminal tools by their full name
is_(gh.run("[close]")["status"], "resolved",
    "135: a server's tool ends a session as the configuration says")

# 237: the server dies in a call
sid = gh.session("[die]")
gh.wait(sid, "needs_review")
got = calls(sid)
is_((got[0]["status"], got[0]["is_error"]), ("executed", True),
    "237: the call of a server that died is an error")
like(got[0]["result"]["error"],
     "exit code 3.*; nobody knows whether the tool has run$", "that says so")
is_((got[1]["tool"], got[1]["is_error"]), ("near:echo", False),
    "and the next call waits for the server's next start")
is_(len(said("start")), 2, "which there was one of")

# A session is stopped during a call.
sid = gh.session("[hold]")
wait_for("the tool runs", lambda: said("hold"))
gh.ask("DELETE", f"sessions/{sid}")
wait_for("the server is told", lambda: "notified notifications/cancelled"
         in said("notified"))
is_(gh.row(sid)["status"], "stopped", "a stop ends the call on the server")
gh.let_go()
wait_for("it ends", lambda: said("hold_ended"))
gh.let_go(False)
wait_for("the call is over", lambda: calls(sid)[0]["status"] != "executing")
gh.sound()

# kill -9 of the runner during a call: what must not run twice asks.
sid = gh.session("[hold]")
wait_for("the tool runs", lambda: len(said("hold {")) == 2)
gh.kill("gatehouse-runner")
gh.wait(sid, "awaiting_input")
gate = gh.gates(sid)[0]
is_((gate["kind"], gate["tool"]), ("in_doubt", "near:hold"),
    "a hint is not trusted: a call in doubt asks")
is_(len(said("hold {")), 2, "and does not run meanwhile")
gh.decide(sid, "run_again")
wait_for("it runs again", lambda: len(said("hold {")) == 3)
gh.let_go()
gh.wait(sid, "needs_review")
is_(len(said("hold {")), 3, "run again, it runs once more")
gh.let_go(False)
sid = gh.session("[again]")
wait_for("the tool runs", lambda: said("again {"))
gh.kill("gatehouse-runner")
wait_for("it runs again", lambda: len(said("again {")) == 2)
gh.let_go()
gh.wait(sid, "needs_review")
gh.let_go(False)
is_(calls(sid)[0]["attempt"], 2,
    "what the configuration calls idempotent runs again unasked")

# Other tools than before.
told(tools=["echo", "extra", "fail"])
wait_for("they are listed", lambda: "near:extra" in tools())
is_(tools()["near:fix"]["availability"]["state"], "absent",
    "a tool that is gone is marked")
sid = gh.session("[extra]")
gh.wait(sid, "needs_review")
is_([c["is_error"] for c in calls(sid)], [False, True],
    "a new one can be called")
sid = gh.session("[fix]")
gh.wait(sid, "needs_review")
is_(calls(sid)[0]["status"], "refused", "one that is gone cannot")

# Servers that do wrong do not stop the others, nor the start.
told(say="Good morning")
gh.kill("gatehouse-runner")
is_state("available")
ok(True, "what is no message is skipped")
told(exit=3)
os.kill(int(said("start")[-1].split()[1]), signal.SIGKILL)
is_state("unavailable")
like(server()["reason"], "ended|exit", "a server that ends is not available")
like(json.dumps(tools()["near:echo"]["availability"]), "unavailable",
     "nor are its tools")
wait_for("three tries", lambda: server()["failed_tries"] >= 3)
sid = gh.session("[echo]")
gh.wait(sid, "needs_review")
like(calls(sid)[0]["result"]["error"],
     'server "near" is not available: .*; the tool was not run',
     "its calls fail with the reason")
told()
is_state("available")
ok(True, "it is tried again, and comes back")
is_(gh.run("[echo]")["tool_calls"][0]["is_error"], False, "and works")

# One that never answers keeps nobody waiting for longer than it may take to
# start, nor the sessions of another application at all.
slow = App("remote", {"[slow]": [[("near:echo", {})], say()]}, name="slow",
           edits={"[./serve, near]": "[./serve, slow]\n      start_timeout: 1"})
told_to = gh.tools + "/slow.json"
with open(told_to, "w") as file:
    file.write('{"mute": true}')
gh.load(slow)
sid = gh.session("[slow]", app="slow")
is_(gh.run("[echo]", app="remote")["tool_calls"][0]["is_error"], False,
    "a server that never answers holds up nobody else")
gh.wait(sid, "needs_review")
is_(calls(sid)[0]["status"], "refused", "its sessions go on without it")
wait_for("it is told of", lambda: [
    s for s in gh.get("tool-servers") if s["app"] == "slow" and
    s["state"] == "unavailable"])
os.remove(told_to)
wait_for("it answers at last", lambda: [
    s for s in gh.get("tool-servers") if s["app"] == "slow" and
    s["state"] == "available"])
is_(gh.run("[slow]", app="slow")["tool_calls"][0]["is_error"], False,
    "when it answers, it works")
gh.sound()

# Two runners have a server each, and rows; an end takes its own with it.
other = subprocess.Popen(
    [BUILD + "/gatehouse-runner", "--db", gh.db, "--name", "other"],
    stderr=open(gh.data + "/log/other.log", "w"))
wait_for("both are at work", lambda: gh.sql(
    "SELECT runner, state FROM tool_server_state JOIN app ON id = app_id "
    "WHERE name = 'remote' ORDER BY runner") ==
    [("other", "available"), ("runner", "available")])
pid = int(said("start")[-1].split()[1])
other.terminate()
is_(other.wait(DEADLINE), 0, "a runner that is asked to end ends")
with open(gh.data + "/log/other.log") as file:
    is_("ended_with_servers" in file.read(), False, "and waits for its server")
ok(not os.path.exists(f"/proc/{pid}"), "which ends, too")
is_(gh.sql("SELECT DISTINCT runner FROM tool_server_state"), [("runner",)],
    "it leaves no word about it")
gh.stop()
is_(SECRET in gh.log("runner"), False, "the secret is not in the log")
is_([part for part in ("", "-wal") if os.path.exists(gh.db + part)
     and SECRET.encode() in open(gh.db + part, "rb").read()], [],
    "nor in the database")
gh.as_described()
done()
