#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The runner's MCP client and the reference servers, over stdio and over
# Streamable HTTP.
import os
import signal
import socket
import subprocess
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
import npm
from gatehouse import done, free_port, is_, like, ok, tmp, wait_for
from mcp_client import Client

modules = npm.install("node-mcp") + "/@modelcontextprotocol"
EVERYTHING = f"{modules}/server-everything/dist/index.js"


def names(ready):
    return {tool["name"] for tool in ready["tools"]}


def text(end):
    return end["result"]["content"][0]["text"]


def children(pid):
    """Processes that this one started."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def common(client, how):
    """What every transport can."""
    ready = client.ready()
    is_(ready["version"], "2025-11-25", f"{how}: the last of its era")
    is_((len(ready["tools"]), "simulate-research-query" in names(ready)),
        (12, False), f"{how}: all tools but the one that is a task")
    is_(text(client.call("echo", {"message": "héllo \"w\"\nx"})),
        "Echo: héllo \"w\"\nx", f"{how}: a call and its text")
    is_(client.call("get-structured-content",
                    {"location": "New York"})["result"],
        {"temperature": 33, "conditions": "Cloudy", "humidity": 82},
        f"{how}: structured content as it is")
    image = client.call("get-tiny-image", {})["result"]["content"][1]
    is_((image["type"], image["mimeType"], image["bytes"] > 1000,
         "data" in image), ("image", "image/png", True, False),
        f"{how}: of an image its size")
    end = client.call("get-sum", {"a": "two"})
    ok(end["error"] and not end["lost"] and
       "expected number" in end["result"]["error"],
       f"{how}: wrong arguments are an error for the model")
    end = client.call("no-such-tool", {})
    ok(end["error"] and "not found" in end["result"]["error"],
       f"{how}: and so is a tool that is not there")
    slow = client.start("trigger-long-running-operation",
                        {"duration": 1, "steps": 2})
    is_(text(client.call("echo", {"message": "fast"})), "Echo: fast",
        f"{how}: calls do not wait for each other")
    like(text(client.end(slow)), "^Long running operation completed",
         f"{how}: and the slow one ends, too")
    slow = client.start("trigger-long-running-operation",
                        {"duration": 2, "steps": 8})
    client.cancel(slow)
    end = client.end(slow)
    is_((end["error"], end["result"]["error"]), (True, "cancelled"),
        f"{how}: a call can be cancelled")
    is_(text(client.call("echo", {"message": "on"})), "Echo: on",
        f"{how}: and the rest goes on")


# ---- stdio

client = Client("--", "node", EVERYTHING, "stdio")
common(client, "stdio")
program = children(client.process.pid)[0]
is_((client.close(), os.path.exists(f"/proc/{program}")), (0, False),
    "stdio: the program has ended before the client")

client = Client("--", "node", EVERYTHING, "stdio")
client.ready()
slow = client.start("trigger-long-running-operation",
                    {"duration": 20, "steps": 2})
client.call("echo", {"message": "the slow one was sent before"})
os.kill(children(client.process.pid)[0], signal.SIGKILL)
end = client.end(slow)
ok(end["error"] and end["lost"], "killed in the midst of a call: lost")
like(client.down(), "killed by signal 9", "and the owner is told why")
end = client.call("echo", {"message": "late"})
ok(end["error"] and not end["lost"],
   "a call after that fails, and was never sent")
client.close()

# ---- Streamable HTTP

port = free_port()


# It would listen for the whole world.
with open(f"{tmp}/loopback.js", "w") as file:
    file.write("""const server = require("net").Server.prototype;
const listen = server.listen;
server.listen = function (port, ...rest) {
    return listen.call(this, port, "127.0.0.1", ...rest);
};
""")


def start_http():
    with open(f"{tmp}/everything.log", "a") as log:
        server = subprocess.Popen(
            ["node", "-r", f"{tmp}/loopback.js", EVERYTHING,
             "streamableHttp"], stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, env={**os.environ, "PORT": str(port)})

    def answers():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False
    wait_for("the server listens", answers)
    return server


server = start_http()
try:
    client = Client(f"http://127.0.0.1:{port}/mcp")
    common(client, "HTTP")
    # Its sessions are in its memory: after a restart ours is unknown.
    server.kill()
    server.wait()
    server = start_http()
    is_(text(client.call("echo", {"message": "again"})), "Echo: again",
        "a lost session is renewed, and the call with it")
    slow = client.start("trigger-long-running-operation",
                        {"duration": 600, "steps": 2})
    client.call("echo", {"message": "the slow one was sent before"})
    server.kill()
    server.wait()
    end = client.end(slow)
    ok(end["error"] and end["lost"],
       "a server that dies in the midst of a call: lost, by the clock")
    is_(client.close(), 0, "and the client ends without it")
finally:
    server.kill()

# ---- others

os.makedirs(f"{tmp}/files")
with open(f"{tmp}/files/one.txt", "w") as file:
    file.write("one\n")
client = Client("--", "node", f"{modules}/server-filesystem/dist/index.js",
                f"{tmp}/files")
ready = client.ready()
is_(len(ready["tools"]), 14, "filesystem: its tools")
like(client.call("read_text_file", {"path": f"{tmp}/files/one.txt"})
     ["result"]["content"], "one", "filesystem: a file")
end = client.call("read_text_file", {"path": "/etc/passwd"})
ok(end["error"] and "denied" in end["result"]["error"],
   "filesystem: not any file")
client.close()

client = Client("--", "node", f"{modules}/server-memory/dist/index.js",
                env={"MEMORY_FILE_PATH": f"{tmp}/memory.jsonl"})
is_(client.ready()["ready"], 9, "memory: its tools")
entity = {"name": "n", "entityType": "t", "observations": ["o"]}
client.call("create_entities", {"entities": [entity]})
is_(client.call("read_graph", {})["result"],
    {"entities": [entity], "relations": []}, "memory: what was remembered")
client.close()
done()
