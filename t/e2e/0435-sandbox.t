#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""What the programs of tools can open, in the running system."""
import os
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, ok, say, tmp

# What a tool that was taken over would try, from its own place.
TRIES = """#!/bin/sh
cat >/dev/null
data=${GATEHOUSE_DATA%/tools}
app=$(pwd)
try() {
	if sh -c "$2" >/dev/null 2>"$GATEHOUSE_DATA/err"; then
		result=yes
	elif grep -qi 'permission denied' "$GATEHOUSE_DATA/err"; then
		result=denied
	else
		result=$(head -n 1 "$GATEHOUSE_DATA/err" | tr '"\\\\' "''")
	fi
	printf '%s"%s":"%s"' "$comma" "$1" "$result"
	comma=,
}
printf '{'
try database "cat $data/gatehouse.db"
try wal "cat $data/gatehouse.db-wal"
try shm "cat $data/gatehouse.db-shm"
try lock "cat $data/gatehouse.db-lock"
try list "ls $data"
try log "cat $data/log/runner.log"
try write "echo x >>$data/gatehouse.db"
try leave "mv $data/tools $data/elsewhere"
try config "cat $app/config.yaml"
try skills "ls $app/skills"
try dotenv "cat $app/.env"
try credential "cat $data/../keys/KEY"
try elsewhere "echo x >$app/../new"
try own "echo x >$GATEHOUSE_DATA/own"
try read "cat $app/run"
try system "ls /usr/bin && cat /etc/passwd"
printf '}\\n'
"""
DENIED = ["database", "wal", "shm", "lock", "list", "log", "write", "leave",
          "config", "skills", "dotenv", "credential", "elsewhere"]

app = App("turns", {"[try]": [[("box:plain", {})], say()]})
with open(app.dir + "/tries", "w") as file:
    file.write(TRIES)
os.chmod(app.dir + "/tries", 0o755)
with open(app.dir + "/.env", "w") as file:
    file.write("A=b\n")
os.mkdir(tmp + "/keys")
with open(tmp + "/keys/KEY", "w") as file:
    file.write("secret\n")
os.environ["CREDENTIALS_DIRECTORY"] = tmp + "/keys"
app.edit("{name: plain, command: [./run, plain]}",
         "{name: plain, command: [./tries]}")


def tries(gh):
    row = gh.run("[try]")
    return row["tool_calls"][0]["result"]


gh = System().start(app)
tool = next(t for t in gh.get("tools") if t["name"] == "box:plain")
if tool["sandbox"] == "landlock":
    like(gh.log("runner"), "sandbox programs=landlock", "the runner says so")
    found = tries(gh)
    is_([name for name in DENIED if found[name] != "denied"], [],
        "a tool cannot open the database, its logs, configuration or keys")
    is_({n: r for n, r in found.items() if n not in DENIED},
        {"own": "yes", "read": "yes", "system": "yes"},
        "and can what it needs")
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
like(gh.log("runner"), 'sandbox programs=none why="GATEHOUSE_SANDBOX is off"',
     "missing: the runner says so")
is_({t["sandbox"] for t in gh.get("tools") if t["transport"] == "command"},
    {"none: GATEHOUSE_SANDBOX is off"}, "missing: and GET /tools")
is_(tries(gh)["database"], "yes", "missing: tools run nevertheless")
done()
