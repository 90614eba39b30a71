#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The two servers as a user of their own, who shares a group with the owner of
# the database: files 0660 in a directory 2770.
import os
import shutil
import socket
import stat
import subprocess
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import (App, BUILD, System, done, is_, like, ok, say, skip_all,
                       tmp, wait_for)
from live import Stream

USER, GROUP = 64101, 64102
BECOME = ["setpriv", "--reuid", str(USER), "--regid", str(GROUP),
          "--clear-groups"]
if os.geteuid() != 0 or subprocess.run([*BECOME, "true"]).returncode != 0:
    skip_all("no program can be started as somebody else here")

# Programs that change their user first, and are where that user may go.
os.chmod(tmp, 0o711)
for folder in ("own", "build"):
    os.mkdir(f"{tmp}/{folder}")
for name in ("gatehouse", "gatehouse-runner"):
    os.symlink(f"{BUILD}/{name}", f"{tmp}/build/{name}")
for name in ("gatehouse-fcgi", "gatehouse-stream"):
    shutil.copy(f"{BUILD}/{name}", f"{tmp}/own")
    with open(f"{tmp}/build/{name}", "w") as file:
        file.write(f'#!/bin/sh\nexec {" ".join(BECOME)} {tmp}/own/{name} "$@"\n')
    os.chmod(f"{tmp}/build/{name}", 0o755)
os.environ["GATEHOUSE_BUILD"] = tmp + "/build"

DATA = tmp + "/data"
os.mkdir(DATA)
os.chown(DATA, 0, GROUP)
os.chmod(DATA, 0o2770)
gh = System(DATA).start(App("gates", {
    "[act]": [[("box:high", {"n": 1})], say()]}))


def users(program):
    return {os.stat(f"/proc/{pid}").st_uid for pid in gh.pids(program)}


for name in ("gatehouse-fcgi", "gatehouse-stream"):
    ok(wait_for(f"{name} is that user", lambda: users(name) == {USER}),
       f"{name} is that user")
stream = Stream(gh, "events")
sid = gh.session("[act]")
gh.wait(sid, "awaiting_input")
gh.decide(sid, "approve")
gh.wait(sid, "needs_review")
is_(len(gh.ran("high")), 1, "a session runs to its end, with an approval")
ok(wait_for("an event", stream.next), "and its events are told")
is_(gh.ask("GET", "/ready").status, 200, "the database can be written")
ok("no_hints" not in gh.log("stream"), "gatehouse-stream gets hints")
for part in ("fcgi", "stream"):
    ok("not permitted" not in gh.log(part), f"{part} may seal itself")
for end in ("", "-wal", "-shm", "-lock"):
    found = os.stat(gh.db + end)
    is_((found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)),
        (0, GROUP, 0o660), f"gatehouse.db{end} stays the owner's")
killed = set(gh.pids("gatehouse-fcgi"))
gh.kill("gatehouse-fcgi")
wait_for("it is started again",
         lambda: set(gh.pids("gatehouse-fcgi")) - killed)
ok(wait_for("it writes", lambda: gh.ask("GET", "/ready").status == 200),
   "and after kill -9 again")
gh.stop()
gh.sound()

# ---- where it may not write

listener = socket.socket(socket.AF_UNIX)
listener.bind(tmp + "/s")
listener.listen()


def refused(program):
    run = subprocess.run([f"{tmp}/build/{program}", "--db", gh.db],
                         stdin=listener, text=True, timeout=20,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    is_((run.returncode, run.stdout.count("\n")), (5, 1),
        f"{program}: exit code 5, one line")
    return run.stdout


for path, mode, why in (
        (gh.db, 0o640, f'cannot write to \\\\"{gh.db}'),
        (gh.db + "-lock", 0o640, f'cannot open \\\\"{gh.db}-lock.*Permission'),
        (gh.db, 0o600, f'cannot open \\\\"{gh.db}'),
        (DATA, 0o700, f'cannot open \\\\"{gh.db}.*Permission')):
    before = stat.S_IMODE(os.stat(path).st_mode)
    os.chmod(path, mode)
    like(refused("gatehouse-fcgi"), f"start_failed error=.*{why}",
         f"{os.path.basename(path)} {mode:o}: says what it may not")
    os.chmod(path, before)
os.chmod(DATA, 0o700)
like(refused("gatehouse-stream"), f'cannot open "{gh.db}.*Permission',
     "gatehouse-stream: the same")
done()
