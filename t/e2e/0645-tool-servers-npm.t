#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Sessions that work with tool servers that others wrote: one for everything,
# as a program and behind HTTP, one for files, one for a memory. 234 to 237.
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
import npm
from gatehouse import (App, System, done, free_port, is_, like, ok, say, tmp,
                       wait_for)

modules = npm.install("node-mcp") + "/@modelcontextprotocol"
NODE = os.path.realpath(shutil.which("node"))
EVERYTHING = f"{modules}/server-everything/dist/index.js"
gh = System()
files = gh.tools + "/files"
os.makedirs(files)
port = free_port()
# It would listen for the whole world.
with open(f"{tmp}/loopback.js", "w") as file:
    file.write("""const server = require("net").Server.prototype;
const listen = server.listen;
server.listen = function (port, ...rest) {
    return listen.call(this, port, "127.0.0.1", ...rest);
};
""")


def program(name, *words, **more):
    return {"name": name, "transport": "stdio", "category": "npm",
            "command": [NODE, *words], "timeout": 20,
            "paths": {"read": [os.path.dirname(os.path.dirname(NODE)),
                               f"{tmp}/node-mcp"]}, **more}


SERVERS = [
    program("all", EVERYTHING, "stdio"),
    program("files", f"{modules}/server-filesystem/dist/index.js", files),
    program("memory", f"{modules}/server-memory/dist/index.js",
            env={"MEMORY_FILE_PATH": gh.tools + "/memory.jsonl"}),
    {"name": "web", "transport": "http", "category": "npm", "timeout": 20,
     "url": f"http://127.0.0.1:{port}/mcp"},
]
LONG = {"duration": 20, "steps": 2}


def everything(name):
    return [[(f"{name}:echo", {"message": "h\u00e9 \"w\"\n9"}),
             (f"{name}:get-structured-content", {"location": "New York"}),
             (f"{name}:get-tiny-image", {}),
             (f"{name}:get-sum", {"a": "two"})], say()]


app = App("remote", {
    "[all]": everything("all"), "[web]": everything("web"),
    "[long]": [[("all:trigger-long-running-operation", LONG)], say()],
    "[files]": [[("files:write_file", {"path": files + "/a", "content": "A"}),
                 ("files:read_text_file", {"path": files + "/a"}),
                 ("files:read_text_file", {"path": "/etc/hostname"}),
                 ("files:list_directory", {"path": files})], say()],
    "[memory]": [[("memory:create_entities", {"entities": [
        {"name": "gate", "entityType": "thing", "observations": ["open"]}]}),
        ("memory:read_graph", {})], say()],
})
with open(app.dir + "/config.yaml") as file:
    head, rest = file.read().split("    - name: near\n")
with open(app.dir + "/config.yaml", "w") as file:
    file.write(head + "".join(f"    - {json.dumps(s)}\n" for s in SERVERS) +
               "orchestrator:" + rest.split("\norchestrator:")[1])
app.edit("near:close", "files:none")
app.edit('{"near:fix": high, again: low}', '{"files:write_file": high}')
app.edit('  near: ["*"]\n', "".join(f"  {s['name']}: ['*']\n" for s in SERVERS),
         "skills/worker/config.yaml")


def start_web():
    with open(f"{tmp}/web.log", "a") as log:
        process = subprocess.Popen(
            [NODE, "-r", f"{tmp}/loopback.js", EVERYTHING, "streamableHttp"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={**os.environ, "PORT": str(port)})

    def answers():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False
    wait_for("the server listens", answers)
    return process


def calls(sid):
    return gh.row(sid)["tool_calls"]


def states():
    return {s["name"]: s["state"] for s in gh.get("tool-servers")}


def node(part):
    """The pids of the servers that the runner started from such a file."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline") as file:
                words = file.read().split("\0")
        except OSError:
            continue
        if len(words) > 1 and part in words[1] and tmp in words[1]:
            found.append(int(pid))
    return found


web = start_web()
gh.start(app)
wait_for("all are available", lambda: set(states().values()) == {"available"})
counts = {s["name"]: s["tools"] for s in gh.get("tool-servers")}
is_(counts, {"all": 12, "files": 14, "memory": 9, "web": 12},
    "235, 236: all tools of all servers")
like(gh.cli("tools", "--check"), "^files +stdio +available +2025-11-25 +14 ",
     "--check sees the same")

for name in ("all", "web"):
    got = calls(gh.run(f"[{name}]")["id"])
    is_(got[0]["result"]["content"][0]["text"], "Echo: h\u00e9 \"w\"\n9",
        f"{name}: a call and its text")
    is_(got[1]["result"],
        {"temperature": 33, "conditions": "Cloudy", "humidity": 82},
        f"{name}: structured content as it is")
    image = got[2]["result"]["content"][1]
    is_((image["type"], "data" in image), ("image", False),
        f"{name}: of an image its size")
    # Either our own check of arguments or the server's.
    ok(got[3]["is_error"] or got[3]["status"] == "refused",
       f"234: {name}: wrong arguments are an answer")

sid = gh.session("[files]")
gh.wait(sid, "awaiting_input")
is_(os.listdir(files), [], "87: no file is written before a verdict")
gh.decide(sid, "approve")
gh.wait(sid, "needs_review")
got = {c["tool"] + c["args"].get("path", ""): c for c in calls(sid)}
with open(files + "/a") as file:
    is_(file.read(), "A", "100: approved, it is")
ok(got["files:read_text_file/etc/hostname"]["is_error"],
   "a file that is not the server's is an error")
like(json.dumps(got[f"files:list_directory{files}"]["result"]), "content",
     "a directory is listed")

got = calls(gh.run("[memory]")["id"])
is_([e["name"] for e in got[1]["result"]["entities"]], ["gate"],
    "a memory remembers")

# A stop in the midst of a call; a server that is killed in one.
sid = gh.session("[long]")
wait_for("it runs", lambda: calls(sid) and
         calls(sid)[0]["status"] == "executing")
gh.ask("DELETE", f"sessions/{sid}")
wait_for("the call is over", lambda: calls(sid)[0]["status"] != "executing")
is_(gh.row(sid)["status"], "stopped", "a stop ends a long call")
sid = gh.session("[long]")
wait_for("it runs", lambda: calls(sid) and
         calls(sid)[0]["status"] == "executing")
for pid in node("server-everything"):
    os.kill(pid, signal.SIGKILL)
gh.wait(sid, "needs_review")
like(calls(sid)[0]["result"]["error"], "killed by signal 9",
     "237: a server that is killed in a call: an error")
is_(calls(gh.run("[all]")["id"])[0]["is_error"], False,
    "it is started again")

# The runner is killed in the midst of a call.
sid = gh.session("[long]")
wait_for("it runs", lambda: calls(sid) and
         calls(sid)[0]["status"] == "executing")
gh.kill("gatehouse-runner")
gh.wait(sid, "awaiting_input")
is_(gh.gates(sid)[0]["kind"], "in_doubt", "what may have run is in doubt")
gh.decide(sid, "done")
gh.wait(sid, "needs_review")

# A server behind HTTP forgets its sessions.
web.kill()
web.wait()
web = start_web()
is_(calls(gh.run("[web]")["id"])[0]["is_error"], False,
    "236: a server that has forgotten us is greeted anew")
gh.sound()
gh.stop()
wait_for("no server is left", lambda: not node("server-"))
ok(True, "all programs end with the runner")
web.kill()
web.wait()
done()
