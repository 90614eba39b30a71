# SPDX-License-Identifier: Apache-2.0
"""TAP and a whole running system, for tests in Python.

    #!/usr/bin/python3 -B
    import sys
    sys.path.insert(0, sys.path[0] + "/../helper")
    from gatehouse import App, System, done, is_, ok, say

    app = App("gates", {"[fix]": [[("box:high", {"n": 1})], say("done")]})
    gh = System().start(app)
    sid = gh.session("[fix]")
    gh.wait(sid, "awaiting_input")
    is_(gh.ran("high"), [], "87: nothing runs before a verdict")
    gh.decide(sid, "approve")
    gh.wait(sid, "needs_review")
    done()

An assertion returns whether it held. A test waits for states, each wait has
a deadline and passing it ends the test. Whatever was started is stopped when
the program ends, however it ends. A test that does not reach done() failed.
"""
import atexit
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

TOP = os.path.realpath(os.path.dirname(os.path.realpath(__file__)) + "/../..")
BUILD = os.environ.setdefault("GATEHOUSE_BUILD", TOP + "/build")
FINAL = ("resolved", "escalated", "needs_review", "stopped", "error",
         "approved", "changes_requested", "commented")
DEADLINE = 90           # seconds that any wait takes at most: time enough
                        # for a machine that is slow and has others to serve

tmp = tempfile.mkdtemp(prefix="gatehouse-test.",
                       dir=os.path.realpath(tempfile.gettempdir()))
atexit.register(shutil.rmtree, tmp, ignore_errors=True)
for _signal in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(_signal, lambda number, frame: sys.exit(128 + number))

# ---- TAP

_count = _failed = 0


def diag(text):
    """Say something to whoever reads the output."""
    print("# " + str(text).replace("\n", "\n# "), file=sys.stderr, flush=True)


def ok(held, name):
    global _count, _failed
    _count += 1
    _failed += not held
    print(f"{'ok' if held else 'not ok'} {_count} - {name}", flush=True)
    return bool(held)


def is_(got, want, name):
    if not ok(got == want, name):
        diag(f"got:  {got!r:.4000}\nwant: {want!r:.4000}")
    return got == want


def like(got, pattern, name):
    held = re.search(pattern, got, re.M) is not None
    if not ok(held, name):
        diag(f"got:          {got:.4000}\nwant a match: {pattern}")
    return held


def done():
    """The last line of every test."""
    print(f"1..{_count}")
    sys.exit(1 if _failed else 0)


def skip_all(text):
    print(f"1..0 # SKIP {text}")
    sys.exit(0)


def bail(text):
    """Gives this test up; others go on."""
    diag(f"gave up: {text}")
    sys.exit(1)


def wait_for(what, state, seconds=DEADLINE):
    """Ask again until state() is true; returns what it said."""
    end = time.monotonic() + seconds
    while not (found := state()):
        if time.monotonic() > end:
            bail(f"not in {seconds} s: {what}")
        time.sleep(0.02)
    return found


def free_port():
    """One that nobody listens at. It is none of those that the kernel gives
    to whoever connects, which may be gone before one can listen there."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


# ---- applications


def say(text="Done.", confidence=0.9, signal="default", why="seen", **more):
    """A reply that ends a turn; more: calls, delay, after, ..."""
    content = (f"## Response\n{text}\n## Confidence\n{confidence} — {why}\n"
               f"## Signal\n{signal}\n")
    return reply(content=content, **more)


def reply(calls=(), **members):
    """A reply as a script has it; calls: [(tool, arguments), ...]."""
    return {**members,
            "tool_calls": [{"name": n, "args": a} for n, a in calls]}


class App:
    """A copy of t/e2e/apps/BASE with a script of its own.

    stories: {query: replies of the agent `worker`, turn by turn}, or
    {(query, agent): replies}; a reply is a text, a list of calls, or what
    reply() and say() give. Agents without one say their stub_response.
    edits: {text of config.yaml: another one}. name: under which it is loaded.
    """

    def __init__(self, base, stories=None, edits=None, name=None):
        self.name = name or base
        self.dir = f"{tmp}/apps/{self.name}"
        shutil.copytree(f"{TOP}/t/e2e/apps/{base}", self.dir)
        shutil.copy(f"{TOP}/t/e2e/apps/run", f"{self.dir}/run")
        for old, new in (edits or {}).items():
            self.edit(old, new)
        if stories is not None:
            with open(self.dir + "/script.yaml", "w") as file:
                json.dump({"replies": [r for key, turns in stories.items()
                                       for r in _replies(key, turns)]}, file)

    def edit(self, old, new, name="config.yaml"):
        with open(f"{self.dir}/{name}") as file:
            text = file.read()
        if text.count(old) != 1:
            bail(f"{self.name}: not exactly once in {name}: {old}")
        with open(f"{self.dir}/{name}", "w") as file:
            file.write(text.replace(old, new))


def _replies(key, turns):
    query, agent = key if isinstance(key, tuple) else (key, "worker")
    for number, turn in enumerate(turns, 1):
        if isinstance(turn, str):
            turn = {"content": turn}
        elif not isinstance(turn, dict):
            turn = reply(turn)
        yield {"agent": agent, "query": query, "turn": number, **turn}


# ---- the running system


class Answer:
    """What came back: status, headers, text, and body (parsed)."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()
        try:
            self.body = json.loads(self.text)
        except ValueError:
            self.body = None

    @property
    def code(self):
        return self.body["error"]["code"]

    @property
    def message(self):
        return self.body["error"]["message"]


class System:
    """nginx, gatehouse-fcgi and the runner over one data directory."""

    def __init__(self, data=None):
        self.data = data or tempfile.mkdtemp(dir=tmp, prefix="data.")
        self.db = self.data + "/gatehouse.db"
        self.tools = self.data + "/tools"       # what tools see as theirs
        self.port = None
        self.app = None
        self.auth = False
        self.headers = {}       # of every request
        atexit.register(self.stop)

    def start(self, app=None, auth=None):
        """./dev up; once more after stop() or a crash, on the same port.

        app: an App, or the directory of an application. auth: with
        authentication.
        """
        self.app = app or self.app
        self.auth = self.auth if auth is None else auth
        for _ in range(5):
            port = self.port or free_port()
            run = subprocess.run(
                [TOP + "/dev", "up", "--detach", "--port", str(port),
                 "--data", self.data, "--app",
                 getattr(self.app, "dir", self.app)]
                + ["--auth"] * self.auth,
                text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if run.returncode != 3:
                break
        if run.returncode != 0:
            diag(run.stdout)
            bail("the system does not start")
        self.port = port
        return self

    def stop(self):
        """./dev down; harmless twice. False: a sanitizer has complained."""
        run = subprocess.run([TOP + "/dev", "down", "--data", self.data],
                             stdout=subprocess.DEVNULL)
        found = subprocess.run(
            ["grep", "-rhE", "-A", "20",
             "ERROR: (Address|Leak)Sanitizer|runtime error:",
             self.data + "/log"], text=True, capture_output=True).stdout
        if found:
            diag(found)
            os._exit(1)
        return run.returncode == 0

    def cli(self, *words):
        """gatehouse WORDS; returns what it printed, errors included."""
        run = subprocess.run([BUILD + "/gatehouse", "--db", self.db, *words],
                             text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        self.code = run.returncode
        return run.stdout

    def load(self, app):
        text = self.cli("load", app.dir)
        if self.code != 0:
            bail(f"{app.name} is not loaded: {text}")
        return app

    def pids(self, program):
        """Of gatehouse-fcgi, gatehouse-runner, multiwatch or nginx."""
        leaders = set()
        for name in ("nginx", "stream", "fcgi", "runner"):
            try:
                with open(f"{self.data}/run/{name}.pid") as file:
                    leaders.add(int(file.read()))
            except (OSError, ValueError):
                pass
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat") as file:
                    comm, rest = file.read().split(" (")[1].rsplit(") ")
            except OSError:
                continue
            state, _, group = rest.split()[:3]
            if comm == program[:15] and int(group) in leaders \
                    and state != "Z":
                found.append(int(pid))
        return found

    def kill(self, *programs, number=signal.SIGKILL):
        """kill -9 (or another signal) of every process of these programs."""
        for pid in [p for name in programs for p in self.pids(name)]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill_nginx(self):
        """kill -9 of nginx, which nothing starts again; and a new one.

        Returns when that one listens.
        """
        def gone():
            self.kill("nginx")
            return not self.pids("nginx")

        wait_for("nginx is gone", gone)
        with open(f"{self.data}/log/nginx.log", "a") as log:
            process = subprocess.Popen(
                ["nginx", "-e", log.name, "-c", f"{self.data}/nginx/nginx.conf",
                 "-g", "daemon off;"], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True,
                env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"})
        with open(f"{self.data}/run/nginx.pid", "w") as file:
            file.write(str(process.pid))
        wait_for("nginx listens", self.listens)

    def listens(self):
        """Does anybody take connections where nginx should?"""
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.port)) == 0

    def crash(self):
        """kill -9 of everything, supervisors first; nothing comes back."""
        programs = ("multiwatch", "nginx", "spawn-fcgi", "gatehouse-fcgi",
                    "gatehouse-runner", "gatehouse-stream")

        def gone():
            # A supervisor may just have forked what it has not started yet.
            self.kill(*programs)
            return not any(map(self.pids, programs))

        wait_for("all processes are gone", gone)

    # ---- HTTP

    def token(self, person, roles, *options):
        """A new bearer token, as a header; and self.token_id."""
        run = subprocess.run(
            [BUILD + "/gatehouse", "--db", self.db, "--json", "token", "add",
             person, "--roles", roles, *options],
            text=True, capture_output=True)
        if run.returncode != 0:
            bail(f"no token: {run.stderr}")
        made = json.loads(run.stdout)
        self.token_id = made["id"]
        return {"Authorization": "Bearer " + made["token"]}

    def ask(self, method, path, body=None, source=None, **headers):
        """One request; path below /api/v1 unless it starts with a slash.

        source: the address that it comes from, if not 127.0.0.1. (Bound by
        hand, thousands of connections would run out of ports.)
        """
        headers = {**self.headers, **headers}
        if not path.startswith("/"):
            path = "/api/v1/" + path
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        link = http.client.HTTPConnection("127.0.0.1", self.port, DEADLINE,
                                          source_address=source and
                                          (source, 0))
        try:
            link.request(method, path, body, headers)
            return Answer(link.getresponse())
        finally:
            link.close()

    def get(self, path):
        return self.ask("GET", path).body

    def post(self, path, body):
        return self.ask("POST", path, body)

    def session(self, query, environment="dev", **more):
        """A new session's id."""
        more.setdefault("submitter", {"id": "t"})
        answer = self.post("sessions", {
            "query": query, "environment": environment, **more})
        if answer.status != 201:
            bail(f"no session: {answer.status} {answer.text}")
        return answer.body["session_id"]

    def row(self, sid):
        return self.get(f"sessions/{sid}")

    def events(self, sid, *kinds):
        """The session's events, or those of these kinds."""
        return [e for e in self.get(f"sessions/{sid}/full")["events"]
                if not kinds or e["kind"] in kinds]

    def gates(self, sid):
        return self.get(f"sessions/{sid}/approvals")

    def wait(self, sid, *statuses, seconds=DEADLINE):
        """Until the session has one of these; returns its row."""
        def state():
            row = self.row(sid)
            if row["status"] in FINAL and row["status"] not in statuses:
                diag(json.dumps(row, indent=1))
                bail(f"{sid} is {row['status']}, not {statuses}")
            return row["status"] in statuses and row
        return wait_for(f"{sid} is {' or '.join(statuses)}", state, seconds)

    def run(self, query, *statuses, **more):
        """A session from its start to such a status; returns its row."""
        return self.wait(self.session(query, **more), *(statuses or FINAL))

    def decide(self, sid, decision, gate=None, approver="ann", **more):
        """A verdict on the gate, or on the session's first open one."""
        if gate is None:
            gate = self.gates(sid)[0]["gate_id"]
        return self.post(f"sessions/{sid}/approvals/{gate}", {
            "decision": decision, "approver": approver, **more})

    def resume(self, sid, decision, **more):
        return self.post(f"sessions/{sid}/resume",
                         {"decision": decision, **more})

    # ---- around HTTP

    def sql(self, text, *values):
        """Rows of the database, read through a connection of its own."""
        db = sqlite3.connect(f"file:{self.db}?mode=ro", uri=True,
                             timeout=DEADLINE)
        try:
            return db.execute(text, values).fetchall()
        finally:
            db.close()

    def ran(self, tool=None, sid=None):
        """[(tool, session, ordinal, arguments as text)]: what really ran."""
        try:
            with open(self.tools + "/ran.log") as file:
                lines = [line.rstrip("\n").split(" ", 2) for line in file]
        except FileNotFoundError:
            return []
        runs = [(line[0], *line[1].rsplit(":", 1), line[2])
                for line in lines if len(line) == 3]
        return [r for r in runs if tool in (None, r[0]) and sid in (None, r[1])]

    def let_go(self, now=True):
        """Tools that hold go on; False: from now on they hold again."""
        if now:
            with open(self.tools + "/go", "w"):
                pass
        else:
            os.remove(self.tools + "/go")

    def log(self, part):
        """The log of runner, fcgi, nginx or access."""
        with open(f"{self.data}/log/{part}.log") as file:
            return file.read()

    def sound(self, name="gatehouse verify is silent"):
        """An assertion: no invariant is broken."""
        return is_((self.cli("verify"), self.code), ("", 0), name)


class Listener:
    """Hears the text of running replies: runner/progress.h.

    agent: whom alone it hears, where that matters.
    """

    def __init__(self, gh, sessions="all", agent=None, name="runner"):
        self.agent = agent
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE)
        path = f"{gh.db}-progress-{name}"
        with open(path + "-key") as file:
            self.key = file.read()
        self.socket.connect(path)
        self.lines = self.socket.makefile()
        self.wish(sessions)

    def wish(self, sessions):
        self.socket.sendall(json.dumps({
            "key": self.key, "sessions": sessions}).encode() + b"\n")
        if self.next() != {"subscribed": True}:
            bail("nobody can listen")

    def next(self):
        """The next object; {} once the other side has closed."""
        while True:
            try:
                said = json.loads(self.lines.readline() or "{}")
            except TimeoutError:
                bail("no text of a running reply")
            if self.agent is None or said.get("agent", self.agent) == \
                    self.agent:
                return said

    def reply(self):
        """All of one reply: its objects, the end included."""
        heard = [self.next()]
        while heard[-1] and "end" not in heard[-1]:
            heard.append(self.next())
        return heard
