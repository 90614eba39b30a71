#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# gatehouse-fcgi as a process: how it starts, keeps connections, and ends.
# The test is the supervisor and, at first, the web server too.
import atexit
import fcntl
import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, BUILD, DEADLINE, TOP, diag, done, free_port, is_, \
    like, ok, tmp, wait_for

PROGRAM = BUILD + "/gatehouse-fcgi"
DB = tmp + "/test.db"
PATH = tmp + "/s"
listener = socket.socket(socket.AF_UNIX)
listener.bind(PATH)
listener.listen(511)

def gatehouse(db, *words):
    subprocess.run([BUILD + "/gatehouse", "--db", db, *words], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


gatehouse(DB, "init")
gatehouse(DB, "load", App("ends", edits={
    "max_concurrent_sessions: 1000": "max_concurrent_sessions: 1000000"}).dir)


def run(*options, stdin=listener, db=DB):
    """Runs it to its end; returns exit code and what it said."""
    if db:
        options = ("--db", db, *options)
    env = {k: v for k, v in os.environ.items() if k != "GATEHOUSE_DB"}
    run = subprocess.run([PROGRAM, *options], stdin=stdin, text=True, env=env,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         timeout=DEADLINE)
    return run.returncode, run.stdout


class Program:
    """It, running."""

    def __init__(self, *options):
        self.log = open(tmp + "/fcgi.log", "a+")
        self.process = subprocess.Popen([PROGRAM, "--db", DB, "--auth", "off",
                                         *options],
                                        stdin=listener, stderr=self.log)
        atexit.register(self.process.kill)

    def end(self, number=signal.SIGTERM):
        """Sends the signal; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(DEADLINE)


# ---- FastCGI, from the other side

BEGIN, END, PARAMS, STDIN, STDERR = 1, 3, 4, 5, 7


def record(kind, data=b""):
    return struct.pack("!BBHHBx", 1, kind, 1, len(data), 0) + data


def pair(name, value):
    return struct.pack("!II", len(name) | 1 << 31, len(value) | 1 << 31) + \
        name.encode() + value.encode()


def head(method, path, keep=True, **params):
    """Everything of a request that comes before its body."""
    params.update(REQUEST_METHOD=method, DOCUMENT_URI=path,
                  SERVER_ADDR="127.0.0.1", CONTENT_TYPE="application/json")
    return record(BEGIN, struct.pack("!HB5x", 1, keep)) + record(
        PARAMS, b"".join(pair(*p) for p in params.items())) + record(PARAMS)


class Link:
    """A connection of a web server."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE)
        self.socket.connect(PATH)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def is_read(self):
        """Waits until the other side has taken all that was sent."""
        wait_for("it is read", lambda: struct.unpack("i", fcntl.ioctl(
            self.socket, termios.TIOCOUTQ, bytes(4))) == (0,))

    def answer(self):
        """(status, body) of the next answer; None: there was none."""
        text = b""
        while True:
            start = self.file.read(8)
            if len(start) < 8:
                return None
            _, kind, _, length, padding = struct.unpack("!BBHHBx", start)
            data = self.file.read(length + padding)[:length]
            if kind == END:
                break
            text += data
        fields, body = text.split(b"\r\n\r\n", 1)
        return int(fields[8:11]), body.decode()

    def ask(self, method, path, body=b"", keep=True):
        self.send(head(method, path, keep) + (
            record(STDIN, body) if body else b"") + record(STDIN))
        return self.answer()

    def let_go(self):
        """Whether we are asked to close, by an empty record; then the end."""
        return self.file.read(8) == record(STDERR)

    def close(self):
        self.file.close()
        self.socket.close()


HEALTH = (200, '{"status":"ok"}')
NEW = json.dumps({"query": "q", "environment": "dev"}).encode()


def ask(*args):
    link = Link()
    answer = link.ask(*args)
    link.close()
    return answer


# ---- the command line

for options, code, pattern in (
        (["--help"], 0, "^usage: gatehouse-fcgi"), (["-h"], 0, "Exit codes"),
        (["--version"], 0, r"^gatehouse-fcgi \d+\.\d+"),
        (["--nonsense"], 2, "nonsense"), (["more"], 2, '"more"'),
        (["--threads", "0"], 2, '"0"'), (["--threads", "1025"], 2, '"1025"'),
        (["--threads", "x"], 2, '"x"'), (["--max-requests", ""], 2, '""'),
        (["--max-requests", "-1"], 2, '"-1"'),
        (["--min-free", "0"], 2, '"0"'), (["--min-free", "x"], 2, '"x"')):
    got, said = run(*options)
    is_(got, code, f"{' '.join(options)}: exit code {code}")
    like(said, pattern, f"{' '.join(options)}: says so")
got, said = run(db=None)
is_(got, 2, "no database named")
like(said, "--db FILE", "no database named: says so")


gatehouse(tmp + "/newer.db", "init")
for name, text in (("newer.db", "PRAGMA user_version = 99"),
                   ("foreign.db", "CREATE TABLE t (x)")):
    subprocess.run(["sqlite3", f"{tmp}/{name}", text], check=True)
for name, why in (("none.db", "no database"), ("foreign.db", "foreign.db"),
                  ("newer.db", "newer.db")):
    got, said = run(db=f"{tmp}/{name}")
    is_((got, said.count("\n")), (5, 1), f"{name}: exit code 5, one line")
    like(said, f"start_failed error=.*{why}", f"{name}: says which")
with open("/dev/null") as null:
    got, said = run(stdin=null)
is_(got, 1, "no socket")
like(said, "start_failed error=.*spawn-fcgi", "no socket: says what to do")

# ---- connections

program = Program("--threads", "4")
links = [Link() for _ in range(40)]
is_([link.ask("GET", "/health") for link in links], [HEALTH] * 40,
    "4 threads answer 40 kept connections")
is_([link.ask("GET", "/health") for link in links], [HEALTH] * 40,
    "and answer them again")
for link in links[4:]:
    link.close()
del links[4:]
is_(links[0].ask("GET", "/health", b"", False), HEALTH,
    "a connection that the other side does not keep")
ok(links[0].let_go() and not links[0].file.read(), "is ended")
is_(links[1].ask("POST", "/api/v1/sessions", NEW)[0], 201, "a body")
is_(links[1].ask("GET", "/api/v1/sessions", b"x" * 60000)[0], 200,
    "one that nobody wants")
is_(links[1].ask("GET", "/health"), HEALTH, "is not in the way of the next")
status, body = links[1].ask("POST", "/api/v1/sessions", json.dumps(
    {"query": "x" * 60000, "environment": "dev"}).encode())
path = f"/api/v1/sessions/{json.loads(body)['session_id']}/full"
whole = json.loads(links[1].ask("GET", path)[1])
is_(len(whole["session"]["extra_fields"]["query"]), 60000,
    "an answer of several records")

# ---- the other side misbehaves

for what in (b"", b"nonsense" * 100, head("GET", "/health")[:20],
             head("GET", "/health"), record(STDIN),
             head("POST", "/api/v1/sessions") + record(STDIN, NEW)):
    link = Link()
    link.send(what)
    link.close()
for _ in range(20):
    link = Link()
    link.send(head("GET", path) + record(STDIN))
    link.close()
is_([ask("GET", "/health") for _ in range(8)], [HEALTH] * 8,
    "answers go on after all kinds of broken connections")

NOTE = b'{"note":"all of it"}'
for length in range(len(NOTE) + 1):
    link = Link()
    link.send(head("POST", "/api/v1/sessions/none/un-duplicate",
                   CONTENT_LENGTH=str(len(NOTE))) +
              record(STDIN, NOTE[:length]) + record(STDIN))
    is_(link.answer()[0], 404 if length == len(NOTE) else 400,
        f"a body that ends after {length} of {len(NOTE)} bytes")
    link.close()

# ---- or it is slow; each thread that reads is then needed elsewhere

program.end()
program = Program()
CROWD = 4 * os.cpu_count()
for number in range(20):
    links[0] = Link()
    links[0].ask("POST", "/api/v1/sessions", json.dumps(
        {"query": "x" * 60000, "environment": "dev"}).encode())
crowd = [Link() for _ in range(CROWD)]
for link in crowd:
    link.send(head("POST", "/api/v1/sessions", CONTENT_LENGTH="100000")
              + record(STDIN, b"x" * 1000))
time.sleep(0.2)
is_([ask("GET", "/health") for _ in range(8)], [HEALTH] * 8,
    "requests that come slowly keep nobody waiting")
for link in crowd:
    link.close()
crowd = [Link() for _ in range(CROWD)]
for link in crowd:
    link.send(head("GET", "/api/v1/sessions/recent", QUERY_STRING="limit=20")
              + record(STDIN))
time.sleep(0.2)
is_([ask("GET", "/health") for _ in range(8)], [HEALTH] * 8,
    "nor do answers that nobody reads")
is_(crowd[0].answer()[0], 200, "which are there when somebody does")
for link in crowd:
    link.close()
links = [Link() for _ in range(4)]
for link in links:
    link.ask("GET", "/health")

# ---- the end

late = Link()
late.send(head("POST", "/api/v1/sessions") + record(STDIN, NEW[:10]))
late.is_read()
program.process.send_signal(signal.SIGTERM)
ok(links[1].let_go(), "SIGTERM asks for the end of an idle connection")
is_(links[1].ask("POST", "/api/v1/sessions", NEW)[0], 201,
    "a request that was on its way there is answered")
ok(links[1].let_go() and not links[1].file.read(), "and ended")
is_([link.let_go() for link in links[2:]], [True] * 2, "so it asks the others")
for link in links[2:]:
    link.close()
time.sleep(0.2)
is_(program.process.poll(), None, "a request in flight is waited for")
late.send(record(STDIN, NEW[10:]) + record(STDIN))
answer = late.answer()
is_(answer and answer[0], 201, "and answered")
ok(late.let_go() and not late.file.read(), "and ended")
is_(program.process.wait(DEADLINE), 0, "then it ends, with exit code 0")
program = Program()
link = Link()
link.ask("GET", "/health")
began = time.monotonic()
is_(program.end(), 0, "it ends though somebody does not let go")
ok(time.monotonic() - began > 0.5, "who is waited for a second")
ok(link.let_go() and not link.file.read(), "and left")
for number in (signal.SIGTERM, signal.SIGINT):
    for _ in range(5):
        program = Program("--threads", "32")
        is_(ask("GET", "/health"), HEALTH, "started again")
        is_(program.end(number), 0, f"an idle one ends at signal {number}")
program = Program()
ask("GET", "/health")
link = Link()
time.sleep(0.1)
is_(program.end(), 0, "and one with a connection without a request")
link.close()
program = Program()
ok(program.end() in (0, -signal.SIGTERM), "however early it comes")
program = Program("--threads", "8", "--max-requests", "10")
is_([ask("GET", "/health") for _ in range(10)], [HEALTH] * 10,
    "--max-requests 10: ten answers")
is_(program.process.wait(DEADLINE), 0, "and it ends by itself")

# ---- under load, behind nginx, with few threads, again and again

port = free_port()


def start_nginx():
    for folder in ("log", "run", "tmp"):
        os.mkdir(f"{tmp}/{folder}")
    os.symlink(TOP + "/nginx/snippets", tmp + "/snippets")
    user = "user root;" if os.getuid() == 0 else ""
    for name, to, words in (
            ("dev.conf", "nginx.conf", {"@DATA@": tmp, "@USER@": user}),
            ("gatehouse.conf", "gatehouse.conf",
             {"@LISTEN@": f"127.0.0.1:{port}", "@SOCKET@": PATH,
              "@LOG_DIR@": tmp + "/log"})):
        with open(f"{TOP}/nginx/{name}.in") as file:
            text = file.read()
        for word, value in words.items():
            text = text.replace(word, value)
        with open(f"{tmp}/{to}", "w") as file:
            file.write(text)
    os.environ["PATH"] += ":/usr/sbin"
    return subprocess.Popen(["nginx", "-e", tmp + "/log/nginx.log", "-c",
                             tmp + "/nginx.conf", "-g", "daemon off;"])


CLIENTS, EACH = 24, 60
wrong = []
runs = 0


def client():
    link = http.client.HTTPConnection("127.0.0.1", port, DEADLINE)
    for _ in range(EACH):
        try:
            link.request("POST", "/api/v1/sessions", NEW,
                         {"Content-Type": "application/json"})
            response = link.getresponse()
            text = response.read()
            if response.status != 201:
                wrong.append((response.status, text))
        except (OSError, http.client.HTTPException) as error:
            wrong.append(repr(error))
            link.close()


def rows():
    return int(subprocess.run(
        ["sqlite3", DB, "SELECT count(*) FROM session"], text=True,
        capture_output=True).stdout)


before = rows()
nginx = start_nginx()
program = Program("--threads", "8", "--max-requests", "300")
threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
try:
    wait_for("nginx listens", lambda: socket.socket().connect_ex(
        ("127.0.0.1", port)) == 0)
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        if program.process.poll() is not None:
            is_(program.process.poll(), 0, "ends and is started again")
            program = Program("--threads", "8", "--max-requests", "300")
            runs += 1
        time.sleep(0.005)
finally:
    nginx.terminate()
    nginx.wait()
ok(runs >= 2, f"it was started again {runs} times")
if wrong:
    with open(tmp + "/log/nginx.log") as file:
        diag(file.read()[-2000:])
is_(wrong[:5], [], "every POST of every client was answered with 201")
is_(program.end(), 0, "and it ends")
is_(rows() - before, CLIENTS * EACH, "as many rows as answers")
done()
