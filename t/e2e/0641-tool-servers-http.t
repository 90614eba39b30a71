#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Sessions that work with a tool server behind HTTP, and what becomes of them
# when it goes away: 236, 237.
import os
import subprocess
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, say, wait_for

SECRET = "squeamish-ossifrage"
BIG = 9007199254740993
os.environ["SERVE_TOKEN"] = SECRET
gh = System()
os.makedirs(gh.tools)


def port_file():
    try:
        with open(gh.tools + "/far.port") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0


def serve(port=0, token=SECRET):
    """The server, beside the system; returns its process."""
    with open(gh.tools + "/far.json", "w") as file:
        file.write('{"port": %d}' % port)
    if port_file():
        os.remove(gh.tools + "/far.port")
    process = subprocess.Popen(
        [app.dir + "/serve", "far", "--http"],
        env={**os.environ, "GATEHOUSE_DATA": gh.tools, "SERVE_TOKEN": token})
    wait_for("the server listens", port_file)
    return process


def said(part=""):
    with open(gh.tools + "/far.log") as file:
        return [l for l in file.read().splitlines() if l.startswith(part)]


def server():
    return [s for s in gh.get("tool-servers") if s["name"] == "far"][0]


def is_state(state):
    wait_for(f"far is {state}", lambda: server()["state"] == state)


app = App("remote", {
    "[echo]": [[("far:echo", {"n": BIG})], say()],
    "[fix]": [[("far:fix", {"n": BIG})], say()],
    "[hold]": [[("far:hold", {})], say()],
})
process = serve()
app.edit("http://127.0.0.1:1/mcp", f"http://127.0.0.1:{port_file()}/mcp")
app.edit("      enabled: false\n", "      timeout: 20\n")
app.edit('"near:fix": high', '"far:fix": high')
app.edit('near: ["*"]', 'far: ["*"]', "skills/worker/config.yaml")
gh.start(app)

# 236: listed and called, with its header
row = gh.run("[echo]")
is_(row["tool_calls"][0]["result"], {"ran": "echo", "args": {"n": BIG}},
    "236: a server behind HTTP is listed and called")
is_(said("echo"), ['echo {"n": 9007199254740993}'], "with every digit")
tool = {t["name"]: t for t in gh.get("tools")}["far:fix"]
is_((tool["transport"], tool["risk"], tool["sandbox"],
     tool["availability"]["state"]), ("http", "high", None, "available"),
    "GET /tools has it")

# A gate before it
sid = gh.session("[fix]")
gh.wait(sid, "awaiting_input")
is_(said("fix"), [], "87: nothing runs before a verdict")
gh.decide(sid, "approve")
gh.wait(sid, "needs_review")
is_(said("fix"), ['fix {"n": 9007199254740993}'], "100: approved, it runs once")

# It is killed during a call, and is not there for a while.
sid = gh.session("[hold]")
wait_for("the tool runs", lambda: said("hold"))
port = port_file()
process.kill()
process.wait()
gh.wait(sid, "needs_review")
call = gh.row(sid)["tool_calls"][0]
is_((call["status"], call["is_error"]), ("executed", True),
    "237: the call of a server that went away is an error")
calls = [gh.run("[echo]")["tool_calls"][0] for _ in range(4)]
is_([call["is_error"] for call in calls], [True] * 4,
    "and so are others, within their time")
is_state("unavailable")
like(server()["reason"], ".", "with the reason")
process = serve(port)
is_state("available")
is_(gh.run("[echo]")["tool_calls"][0]["is_error"], False,
    "it is found again when it is back")

# It does not know us any more.
process.kill()
process.wait()
process = serve(port, token="another")
gh.kill("gatehouse-runner")
is_state("unavailable")
like(server()["reason"], "401", "a server that refuses us says why")
like(gh.cli("tools", "--check"), "^far: .*401", "and to --check")
is_(gh.code, 1, "which ends with 1")
call = gh.run("[echo]")["tool_calls"][0]
is_((call["tool"], call["is_error"]), ("far:echo", True),
    "a call is planned, since the tools are known, and fails")
process.kill()
process.wait()
process = serve(port)
is_state("available")

# kill -9 of the runner during a call
sid = gh.session("[hold]")
wait_for("the tool runs", lambda: len(said("hold {")) == 2)
gh.kill("gatehouse-runner")
gh.wait(sid, "awaiting_input")
is_(gh.gates(sid)[0]["kind"], "in_doubt", "a call in doubt asks")
gh.decide(sid, "fail")
gh.wait(sid, "needs_review")
is_(len(said("hold {")), 2, "taken as failed, it does not run again")
is_(SECRET in gh.log("runner"), False, "the secret is not in the log")
gh.sound()
gh.stop()
process.kill()
done()
