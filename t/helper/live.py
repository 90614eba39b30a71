# SPDX-License-Identifier: Apache-2.0
"""Listeners to live events: Server-Sent Events and WebSocket, raw.

    stream = Stream(gh, "events?since=3")
    is_(stream.next()["seq"], 4, "...")
    stream.last                         # the id of the newest event
    stream.close()
    socket = WebSocket(gh, f"ws/sessions/{sid}/events")

A wait has the deadline of gatehouse.py, and passing it ends the test.
"""
import atexit
import base64
import json
import os
import re
import socket
import sqlite3
import struct
import subprocess

from gatehouse import DEADLINE, TOP, bail, ok, tmp, wait_for


TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def example(title):
    """The example of docs/live.md under that title."""
    with open(f"{TOP}/docs/live.md") as file:
        text = file.read().split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.sub(r"^    ", "", text, flags=re.M).strip() + "\n"


def add_events(gh, sid, count, size=0):
    """More events of a session, as any program may write them."""
    db = sqlite3.connect(gh.db, timeout=30, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    db.executemany(
        "INSERT INTO event (session_id, kind, payload, ts) VALUES"
        " (?, 'confidence_emitted', json_object('text', ?), 1767225600000)",
        [(sid, "x" * size)] * count)
    db.execute("COMMIT")
    db.close()


class Example:
    """A program that runs, and what it says."""

    def __init__(self, name, *command, **environment):
        self.name, self.path = name, f"{tmp}/{name}.out"
        with open(self.path, "w") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                env={**os.environ, **environment})
        atexit.register(self.process.kill)

    def tells(self, what):
        """An assertion: it says so, once."""
        def count():
            with open(self.path) as file:
                return file.read().count(what)
        wait_for(f"{self.name} says {what}", count)
        return ok(count() == 1, f"{self.name} tells of {what.strip()}")


class Closed(Exception):
    """The other side has ended it."""


class Link:
    """A connection, its request, and the head of the answer.

    wait(seconds) makes silence of that length raise Closed. ended: it was
    the other side that ended it.
    """

    def __init__(self, gh, path, headers, source="127.0.0.1"):
        self.may_end = self.ended = False
        self.socket = socket.create_connection(("127.0.0.1", gh.port),
                                               DEADLINE, (source, 0))
        headers.setdefault("Host", "localhost")
        lines = [f"GET /api/v1/{path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode())
        self.data = b""
        head = self.upto(b"\r\n\r\n").decode("latin-1").split("\r\n")
        self.status = int(head[0].split()[1])
        self.headers = {k.lower(): v.strip() for k, _, v in
                        (line.partition(":") for line in head[1:])}

    def read(self):
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            if self.may_end:
                raise Closed from None
            bail(f"nothing comes in {DEADLINE} s")
        except OSError:
            data = b""
        if not data:
            self.ended = True
            raise Closed
        self.data += data

    def wait(self, seconds):
        self.may_end = True
        self.socket.settimeout(seconds)

    def upto(self, mark):
        while mark not in self.data:
            self.read()
        found, self.data = self.data.split(mark, 1)
        return found

    def exactly(self, count):
        while len(self.data) < count:
            self.read()
        found, self.data = self.data[:count], self.data[count:]
        return found

    def close(self):
        self.socket.close()

    def body(self):
        """Of an answer that is no stream, parsed."""
        return json.loads(self.exactly(int(self.headers["content-length"])))


class Stream(Link):
    """Server-Sent Events over HTTP/1.1 with chunks."""

    def __init__(self, gh, path, last=None, source="127.0.0.1", **headers):
        headers.setdefault("Accept", "text/event-stream")
        if last is not None:
            headers["Last-Event-ID"] = last
        super().__init__(gh, path, headers, source)
        self.text = ""
        self.last = last
        self.retry = None

    def lines(self):
        while "\n" not in self.text:
            size = int(self.upto(b"\r\n"), 16)
            if size == 0:
                raise Closed
            self.text += self.exactly(size).decode()
            self.exactly(2)
        line, self.text = self.text.split("\n", 1)
        return line

    def comment(self):
        """Waits for a sign of life."""
        while not self.lines().startswith(":"):
            pass

    def next(self, *kinds):
        """The next event, or the next event or note of these kinds."""
        data = None
        while True:
            line = self.lines()
            if line.startswith("retry: "):
                self.retry = int(line[7:])
            elif line.startswith("id: "):
                self.last = line[4:]
            elif line.startswith("data: "):
                data = json.loads(line[6:])
            elif line and line[0] != ":":
                bail(f"not a line of this stream: {line!r}")
            elif data is not None:
                if data["kind"] in kinds or "seq" in data and not kinds:
                    return data
                data = None


class WebSocket(Link):
    """A WebSocket that answers pings."""

    def __init__(self, gh, path, **headers):
        super().__init__(gh, path, {
            "Connection": "Upgrade", "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            **headers})

    def send(self, opcode, data=b"", final=True, masked=True, claim=None):
        """A frame; claim: the length that it tells, in 64 bits."""
        size = len(data)
        if claim is not None or size > 65535:
            length = struct.pack("!BQ", 127, size if claim is None else claim)
        else:
            length = struct.pack("!BH", 126, size) if size > 125 else \
                bytes([size])
        mask = os.urandom(4) if masked else bytes(4)
        self.socket.sendall(
            bytes([opcode | 0x80 * final, length[0] | 0x80 * masked])
            + length[1:] + mask * masked
            + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def frame(self):
        """The next frame: opcode and data."""
        first, size = self.exactly(2)
        if size == 126:
            size, = struct.unpack("!H", self.exactly(2))
        elif size == 127:
            size, = struct.unpack("!Q", self.exactly(8))
        data = self.exactly(size)
        if first & 15 == CLOSE:
            self.ended = True
            raise Closed
        if first & 15 == PING:
            self.send(PONG, data)
        return first & 15, data

    def next(self):
        """The next event."""
        while True:
            opcode, data = self.frame()
            if opcode == TEXT:
                return json.loads(data)
