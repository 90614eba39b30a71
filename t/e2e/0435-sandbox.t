#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""What the programs of tools can open, in the running system."""
import json
import os
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, ok, say, tmp, wait_for

# What a tool that was taken over would try, from its own place: $1 is where
# the outcome goes, then comes what it is started to be.
TRIES = """#!/bin/sh
out=$1
shift
data=${GATEHOUSE_DATA%/tools}
app=$(pwd)
err=$GATEHOUSE_DATA/$out.err	# a tool and a server may try at once
try() {
	if sh -c "$2" >/dev/null 2>"$err"; then
		result=yes
	elif grep -qi 'permission denied' "$err"; then
		result=denied
	else
		result=$(head -n 1 "$err" | tr '"\\\\' "''")
	fi
	printf '%s"%s":"%s"' "$comma" "$1" "$result"
	comma=,
}
exec 3>&1 >"$GATEHOUSE_DATA/$out"
printf '{'
try database "cat $data/gatehouse.db"
try wal "cat $data/gatehouse.db-wal"
try shm "cat $data/gatehouse.db-shm"
try lock "cat $data/gatehouse.db-lock"
try list "ls $data"
try log "cat $data/log/runner.log"
try write ": >>$data/gatehouse.db"
try leave "mv $data/tools $data/away && mv $data/away $data/tools"
try config "cat $app/config.yaml"
try skills "ls $app/skills"
try dotenv "cat $app/.env"
try credential "cat $data/../keys/KEY"
try elsewhere "echo x >$app/../new"
try own "echo x >$GATEHOUSE_DATA/own"
try read "cat $app/run"
try system "ls /usr/bin && cat /etc/passwd"
try runner "ls /proc/$PPID/root/"
printf '}\\n'
exec "$@" >&3 3>&-
"""
DENIED = ["database", "wal", "shm", "lock", "list", "log", "write", "leave",
          "config", "skills", "dotenv", "credential", "elsewhere", "runner"]


def prepare(app, old, new):
    with open(app.dir + "/tries", "w") as file:
        file.write(TRIES)
    os.chmod(app.dir + "/tries", 0o755)
    with open(app.dir + "/.env", "w") as file:
        file.write("A=b\n")
    app.edit(old, new)
    return app


app = prepare(App("turns", {"[try]": [[("box:plain", {})], say()]}),
              "command: [./run, plain]",
              "command: [./tries, tool, ./run, plain]")
remote = prepare(App("remote", {"[try]": [[("near:echo", {})], say()]}),
                 "command: [./serve, near]",
                 "command: [./tries, server, ./serve, near]")
os.environ["SERVE_TOKEN"] = "secret"
os.mkdir(tmp + "/keys")
with open(tmp + "/keys/KEY", "w") as file:
    file.write("secret\n")
os.environ["CREDENTIALS_DIRECTORY"] = tmp + "/keys"


def tries(name, app):
    row = gh.run("[try]", app=app)
    is_(row["tool_calls"][0]["is_error"], False, f"{name}: it does its work")
    with open(f"{gh.tools}/{name}") as file:
        return json.load(file)


def is_kept_out(name, app):
    found = tries(name, app)
    is_([n for n in DENIED if found[n] != "denied"], [],
        f"a {name} cannot open the database, logs, configuration or keys")
    is_({n: r for n, r in found.items() if n not in DENIED},
        {"own": "yes", "read": "yes", "system": "yes"},
        f"a {name} can open what it needs")


gh = System().start(app)
gh.load(remote)
tool = next(t for t in gh.get("tools") if t["name"] == "box:plain")
if tool["sandbox"] == "landlock":
    like(gh.log("runner"), "sandbox programs=landlock", "the runner says so")
    is_kept_out("tool", "turns")
    is_kept_out("server", "remote")
else:
    ok(True, f"a tool cannot open the database # SKIP {tool['sandbox']}")

is_(os.stat(gh.tools).st_mode & 0o777, 0o700, "the tools' data are their own")
seen = gh.sql("SELECT name, version <> '', seen_at >= started_at FROM runner")
is_(seen, [("runner", 1, 1)], "the runner has a row")
is_(all(t["sandbox"] is None for t in gh.get("tools")
        if t["transport"] == "session"), True, "rows need no sandbox")
gh.sound()
gh.stop()

# Where there is none, all who should know are told, and tools run.
os.environ["GATEHOUSE_SANDBOX"] = "off"
gh.start()
OFF = "none: GATEHOUSE_SANDBOX is off"
wait_for("the runner's word of it", lambda: OFF in [
    t["sandbox"] for t in gh.get("tools")])
is_({t["sandbox"] for t in gh.get("tools") if t["transport"] == "command"},
    {OFF}, "missing: GET /tools says so")
like(gh.log("runner"), 'sandbox programs=none why="GATEHOUSE_SANDBOX is off"',
     "missing: and the log")
is_(tries("tool", "turns")["database"], "yes",
    "missing: a tool is kept out of nothing")
done()
