# SPDX-License-Identifier: Apache-2.0
"""A whole running system on the loopback: nginx, gatehouse-fcgi and the
runner over a copy of a seeded database, as ./dev up starts them.

    with System(build, "/tmp/x", seed_path) as system:
        system.start()
        ... system.port ...
        system.check(sessions)
"""
import glob
import hashlib
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
PARTS = ("runner", "fcgi", "nginx")

# Everything is measured with authentication on; this is who asks.
SECRET = secrets.token_urlsafe(32)
os.environ["GATEHOUSE_TOKEN"] = TOKEN = f"ght_1_{SECRET}"


def free_ports(count):
    """Ports of the loopback that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def get(port, path):
    """The status of one answer, or 0 when there is none."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as peer:
            peer.sendall((f"GET {path} HTTP/1.0\r\nAuthorization: Bearer "
                          f"{TOKEN}\r\n\r\n").encode())
            return int((peer.recv(4096).split() + [0, 0])[1])
    except OSError:
        return 0


def until(question, seconds, pause=0.002):
    """Asks until the answer is true; false when the seconds are over."""
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def members(leader):
    """The living processes of the group that leader leads."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                name, rest = file.read().rsplit(") ", 1)
        except OSError:
            continue
        fields = rest.split()
        if int(fields[2]) == leader and fields[0] != "Z":
            pid, program = name.split(" (", 1)
            found.append((int(pid), program))
    return found


class System:
    """One data directory and the processes over it."""

    def __init__(self, build, data, seed):
        self.build, self.data, self.seed = build, data, seed
        self.db = f"{data}/gatehouse.db"
        self.port, self.static_port, self.peer_port = free_ports(3)
        self.running = {}
        shutil.rmtree(data, ignore_errors=True)
        for folder in ("run", "log", "tmp", "static", "nginx"):
            os.makedirs(f"{data}/{folder}")
        subprocess.run(["cp", "--reflink=auto", seed, self.db], check=True)
        self._write_token()
        self._write_nginx()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)

    def _write_token(self):
        digest = hashlib.blake2b(SECRET.encode(), digest_size=32).hexdigest()
        db = sqlite3.connect(self.db)
        db.execute("INSERT INTO token (id, hash, person, roles, created_at, "
                   "created_by) VALUES (1, ?, 'bench', 'admin', 1, 'bench')",
                   (digest,))
        db.commit()
        db.close()

    def _write_nginx(self):
        etc = f"{self.data}/nginx"
        values = {
            "@DATA@": self.data, "@LOG_DIR@": f"{self.data}/log",
            "@LISTEN@": f"127.0.0.1:{self.port}",
            "@SOCKET@": f"{self.data}/run/fcgi.sock",
            "@STREAM@": f"{self.data}/run/stream.sock",
            "@USER@": "user root;" if os.getuid() == 0 else "",
            "@STATIC@": str(self.static_port), "@PEER@": str(self.peer_port),
        }

        def filled(path):
            with open(f"{TOP}/{path}", encoding="utf-8") as file:
                text = file.read()
            for name, value in values.items():
                text = text.replace(name, value)
            return text

        shutil.copytree(f"{TOP}/nginx/snippets", f"{etc}/snippets")
        with open(f"{etc}/nginx.conf", "w", encoding="utf-8") as file:
            file.write(filled("nginx/dev.conf.in"))
        with open(f"{etc}/gatehouse.conf", "w", encoding="utf-8") as file:
            file.write(filled("nginx/gatehouse.conf.in")
                       + filled("t/bench/reference.conf.in"))
        with open(f"{self.data}/static/1k", "w", encoding="utf-8") as file:
            file.write("x" * 1024)

    def _command(self, part):
        watched = ["multiwatch", "-f", "1", "-r", "5", "-t", "200",
                   "-s", "TERM", "--"]
        if part == "runner":
            return watched + [f"{self.build}/gatehouse-runner",
                              "--db", self.db]
        if part == "fcgi":
            socket_path = f"{self.data}/run/fcgi.sock"
            return (["spawn-fcgi", "-s", socket_path, "-n", "--",
                     shutil.which("multiwatch")] + watched[1:]
                    + [f"{self.build}/gatehouse-fcgi", "--db", self.db])
        if part == "stream":
            return ["spawn-fcgi", "-s", f"{self.data}/run/stream.sock", "-n",
                    "--", f"{self.build}/gatehouse-stream", "--db", self.db]
        return ["nginx", "-e", f"{self.data}/log/nginx.log", "-c",
                f"{self.data}/nginx/nginx.conf", "-g", "daemon off;"]

    def launch(self, *parts):
        """Starts parts; does not wait for them."""
        for part in parts:
            self.run(part, self._command(part))

    def run(self, name, command):
        """Starts a command as a part of this system, output to its log."""
        with open(f"{self.data}/log/{name}.log", "ab") as log:
            self.running[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)

    def start(self, parts=PARTS):
        """Starts parts and waits until the interface answers."""
        self.launch(*parts)
        if not until(lambda: get(self.port, "/api/v1/agents") == 200, 20):
            raise RuntimeError(f"no answer; see the logs in {self.data}/log")

    def stop(self):
        """Ends everything, the front first, by pid."""
        for name in sorted(self.running, key="peer nginx stream fcgi runner".find):
            part = self.running.pop(name)
            part.terminate()
            try:
                part.wait(10)
            except subprocess.TimeoutExpired:
                pass
            for pid, _ in members(part.pid):
                os.kill(pid, signal.SIGKILL)
            part.wait()

    def pids(self, program=""):
        """Our processes, or those of one program."""
        return [pid for part in self.running.values()
                for pid, name in members(part.pid)
                if name.startswith(program[:15])]

    def kill(self, program):
        """kill -9; multiwatch starts it again."""
        for pid in self.pids(program):
            os.kill(pid, signal.SIGKILL)

    def memory(self):
        """(anonymous, proportional set size) of all processes, in MiB."""
        total = {"Pss_Anon": 0, "Pss": 0}
        for pid in self.pids():
            with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
                for line in file:
                    name, _, rest = line.partition(":")
                    if name in total:
                        total[name] += int(rest.split()[0])
        return total["Pss_Anon"] / 1024, total["Pss"] / 1024

    def ask(self, sql, *values):
        """The first column of the first row."""
        db = sqlite3.connect(f"file:{self.db}?mode=ro", uri=True, timeout=30)
        try:
            return db.execute(sql, values).fetchone()[0]
        finally:
            db.close()

    def idle(self, seconds=60):
        """Waits until the runner has nothing left to do."""
        return until(lambda: not self.ask(
            "SELECT EXISTS (SELECT 1 FROM session"
            " WHERE ready_at IS NOT NULL)"), seconds, 0.05)

    def check(self, sessions):
        """What is wrong with the file now, one line each: it must hold so
        many sessions, and whatever the database promises."""
        wrong = []
        count = self.ask("SELECT count(*) FROM session")
        if count != sessions:
            wrong.append(f"{count} sessions where {sessions} were made")
        # With PRAGMA integrity_check and foreign_key_check.
        verify = subprocess.run(
            [f"{self.build}/gatehouse", "--db", self.db, "verify"],
            capture_output=True, text=True, check=False)
        text = verify.stdout + verify.stderr
        if verify.returncode != 0 or text:
            wrong.append(f"verify: {text.strip()[:200]}")
        return wrong
