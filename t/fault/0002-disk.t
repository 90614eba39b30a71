#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The disk is full, and then is not any more: what cannot be written is
# refused as such, reads go on, nothing is half written, and with room again
# everything goes on without a restart. And a disk that is read-only.
import atexit
import os
import socket
import subprocess
import sys
import threading

# A namespace of its own, so that whatever is mounted here goes with it.
OWN = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]
if "apart" not in sys.argv and subprocess.run(
        [*OWN, "true"], stderr=subprocess.DEVNULL).returncode == 0:
    os.execvp(OWN[0], [*OWN, sys.argv[0], "apart"])

sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import (BUILD, DEADLINE, TOP, App, System, diag, done, is_, like,
                       ok, skip_all, tmp, wait_for)


def mount(folder, size):
    os.mkdir(folder)
    run = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}",
                          "gatehouse", folder])
    if run.returncode == 0:
        atexit.register(subprocess.run, ["umount", folder])
    return run.returncode == 0


DATA, SMALL = tmp + "/disk", tmp + "/small"
if "apart" not in sys.argv or not mount(DATA, "96m"):
    skip_all("nothing can be mounted here")
LOW, HIGH = ("box:low", {}), ("box:high", {"n": 1})
gh = System(DATA).start(App("gates", {
    "large.": [[LOW], [LOW]],
    "waits.": [[HIGH]],
    "holds.": [[("box:hold", {})]],
}))
PROGRAMS = ("gatehouse-fcgi", "gatehouse-runner", "nginx")
made, answers = [], []


def create(query):
    answer = gh.post("sessions", {"query": query, "environment": "dev"})
    answers.append(answer)
    if answer.status == 201:
        made.append(answer.body["session_id"])
    return answer.status


def fill(name):
    """A file that takes all there is left."""
    with open(f"{DATA}/{name}", "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass


def new(query, *statuses):
    create(query)
    gh.wait(made[-1], *statuses)
    return made[-1]


# Room for all that the sessions write that fill the rest.
with open(f"{DATA}/ballast", "wb") as file:
    file.write(b"x" * 72 * 1024 * 1024)
waits = [new("waits.", "awaiting_input") for _ in range(4)]
holds = new("holds.", "awaiting_input")
gh.decide(holds, "approve")
wait_for("the tool runs", lambda: gh.ran("hold"))
pids = {p: gh.pids(p) for p in PROGRAMS}


def ended():
    """Who is gone; a child that is about to become a tool may have come."""
    return [p for p in PROGRAMS if set(pids[p]) - set(gh.pids(p))]


# ---- full

for _ in range(1000):
    if create("large. " + "x" * 60000) != 201:
        break
fill("rest")
for _ in range(1000):
    if create("waits.") != 201:
        break
is_((answers[-1].status, answers[-1].code), (503, "service_unavailable"),
    "a full disk: a session that cannot be written is refused")
ok("/" not in answers[-1].message and len(answers[-1].message) > 10,
   "and told so, without a path")
threads = [threading.Thread(target=create, args=("large. " + "x" * 60000,))
           for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
is_({a.status for a in answers[-12:]}, {503}, "twelve at once: each is told")
wait_for("that nothing can be written is known", lambda: gh.ask(
    "GET", "/ready").body["error"]["details"]["database"] != "ok")
is_(gh.ask("GET", "/ready").body["error"]["details"], {
    "schema": "ok", "runner": "ok", "database": "cannot be written (disk is "
    "full or read-only); look at the log of gatehouse-fcgi",
    "disk": "0 MiB are free where the database is, less than 256; make room"},
    "a full disk: not ready, and why")
for path in ("sessions", "approvals", f"sessions/{waits[0]}",
             f"sessions/{waits[0]}/full", "agents"):
    is_(gh.ask("GET", path).status, 200, f"reads go on: {path}")
verdict = gh.decide(waits[0], "approve")
ok(verdict.status in (200, 503), "a verdict is written or refused")
is_(gh.sql("SELECT decision FROM gate WHERE session_id = ?", waits[0]),
    [("approve",)] if verdict.status == 200 else [(None,)], "as answered")
text = gh.cli("approve", gh.gates(waits[1])[0]["gate_id"])
is_((gh.code in (0, 5), text.count("\n")), (True, 1),
    "the command says in one line what became of it")
cli = gh.code
gh.let_go()
is_(ended(), [], "nobody has ended over it")

# ---- room again

os.remove(f"{DATA}/rest")
os.remove(f"{DATA}/ballast")
wait_for("it writes again", lambda: create("large.") == 201)
is_(gh.ask("GET", "/ready").body["error"]["details"]["database"], "ok",
    "with room again, so does /ready")
row = gh.wait(holds, "needs_review")
is_((row["tool_calls"][0]["status"], row["tool_calls"][0]["attempt"],
     len(gh.events(holds, "gate_fired")), len(gh.ran("hold"))),
    ("approved", 1, 1, 1),
    "the tool that ended meanwhile has its outcome, and ran once")
for sid, voted in zip(waits, (verdict.status == 200, cli == 0, False, False)):
    if not voted:
        is_(gh.decide(sid, "approve").status, 200, "verdicts are written")
for sid in made:
    if gh.wait(sid, "needs_review", "awaiting_input")[
            "status"] == "awaiting_input":
        gh.decide(sid, "reject")
        gh.wait(sid, "needs_review")
ok(True, "every session comes to its end")
is_({s: len(gh.ran("high", s)) for s in waits}, dict.fromkeys(waits, 1),
    "what was approved ran once")
is_(sorted(r[0] for r in gh.sql("SELECT id FROM session")), sorted(made),
    "what was answered for is there, what was refused is not")
is_(ended(), [], "all without a restart")
is_(gh.sql("PRAGMA integrity_check"), [("ok",)], "the file is sound")
gh.sound()
diag(f"{len(made)} made, {len(answers) - len(made)} refused")

# ---- a disk too small to begin with

gh.stop()
mount(SMALL, "64k")


def try_out(*words, stdin=subprocess.DEVNULL):
    """Exit code and what it said."""
    run = subprocess.run(words, stdin=stdin, text=True, timeout=DEADLINE,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return run.returncode, run.stderr


code, text = try_out(BUILD + "/gatehouse", "--db", SMALL + "/g.db", "init")
is_((code, text.count("\n")), (5, 1), "no room for a database: code, one line")
like(text, "full", "it says why")
code, text = try_out(BUILD + "/gatehouse", "--db", SMALL + "/g.db", "sessions")
is_((code, text.count("\n")), (5, 1), "nothing usable was left")

# ---- a disk that is read-only

subprocess.run(["mount", "-o", "remount,bind,ro", DATA], check=True)
before = sorted(os.listdir(DATA))
like(gh.cli("show", made[0]), "needs_review", "read-only: it can be read")
for words in (("init",), ("load", gh.app.dir), ("stop", made[0])):
    text = gh.cli(*words)
    is_((gh.code, text.count("\n")), (5, 1),
        f"read-only: {words[0]}: code, one line")
    like(text, "cannot write to ", f"read-only: {words[0]} says why")
code, text = try_out(BUILD + "/gatehouse-runner", "--db", gh.db)
is_((code, text.count("\n")), (5, 1), "read-only: the runner does not start")
like(text, "cannot write to ", "and says why")
with socket.socket(socket.AF_UNIX) as listener:
    listener.bind(tmp + "/fcgi.sock")
    listener.listen()
    code, text = try_out(BUILD + "/gatehouse-fcgi", "--db", gh.db,
                         stdin=listener)
is_((code, text.count("\n")), (5, 1), "read-only: nor does gatehouse-fcgi")
like(text, "cannot write to ", "and says why")
run = subprocess.run([TOP + "/dev", "up", "--detach", "--data", DATA],
                     text=True, capture_output=True)
is_((run.returncode, run.stdout + run.stderr),
    (1, f"dev: cannot write to '{DATA}'; give another --data DIR\n"),
    "read-only: ./dev up says what to do")
is_(sorted(os.listdir(DATA)), before, "read-only: nothing is left behind")
done()
