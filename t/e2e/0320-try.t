#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# gatehouse try: one agent, its transcript, its gates, its errors.
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import (BUILD, DEADLINE, TOP, App, bail, done, is_, like, ok,
                       say, tmp, wait_for)
from ollama import Ollama, call, last, line

os.environ["no_proxy"] = "*"
os.environ["TMPDIR"] = tmp
os.environ.pop("GATEHOUSE_DB", None)
END = ("## Response\nAll is said.\n## Confidence\n0.9 — seen\n"
       "## Signal\nneeds_input\n")
GATEHOUSE = BUILD + "/gatehouse"


def words(agent, query, app, *more):
    return [GATEHOUSE, "try", agent, "--query", query, "--app",
            getattr(app, "dir", app), "--actor", "ann", *more]


def trial(agent, query, app, *more, **how):
    """One without a terminal: exit code, output, errors."""
    run = subprocess.run(words(agent, query, app, *more), text=True,
                         stdin=subprocess.DEVNULL, capture_output=True,
                         timeout=DEADLINE, **how)
    return run.returncode, run.stdout, run.stderr


def homes():
    return [n for n in os.listdir(tmp) if n.startswith("gatehouse-try")]


class Terminal:
    """One at a terminal, where a person types."""

    def __init__(self, *args):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(GATEHOUSE, words(*args))
        self.text = ""

    def until(self, what, seconds=DEADLINE):
        """Until it has printed that; returns what came up to there."""
        end = time.monotonic() + seconds
        while what not in self.text:
            if time.monotonic() > end:
                bail(f"never printed: {what}\nbut: {self.text}")
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    data = os.read(self.fd, 65536)
                except OSError:
                    data = b""
                if not data:
                    bail(f"ended without: {what}\nbut: {self.text}")
                self.text += data.decode()
        shown, self.text = self.text.split(what, 1)
        return shown + what

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        """What else it printed; then self.code is its exit code."""
        text = self.text
        while True:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                break
            if not data:
                break
            text += data.decode()
        self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return text


def runner_of(pid):
    """The runner that a trial has started."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        found = file.read().split()
    return int(found[0]) if found else None


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(") ", 1)[1][0] != "Z"
    except OSError:
        return False


CALM = {"echo: high": "echo: low", "fail: high": "fail: low"}
app = App("gates", {
    "[low]": [{"content": "I look.", "tool_calls": [
        {"name": "box:echo", "args": {"n": 9007199254740993}}],
        "usage": {"input_tokens": 26, "output_tokens": 4}},
        say("Seen.\x1b[31m\u202e", 0.8, signal="needs_input")],
    "[high]": [[("box:high", {"n": 1})], say("So be it.")],
    "[two]": [[("box:high", {"n": 1}), ("box:nap", {})], say()],
    "[error]": [{"error": "the script says so"}],
    "[slow]": [say("Word by word. " * 30, delay=20)],
}, CALM)

# ---- the transcript
code, out, err = trial("worker", "[low]", app)
is_((code, err), (0, ""), "a turn that ends well")
for pattern, what in (
        (r"^session \S+, environment dev$", "the session"),
        (r"^== worker$", "the agent"),
        (r"^    \[low\]$", "what the model reads"),
        (r"^I look\.\n  \(reply 1: 26 tokens in, 4 out, \d+\.\d s\)\ncall 0",
         "what it says, and what that takes"),
        (r'^call 0  box:echo \{"n":9007199254740993.*\n +low risk: runs$',
         "a call, and what policy says of it"),
        (r'^call 0  executed in \d+\.\d s: \{"n":9007199254740993',
         "its result"),
        (r"^== worker: ok, signal needs_input, confidence 0.80 \(seen\), "
         r"next second; 26 tokens in, 4 out, ", "where the turn leads"),
        (r"^session \S+: needs_review; 2 replies, 1 calls, 26 tokens in, ",
         "the end")):
    like(out, pattern, f"shown: {what}")
like(out, r"^Seen\.\?\[31m\?$", "nothing moves the cursor")
ok("== second" not in out, "that agent only")
is_(homes(), [], "nothing is left behind")
code, out, err = trial("worker", "[low]", app, "--follow")
like(out, r"(?s)next second;.*^== second$.*next __end__;",
     "--follow: those after it too")
code, out, err = trial("second", "[x]", app)
like(out, r"^== second$", "any agent can be the first")
out = trial("worker", "[fails]", App("gates", {"[fails]": [
    [("box:fail", {}), ("no:tool", {})], say()]}, CALM, "fails"))[1]
like(out, r"executed in .*, error: .*it broke", "a tool that fails")
like(out, r"no:tool .*\n +refused, it does not run\n", "one that is none")
code, out, err = trial("worker", "[error]", app)
is_(code, 1, "a session that ends in error is no success")
like(out, r"(?s): error; .*^why: .*the script says so", "which says why")
code, out, err = trial("worker", "[low]", app, "--json")
body = json.loads(out)
is_((code, body["session"]["status"], len(body["session"]["tool_calls"])),
    (0, "needs_review", 1), "--json: the session as show has it, no more")
out = trial("worker", "[low]", app, "--environment", "staging")[1]
like(out, "environment staging", "--environment")

# ---- kept
code, out, err = trial("worker", "[low]", app, "--keep")
kept = re.search(r"^kept: gatehouse --db (\S+) show (\S+)$", err, re.M)
ok(kept and os.path.exists(kept[1]), "--keep says where it is")
shown = subprocess.run([GATEHOUSE, "--db", kept[1], "show", kept[2]],
                       capture_output=True, text=True).stdout
like(shown, "needs_review", "and it can be looked at")
is_(subprocess.run([GATEHOUSE, "--db", kept[1], "verify"],
                   capture_output=True, text=True).stdout, "",
    "and is sound")
shutil.rmtree(os.path.dirname(kept[1]))

# ---- gates
code, out, err = trial("worker", "[high]", app)
is_(code, 6, "without a terminal a gate is the end")
like(err, r"^gatehouse: gate g1 waits for a person, and this is no terminal",
     "which it says")
like(out, r"high risk: a person decides \(high_risk_tool\)", "and why")
code, out, err = trial("worker", "[high]", app, "--json")
is_((code, json.loads(err)["error"]["code"]), (6, "awaiting_input"),
    "--json asks nobody")

who = Terminal("worker", "[high]", app)
who.type("approve\n")               # before there is a question
like(who.until("\n> "), r"(?s)gate g1  Run box:high in dev.*box:high "
     r'\{"n":1.*say: approve \[WHY\], reject \[WHY\], or quit',
     "a gate is asked at the terminal")
is_(len(homes()), 1, "it waits")
who.type("yes\n")
like(who.until("\n> "), r"\? one of the words", "what is no verdict is none")
who.type("\n")
who.until("> ")
who.type("a known good\n")
text = who.end()
is_(who.code, 0, "approved by the start of the word")
like(text, r"call 0  approved in .*\r\n", "the call runs")
like(text, r"So be it\.", "and the turn goes on")

who = Terminal("worker", "[two]", app)
who.until("\n> ")
who.type("reject too \u00e9arly\n")
text = who.until("\n> ")
like(text, r"gate g2  Run box:nap", "each gate is asked")
who.type("approve\n")
text += who.end()
like(text, r"call 0  rejected.*too \u00e9arly", "the model is told why")
is_(who.code, 0, "two gates")

strict = App("gates", {"[high]": [[("box:high", {"n": 1})], say()]}, {
    "    prod_overrides:":
    "    quorum: 2\n    submitter_may_approve: false\n    prod_overrides:"},
    "strict")
who = Terminal("worker", "[high]", strict)
who.until("\n> ")
who.type("approve\n")
text = who.end()
like(text, "call 0  approved", "who tries decides alone, in their own session")

unsure = App("unsure", {("[unsure]", "asker"): [
    say("Perhaps.", 0.2)]})
who = Terminal("asker", "[unsure]", unsure, "--follow")
like(who.until("\n> "), r"say: escalate \[TEAM\], answer TEXT, stop",
     "an agent that is not sure asks")
who.type("answer look at the moon\n")
text = who.end()
like(text, r"(?s)== middle\r\nthe model reads:.*    .*look at the moon\r\n",
     "the answer reaches the next")
is_(who.code, 0, "answered")
who = Terminal("asker", "[unsure]", unsure)
who.until("\n> ")
who.type("esc nobody\n")
like(who.until("\n> "), "nobody", "a team that is none is refused")
who.type("esc payments\n")
text = who.end()
like(text, r"(?s)hand_over .*: escalated; ", "escalated, by a tool's call")

tight = App("gates", {"[budget]": [[("desk:close", {})], say()]}, {
    "max_concurrent_sessions: 1000":
    "max_concurrent_sessions: 1000\n  budget: {model_calls: 1}"}, "tight")
who = Terminal("worker", "[budget]", tight)
like(who.until("\n> "), r"(?s)gate g1  .*model calls.*raise \[N\] \[WHY\]",
     "a budget that is used up")
who.type("raise 5 it is worth it\n")
text = who.end()
is_(who.code, 0, "raised by what was typed")
like(text, r"(?s)Done\..*: resolved; ", "and the turn goes on")

for keys, what in (("quit\n", "quit"), ("\x04", "the end of the input"),
                   ("\x03", "Ctrl-C")):
    who = Terminal("worker", "[high]", app)
    who.until("\n> ")
    runner = runner_of(who.pid)
    who.type(keys)
    text = who.end()
    is_((who.code, alive(runner), homes()), (1, False, []),
        f"{what} at a gate ends it all")
    like(text, "interrupted", f"{what} is told")

remote = App("remote", {"[echo]": [[("near:echo", {"n": 1})], say()]})
out = trial("worker", "[echo]", remote)[1]
like(out, r"^runner: server_unavailable .*\$\{SERVE_TOKEN\}",
     "a tool server that cannot be started")
os.environ["SERVE_TOKEN"] = "secret"
code, out, err = trial("worker", "[echo]", remote)
is_(code, 0, "tools of a server that tells them itself")
like(out, r"near:echo .*\n +\w+ risk: runs\ncall 0  executed", "are called")
is_(homes(), [], "and its server is gone")

# ---- while it is said
server = Ollama()
live = App("turns", None, name="live")
live.edit("{kind: script, file: script.yaml}", "{" + server.provider(
    ", breaker_failures: 0") + "}")
printed = {query: threading.Event() for query in ("[bits]", "[cut]", "[call]")}
server.say("[bits]", [line("First bit, "), printed["[bits]"],
                      line("second bit.\n" + END),
                      last(prompt_eval_count=7, eval_count=2)])
server.say("[cut]", [line("half"), printed["[cut]"]], [line(END), last()])
server.say("[500]", (500, '{"error":"boom"}'), [line(END), last()])
server.say("[call]", [line("Hm. "), printed["[call]"], line(calls=[
    call("box__echo", '{"n": 1}')]), last()], [line(END), last()])


def streamed(query, until, app=live):
    """A trial, what it printed up to there, and what gives all of it.

    Its model goes on once it has printed that much.
    """
    run = subprocess.Popen(words("worker", query, app),
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    text = b""
    while until.encode() not in text:
        if not select.select([run.stdout], [], [], DEADLINE)[0]:
            bail(f"never printed: {until}\nbut: {text}")
        data = os.read(run.stdout.fileno(), 65536)
        if not data:
            bail(f"ended without: {until}\nbut: {text}")
        text += data
    if query in printed:
        printed[query].set()

    def rest():
        more = run.communicate(timeout=DEADLINE)[0]
        return (text + more).decode()
    return run, text.decode(), rest


run, first, rest = streamed("[bits]", "First bit, ")
ok("second bit" not in first, "words are shown while they are said")
text = rest()
is_(text.count("First bit, second bit.\n"), 1, "once, and then the rest")
like(text, r"\(reply 1: 7 tokens in, 2 out, \d+\.\d s\)", "and their time")
run, first, rest = streamed("[cut]", "half")
text = rest()
like(text, r"half\n  \(that reply was lost\)\n", "a reply that breaks off")
like(text, r"(?s)lost\).*runner: model_failed .*why=.*\n.*^## Response$",
     "why, and that it is asked again")
is_(run.returncode, 0, "is asked again")
run, first, rest = streamed("[500]", "model_failed")
like(rest(), r"status=500", "a server that fails")
run, first, rest = streamed("[call]", "Hm. ")
like(rest(), r"^Hm\. \n  \(reply 1.*\n(?s:.*)call 0  box:echo",
     "words, then a call")

for number, what in ((signal.SIGTERM, "SIGTERM"), (signal.SIGINT, "SIGINT")):
    run, first, rest = streamed("[slow]", "Word by word.", app)
    runner = runner_of(run.pid)
    run.send_signal(number)
    rest()
    is_((run.returncode, alive(runner), homes()), (1, False, []),
        f"{what} in the midst of a reply ends it all")
run, first, rest = streamed("[slow]", "Word by word.", app)
runner = runner_of(run.pid)
run.kill()
run.wait()
wait_for("the runner follows", lambda: not alive(runner))
shutil.rmtree(tmp + "/" + homes()[0])
ok(True, "a trial that is killed takes its runner along")
run = subprocess.Popen(words("worker", "[slow]", app, "--keep"), text=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)
like(run.stdout.readline(), "^session ", "its runner is there")
os.kill(runner_of(run.pid), signal.SIGKILL)
err = run.communicate(timeout=DEADLINE)[1]
is_(run.returncode, 1, "a runner that dies")
like(err, r"gatehouse-runner has died; its log is \S+/runner.log", "is told")
shutil.rmtree(tmp + "/" + homes()[0])

# ---- what is wrong before it begins
for args, code, pattern, what in (
        (("nobody", "[x]", app), 3,
         r'no agent "nobody" in ".*"; there are: second, worker',
         "an agent that there is not"),
        (("worker", "[x]", tmp), 3, r"no config\.yaml in .*--app DIR",
         "a directory without application"),
        (("worker", "[x]", app, "--model", "big"), 3,
         r'no model "big"; there are: scripted', "a model"),
        (("worker", "[x]", app, "--environment", "moon"), 3,
         r'"moon" is not in "environments"', "an environment"),
        (("door", "[x]", live), 1, r"supervisor.*--follow", "a supervisor")):
    got, out, err = trial(*args)
    is_((got, out), (code, ""), f"{what}: exit code {code}")
    like(err, pattern, f"{what}: why")
run = subprocess.run([GATEHOUSE, "try", "worker", "--app", app.dir],
                     capture_output=True, text=True)
is_(run.returncode, 2, "without a query")
like(run.stderr, "--query is missing", "without a query: why")
broken = App("gates", {}, {"entry_agent: worker": "entry_agnet: worker"},
             name="broken")
got, out, err = trial("worker", "[x]", broken)
is_(got, 1, "an application that is broken")
like(err, r"config\.yaml:\d+: orchestrator\.entry_agnet: ", "file and line")
is_(homes(), [], "nothing is made for any of these")

keyless = App("turns", None, {
    "{kind: script, file: script.yaml}":
    "{" + server.provider(', api_key: "${NO_SUCH_KEY}"') + "}"}, "keyless")
got, out, err = trial("worker", "[x]", keyless)
is_(got, 1, "a key that is not set")
like(out, r"why: .*\$\{NO_SUCH_KEY\}.*environment", "is named")
far = App("turns", None, {
    "{kind: script, file: script.yaml}":
    '{kind: ollama, base_url: "http://127.0.0.1:9"}'}, "far")
run, first, rest = streamed("[x]", "model_failed", far)
run.terminate()
like(rest(), r"runner: model_failed .*127\.0\.0\.1", "a model out of reach")

lonely = tmp + "/lonely"
os.mkdir(lonely)
shutil.copy(GATEHOUSE, lonely)
run = subprocess.run([lonely + "/gatehouse"] + words(
    "worker", "[x]", app)[1:], capture_output=True, text=True,
    env={**os.environ, "PATH": lonely})
is_(run.returncode, 1, "without a runner")
like(run.stdout + run.stderr, r"cannot start gatehouse-runner: No such file",
     "which it says")
shutil.copy(BUILD + "/gatehouse-runner", lonely)
run = subprocess.run([lonely + "/gatehouse"] + words(
    "worker", "[low]", app)[1:], capture_output=True, text=True,
    env={**os.environ, "PATH": lonely})
is_(run.returncode, 0, "the runner beside it is found")
os.environ["TMPDIR"] = tmp + "/nowhere"
got, out, err = trial("worker", "[low]", app)
is_(got, 5, "no room for its database")
like(err, r"cannot make a directory in .*nowhere", "which it says")
deep = tmp + "/" + "d" * 60
os.mkdir(deep)
os.environ["TMPDIR"] = deep
got, out, err = trial("worker", "[low]", app)
is_(got, 0, "where no socket can be, rows suffice")
done()
