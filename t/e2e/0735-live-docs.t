#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The examples of docs/live.md, as they stand there: each tells of a gate that
# was there before, and of one that comes after a kill, once. (JavaScript's is
# in 0740-live-npm.t.) The command needs nothing else to run.
import os
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import BUILD, App, System, done, is_, say
from live import Example, example

gh = System().start(App("gates", {"gate.": [[("box:high", {"n": 1})], say()]}))
here = {"PATH": f"{BUILD}:{os.environ['PATH']}"}


def at_home(text):
    return text.replace("http://127.0.0.1:8080", f"http://127.0.0.1:{gh.port}")


curl, tail = example("From a shell").splitlines()
tail = tail.replace("FILE", gh.db).replace("--follow", "--follow --since 0")
sid = gh.run("gate.", "awaiting_input")["id"]
python = Example("python", sys.executable, "-c", at_home(example("Python")))
shell = Example("curl", "sh", "-c", "exec " + at_home(curl))
python.tells(f"{sid} box:high\n")
shell.tells(f'"session_id":"{sid}","kind":"gate_fired"')
gh.kill("gatehouse-stream")
after = gh.run("gate.", "awaiting_input")["id"]
python.tells(f"{after} box:high\n")
shell = Example("curl", "sh", "-c", "exec " + at_home(curl))
shell.tells(f'"session_id":"{after}","kind":"gate_fired"')

# ---- with everything else down

gh.stop()
table = gh.sql("SELECT seq FROM event WHERE session_id = ? ORDER BY seq", sid)
is_([int(line.split()[0]) for line in gh.cli("tail", sid).splitlines()],
    [seq for seq, in table], "the command tells all of a session")
follow = Example("tail", "sh", "-c", "exec " + tail, **here)
follow.tells(f"{sid}  gate_fired ")
gh.cli("stop", sid)
follow.tells(f"{sid}  gate_decided ")
done()
