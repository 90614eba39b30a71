#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# gatehouse tools: what is there, and with --check what the servers say now,
# whether a runner is at work or not.
import json
import os
import shutil
import subprocess
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import BUILD, App, System, done, is_, like, ok, wait_for

os.environ["SERVE_TOKEN"] = "squeamish"
app = App("remote", {})
gh = System()


def told(**what):
    with open(gh.tools + "/near.new", "w") as file:
        json.dump(what, file)
    os.rename(gh.tools + "/near.new", gh.tools + "/near.json")


def lines(*words):
    return gh.cli("tools", *words).splitlines()


# With nothing loaded, and nothing running.
gh.cli("init")
is_((gh.cli("tools"), gh.code), ("", 0), "nothing is loaded: nothing is listed")
is_((gh.cli("tools", "--check"), gh.code), ("", 0), "and nothing to check")
is_((json.loads(gh.cli("tools", "--json")), gh.code),
    ({"tools": [], "servers": []}, 0), "as JSON")
is_((json.loads(gh.cli("tools", "--check", "--json")), gh.code), ([], 0),
    "and as JSON")
gh.load(app)
like(gh.cli("tools"), r"^near +stdio +unknown +- +0 +remote +no runner uses it$",
     "a server that no runner has started yet")
like(gh.cli("tools", "--check"), r"^near +stdio +available +2025-11-25 +10 ",
     "--check asks it without a runner")
is_(gh.code, 0, "and all is well")
is_(gh.sql("SELECT count(*) FROM tool WHERE server = 'near'"), [(0,)],
    "which writes no row")
is_((gh.cli("tools", "--app", "nope"), gh.code),
    ('gatehouse: no application "nope"\n', 3), "an unknown application")
is_(gh.cli("tools", "--check", "--app", "nope"),
    'gatehouse: no application "nope"\n', "also to check")
like(gh.cli("tools", "--chek"), "--chek", "a misspelt option")
is_(gh.code, 2, "is wrong usage")

gh.start(app)
wait_for("the tools are there", lambda: len(gh.get("tools")) == 10)
got = lines()
like(got[0], "^TOOL +RISK +TRANSPORT +STATE +APP +AGENTS$", "a head")
like(got[1], "^near:again +low +stdio +available +remote +worker$", "a tool")
like("\n".join(got), "^near:fix +high +stdio +available ", "with its risk")
like(got[-1], "^near +stdio +available +20.* +10 +remote +-$", "and its server")
is_(lines("--app", "remote"), got, "of one application")
got = json.loads(gh.cli("tools", "--json"))
is_((got["tools"], got["servers"]),
    (gh.get("tools"), gh.get("tool-servers")),
    "as JSON it is what the API says")

# What the configuration names, and the server has not.
told(tools=["echo", "again"])
got = lines("--check")
is_((got[2:], gh.code), ([
    'near: it has no tool "fix", which policy names',
    'near: it has no tool "close", which a terminal tool names'], 1),
    "--check tells what is missing, and ends with 1")
told(tools=["echo", "fix", "close", "b*d"])
is_(lines("--check")[2:], [
    'near: its tool "b*d" cannot be used: this is no usable name',
    'near: it has no tool "again", which its "tools" name'],
    "and what cannot be used")
got = json.loads(gh.cli("tools", "--check", "--json"))
is_((got[0]["server"], got[0]["available"], got[0]["tools"],
     len(got[0]["problems"]), gh.code),
    ("near", True, ["echo", "fix", "close"], 2, 1), "the same as JSON")

# A server that cannot be reached at all.
told(exit=3)
got = lines("--check")
like(got[1], "^near +stdio +unavailable +- +0 +remote$", "it is not available")
like(got[2], "^near: .*exit code 3.*I will not", "for this reason")
is_(gh.code, 1, "which is a problem")
os.environ.pop("SERVE_TOKEN")
like(gh.cli("tools", "--check"), r"^near: cannot read \$\{SERVE_TOKEN\}: it is",
     "a secret that the terminal has not")
is_(gh.code, 1, "is one, too")
os.environ["SERVE_TOKEN"] = "squeamish"

# Without a runner's program, and by the runner itself.
told()
lone = gh.data + "/gatehouse"
shutil.copy(BUILD + "/gatehouse", lone)
run = subprocess.run([lone, "--db", gh.db, "tools", "--check"], text=True,
                     capture_output=True, env={**os.environ, "PATH": "/bin"})
like(run.stderr, "cannot start gatehouse-runner: No such file",
     "a runner that is not installed is told of")
is_(run.returncode, 5, "and nothing was checked")


def runner(*words):
    return subprocess.run([BUILD + "/gatehouse-runner", *words], text=True,
                          capture_output=True)


run = runner("--db", gh.db, "--check-servers=remote")
is_((run.returncode, json.loads(run.stdout)["server"]), (0, "near"),
    "gatehouse-runner --check-servers=APP")
run = runner("--db", gh.db, "--check-servers=other")
is_((run.returncode, run.stdout), (0, ""), "of another one: nothing")
run = runner("--db", gh.data + "/none", "--check-servers")
is_((run.returncode, run.stdout), (2, ""), "no database: it cannot check")
ok(run.stderr.startswith("gatehouse-runner: "), "and says so")
gh.stop()
done()
