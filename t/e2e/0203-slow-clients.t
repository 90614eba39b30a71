#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Clients that do nothing, or little, and many of them: they keep nobody
# waiting, no thread of gatehouse-fcgi either, and are let go in the end.
import resource
import select
import signal
import socket
import sys
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import (DEADLINE, App, System, bail, done, is_, ok, skip_all,
                       wait_for)

IDLE, SLOW = 2000, 200
FILES = 2 * IDLE        # of which nginx needs two for a client, at times
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
if hard < FILES:
    skip_all(f"only {hard} files may be open, not {FILES}")
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
gh = System().start(App("gates", {}))
links = []


def connect(data=b""):
    link = socket.create_connection(("127.0.0.1", gh.port), DEADLINE)
    link.sendall(data)
    links.append(link)
    return link


def at_once(name):
    """Others are answered."""
    is_([gh.ask(*(("GET", "tools"), ("POST", "sessions", {
        "query": "q", "environment": "dev"}))[n % 2]).status
        for n in range(50)], [200, 201] * 25, f"{name}: others are answered")


def close():
    while links:
        links.pop().close()


def patience(how_long):
    """nginx waits so long for slow clients, instead of 20 s."""
    text = site
    for name in ("client_header_timeout", "client_body_timeout",
                 "send_timeout"):
        if site.count(f"\t{name} 20s;") != 1:
            bail(f"no {name}")
        text = text.replace(f"\t{name} 20s;", f"\t{name} {how_long};")
    with open(gh.data + "/nginx/gatehouse.conf", "w") as file:
        file.write(text)
    old = gh.pids("nginx")
    gh.kill("nginx", number=signal.SIGHUP)
    wait_for("only its master is left of the old", lambda: len(
        set(gh.pids("nginx")) & set(old)) == 1)


with open(gh.data + "/nginx/gatehouse.conf") as file:
    site = file.read()
at_once("alone")
patience("600s")        # a slow machine needs long for what follows

# ---- idle: nothing was said yet, or one request, or the beginning of one

for n in range(IDLE // 2):
    connect()
for n in range(IDLE // 4):
    connect(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
for n in range(IDLE // 4):
    connect(b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nX-")
at_once(f"{IDLE} idle connections")
answered = links[IDLE // 2:IDLE // 2 + IDLE // 4]
is_({link.recv(12) for link in answered}, {b"HTTP/1.1 200"},
    "those that asked are answered")
links[0].sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
is_(links[0].recv(12), b"HTTP/1.1 200", "so is one that asks late")
close()

# ---- slow: a body of which only the beginning comes; more than the threads

HEAD = (b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: "
        b"application/json\r\nContent-Length: %d\r\n\r\n")
BODY = (b'{"query":"q","environment":"dev","state_overrides":{"text":"%s"}}'
        % (b"x" * 100000))
for n in range(SLOW):
    connect(HEAD % len(BODY) + BODY[:1000])
at_once(f"{SLOW} bodies that do not end")
for link in links:
    link.sendall(BODY[1000:2000])
at_once("nor when a little more comes")
links[0].sendall(BODY[2000:])
is_(links[0].recv(12), b"HTTP/1.1 201", "one that ends is taken")
close()

# ---- stuck: they ask, and do not read

sid = gh.ask("POST", "sessions", {
    "query": "q", "environment": "dev",
    "state_overrides": {"text": "x" * 900000}}).body["session_id"]
for n in range(50):
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link.connect(("127.0.0.1", gh.port))
    link.sendall(f"GET /api/v1/sessions/{sid} HTTP/1.1\r\nHost: x\r\n\r\n"
                 .encode())
    links.append(link)
at_once("50 answers that nobody reads")
close()

# ---- they are let go: with a second instead of the time that is configured

patience("1s")
rows = gh.sql("SELECT count(*) FROM session")


def let_go(what, *data):
    """Closed, though something comes now and then; within the deadline."""
    began = time.monotonic()
    link = connect(data[0])
    text = b""
    try:
        for part in [*data[1:], *[b""] * 50]:
            if select.select([link], [], [], 0.3)[0]:
                got = link.recv(65536)
                if not got:
                    break
                text += got
            if part:
                link.sendall(part)
        else:
            return ok(False, f"{what}: let go")
    except ConnectionError:
        pass
    took = time.monotonic() - began
    return ok(took > 0.9 and not text.startswith(b"HTTP/1.1 2"),
              f"{what}: let go after {took:.1f} s")


let_go("a request that does not begin", b"")
let_go("half a line", b"GET /hea")
let_go("headers, one by one", b"GET /health HTTP/1.1\r\nHost: x\r\n",
       *[b"X-%d: 1\r\n" % n for n in range(40)])
let_go("half a body", HEAD % len(BODY) + BODY[:1000])
let_go("half a chunk", b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\n"
       b"Transfer-Encoding: chunked\r\n\r\n100\r\nabc")
is_(gh.sql("SELECT count(*) FROM session"), rows, "none of them left a row")
close()
gh.sound()
done()
