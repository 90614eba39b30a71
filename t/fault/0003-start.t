#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# What the programs say when they cannot begin: a database that is missing,
# foreign, newer or damaged, a socket or a name in use. One clear line, the
# right exit code, and nothing changed.
import atexit
import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import (BUILD, DEADLINE, TOP, App, System, done, is_, like, ok,
                       tmp, wait_for)

app = App("gates", {"ends.": [[("box:low", {})]]})
gh = System().start(app)
gh.run("ends.", "needs_review")
gh.stop()


def look(folder):
    """{file: digest} of a folder."""
    found = {}
    for name in os.listdir(folder):
        if os.path.isfile(f"{folder}/{name}"):
            with open(f"{folder}/{name}", "rb") as file:
                found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


def change(path, text):
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(text)
        db.commit()


def foreign(path):
    change(path, "CREATE TABLE t (a)")


def newer(path):
    shutil.copy(gh.db, path)
    change(path, "PRAGMA user_version = 99")


def noise(path):
    with open(path, "wb") as file:
        file.write(b"this is no database at all. " * 1000)


def torn(path):
    with open(gh.db, "rb") as file:
        head = file.read(4096)
    with open(path, "wb") as file:
        file.write(head + b"\xff" * 8192)


LISTENER = socket.socket(socket.AF_UNIX)
LISTENER.bind(tmp + "/listener")
LISTENER.listen()


def start(program, path, *more):
    """Exit code and what it said."""
    run = subprocess.run(
        [f"{BUILD}/{program}", "--db", path, *more], stdin=LISTENER,
        text=True, capture_output=True, timeout=DEADLINE)
    return run.returncode, run.stdout + run.stderr


PROGRAMS = ("gatehouse-runner", "gatehouse-fcgi", "gatehouse-stream")
for what, make, why in (
        ("missing", None, "no database|does not exist|no such"),
        ("foreign", foreign, "is not a Gatehouse database"),
        ("newer", newer, "has schema 99, this program knows 1"),
        ("no database", noise, "is not a Gatehouse database"),
        ("torn", torn, "damaged|malformed|corrupt")):
    folder = f"{tmp}/{what}".replace(" ", "_")
    path = folder + "/gatehouse.db"
    os.mkdir(folder)
    if make:
        make(path)
    before = look(folder)
    for program in PROGRAMS:
        got, text = start(program, path)
        is_((got, text.count("\n")), (5, 1),
            f"{what}, {program}: code, one line")
        like(text, why, f"{what}, {program}: says why")
        like(text, path, f"{what}, {program}: names the file")
    left = look(folder)
    is_({n: left.get(n) for n in before}, before, f"{what}: the file is as was")
    is_("gatehouse.db" in left, bool(make), f"{what}: none was made")
    if not make:
        continue    # ./dev up would make one
    run = subprocess.run(
        [TOP + "/dev", "up", "--detach", "--data", folder, "--app", app.dir,
         "--port", str(gh.port)], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    lines = run.stdout.splitlines()
    is_((run.returncode, len(lines)), (1, 3), f"{what}, ./dev up: ends")
    like(lines[1], why, f"{what}, ./dev up: says why")
    like(lines[2], "cannot be used \\(see above\\)",
         f"{what}, ./dev up: and what follows")
    is_(look(folder)["gatehouse.db"], before["gatehouse.db"],
        f"{what}, ./dev up: the file is as was")
    subprocess.run([TOP + "/dev", "down", "--data", folder],
                   stdout=subprocess.DEVNULL)

# ---- names and sockets in use

gh.start()
code, text = start("gatehouse-runner", gh.db)
is_((code, text.count("\n")), (1, 1), "a second runner of one name: one line")
like(text, 'another runner is called "runner"; end it, or use --name',
     "it says what to do")
run = subprocess.run([BUILD + "/gatehouse-fcgi", "--db", gh.db], text=True,
                     stdin=subprocess.DEVNULL, capture_output=True)
is_((run.returncode, run.stderr.count("\n")), (1, 1),
    "gatehouse-fcgi without a socket: one line")
like(run.stderr, "spawn-fcgi or systemd", "it says what to do")
run = subprocess.run(["spawn-fcgi", "-s", gh.data + "/run/fcgi.sock", "-n",
                      "--", BUILD + "/gatehouse-fcgi", "--db", gh.db],
                     text=True, capture_output=True)
ok(run.returncode != 0, "the socket of a living one is not taken over")
is_(gh.ask("GET", "agents").status, 200, "which goes on answering")

# What a killed runner had just forked may hold its locks a moment longer.
gh.stop()
said = gh.log("runner").count("another runner is called")
heir = open(gh.db + "-runner-runner")
fcntl.flock(heir, fcntl.LOCK_EX)
threading.Timer(0.4, heir.close).start()
gh.start()
gh.run("ends.", "needs_review")
is_(gh.log("runner").count("another runner is called"), said,
    "the next one waits for its name")

# Tools have a directory of their own, or the runner does not begin.
gh.stop()
os.rename(gh.tools, gh.tools + "-away")
with open(gh.tools, "w"):
    pass
code, text = start("gatehouse-runner", gh.db)
is_((code, text.count("\n")), (1, 1), "a file where tools should be: one line")
like(text, f'cannot make "{gh.tools}": Not a directory', "it says what is wrong")
os.remove(gh.tools)
os.rename(gh.tools + "-away", gh.tools)
gh.start()

# A name that it cannot have is not one that another runner has.
os.mkdir(gh.db + "-runner-odd")
code, text = start("gatehouse-runner", gh.db, "--name", "odd")
is_((code, text.count("\n")), (1, 1), "no place for its name: one line")
like(text, f'cannot open "{gh.db}-runner-odd": Is a directory', "it says why")
os.rmdir(gh.db + "-runner-odd")

# A name where the wake-up socket should be costs the hint, nothing else.
gh.stop()
os.remove(gh.db + "-wake")
os.mkdir(gh.db + "-wake")
gh.start()
gh.run("ends.", "needs_review")
like(gh.log("runner"), "no_hints", "no place for the wake-up socket: a line")
gh.stop()
os.rmdir(gh.db + "-wake")

# An orderly end.
runner = subprocess.Popen([BUILD + "/gatehouse-runner", "--db", gh.db],
                          stderr=subprocess.DEVNULL)
atexit.register(runner.kill)
wait_for("it listens", lambda: os.path.exists(gh.db + "-wake"))
runner.terminate()
is_(runner.wait(DEADLINE), 0, "a runner that is told to end ends with 0")
gh.start()
gh.run("ends.", "needs_review")
gh.sound("after all of it gatehouse verify is silent")
done()
