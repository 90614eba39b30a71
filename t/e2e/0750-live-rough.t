#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Peers that do what no peer should: frames that are none, too long or not
# allowed; ones that never read, or never answer. Each is endured or let go,
# nobody else notices, and memory stays what it was.
import socket
import sys
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import (BUILD, DEADLINE, App, System, bail, done, is_, ok,
                       wait_for)
from live import (PING, PONG, TEXT, Closed, Stream, WebSocket,
                  add_events)

BINARY, CONTINUED, CLOSE = 2, 0, 8
gh = System().start(App("gates", {}))
sid = gh.run("x", "needs_review")["id"]
stream_pid = gh.pids("gatehouse-stream")
with open(BUILD + "/gatehouse-stream", "rb") as program:
    sanitized = b"__asan_init" in program.read()


def head():
    return gh.sql("SELECT max(seq) FROM event")[0][0]


def memory():
    """KiB that gatehouse-stream has to itself; a sanitizer's count as none."""
    if sanitized:
        return 0
    with open(f"/proc/{stream_pid[0]}/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file
                   if line.startswith("Private_Dirty:"))


def open_web(since=None):
    return WebSocket(gh, f"ws/sessions/{sid}/events"
                     f"?since={head() if since is None else since}")


# ---- frames

before = memory()
for name, send in (
        ("a text", lambda web: web.send(TEXT, b"hello")),
        ("a text that is no UTF-8", lambda web: web.send(TEXT, b"\xff\xfe")),
        ("bytes", lambda web: web.send(BINARY, bytes(range(256)))),
        ("a message in pieces, a ping between", lambda web: (
            web.send(TEXT, b"a", final=False), web.send(PING, b"x"),
            web.send(CONTINUED, b"b", final=False),
            web.send(CONTINUED, b"c"))),
        ("a megabyte", lambda web: web.send(BINARY, bytes(1 << 20))),
        ("a terabyte that does not come", lambda web: web.send(
            BINARY, bytes(65536), claim=1 << 40)),
        ("1,000 pings", lambda web: [web.send(PING) for _ in range(1000)]),
        ("a text without a mask", lambda web: web.send(
            TEXT, b"hello", masked=False)),
        ("a pong that nobody asked for", lambda web: web.send(PONG, b"x"))):
    web = open_web()
    send(web)
    add_events(gh, sid, 1)
    is_(web.next()["seq"], head(), f"{name}: it hears on")
    web.close()
web = open_web()
web.send(PING, b"are you there")
is_(web.frame(), (PONG, b"are you there"), "a ping is answered")
web.close()
for name, send in (
        ("an opcode that is none", lambda web: web.send(3, b"x")),
        ("a bit that is reserved", lambda web: web.send(0x41, b"x")),
        ("a ping of 126 bytes", lambda web: web.send(PING, bytes(126))),
        ("a ping in pieces", lambda web: web.send(PING, final=False)),
        ("the rest of nothing", lambda web: web.send(CONTINUED, b"x")),
        ("a length below zero", lambda web: web.send(TEXT, claim=1 << 63)),
        ("a goodbye", lambda web: web.send(CLOSE, b"\x03\xe8"))):
    web = open_web()
    web.wait(DEADLINE)
    send(web)
    try:
        web.next()
        ok(False, f"{name} ends it")
    except Closed:
        ok(web.ended, f"{name} ends it")
    web.close()
is_(gh.pids("gatehouse-stream"), stream_pid, "nothing of it is a crash")
ok(memory() < before + 4096, f"nor a leak: {before}, {memory()} KiB")

# ---- who reads nothing, answers nothing, or reads slowly: all at once


class Stuck(Stream):
    """Asks, and does not read; direct: without nginx between."""

    def __init__(self, direct):
        self.data, self.text, self.last = b"", "", None
        self.may_end = self.ended = False
        self.socket = socket.socket(socket.AF_UNIX if direct
                                    else socket.AF_INET)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(f"{gh.data}/run/stream.sock" if direct
                            else ("127.0.0.1", gh.port))
        self.socket.sendall(
            b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: "
            b"text/event-stream\r\nX-Gatehouse-Listener: 127.0.0.1\r\n\r\n")

    def drain(self):
        """Reads all that there is; true: that was the end."""
        self.wait(5)
        try:
            while True:
                self.read()
        except Closed:
            return self.ended

    def ids(self):
        """Of the events that have come, whole, straight from the source."""
        return [int(line[4:]) for line in self.data.split(b"\n")[:-3]
                if line[:4] == b"id: "]


def dropped(why):
    return [line for line in gh.log("stream").splitlines()
            if f'listener_dropped why="{why}"' in line]


add_events(gh, sid, 20000, 1000)
table = [seq for seq, in gh.sql("SELECT seq FROM event ORDER BY seq")]
before = memory()
begin = time.monotonic()
stuck = [Stuck(direct=True) for _ in range(20)]
behind = Stuck(direct=False)
silent = open_web()
busy = open_web()
quiet = Stream(gh, f"events?since={table[-1]}")
slow = Stream(gh, f"events?since={table[-1000]}")
pings = comments = 0
slowly = []
while not dropped("it does not read"):
    if time.monotonic() > begin + 60 + DEADLINE:
        bail("nobody is dropped")
    add_events(gh, sid, 1)
    newest = head()
    asked = time.monotonic()
    while (frame := busy.frame())[0] != TEXT:
        pings += frame[0] == PING
    while quiet.next()["seq"] < newest:
        pass
    if time.monotonic() - asked > 20:
        ok(False, "somebody waits for the others")
    if len(slowly) < 900:
        slowly += [slow.next()["seq"] for _ in range(5)]
    time.sleep(0.5)
    high = memory()
took = time.monotonic() - begin
ok(took > 55, f"who takes nothing is dropped after {took:.0f} s")
ok(high < before + 20 * 256 + 4096, "20 of them cost no more than a chunk "
   f"each: {before}, {high} KiB")
wait_for("all of them", lambda: len(dropped("it does not read")) >= 20)
ok(stuck[0].drain(), "its connection ends")
got = stuck[0].ids()
is_(got, table[:len(got)], "what had come is the beginning")
told = min(int(line.rsplit("since=", 1)[1])
           for line in dropped("it does not read"))
is_(got[-1], told, "its position was known")
again = Stream(gh, "events", last=got[-1])
rest = [again.next()["seq"] for _ in range(len(table) - len(got))]
is_(rest, table[len(got):], "it comes back and misses nothing")
again.close()
wait_for("behind nginx, too", behind.drain)
wait_for("the silent one, too", lambda: dropped("it does not answer"))
is_(len(dropped("it does not answer")), 1, "who answers no ping is dropped")
silent.wait(DEADLINE)
try:
    while True:
        silent.exactly(1)
except Closed:
    ok(silent.ended, "and its connection ends")
ok(pings >= 2, f"a busy WebSocket is pinged: {pings}")
slowly += [slow.next()["seq"] for _ in range(999 - len(slowly))]
is_(slowly, table[-999:], "a slow reader gets all, in order")
is_(gh.pids("gatehouse-stream"), stream_pid, "one process, all the time")
done()
