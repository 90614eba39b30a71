#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Many: a history of 100,000 events, read whole, in order and in bounded
# memory; 10,000 listeners, each of whom hears once what happens.
import re
import resource
import select
import socket
import subprocess
import sys
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import BUILD, DEADLINE, App, System, bail, done, is_, ok
from live import Stream, WebSocket, add_events

EVENTS, LISTENERS, FILES = 100000, 10000, 20000
gh = System().start(App("gates", {}))
sid = gh.run("x", "needs_review")["id"]
pid = gh.pids("gatehouse-stream")[0]


def memory(name):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file
                   if line.startswith(name + ":")) / 1024


def small(held, name):
    """Of memory, where a sanitizer does not take most of it."""
    with open(BUILD + "/gatehouse-stream", "rb") as program:
        ok(held or b"__asan_init" in program.read(), name)


# ---- a long history

add_events(gh, sid, EVENTS)
table = [seq for seq, in gh.sql("SELECT seq FROM event ORDER BY seq")]
before = memory("Private_Dirty")
curl = subprocess.Popen(
    ["curl", "-sN", "-H", "Accept: text/event-stream",
     f"http://127.0.0.1:{gh.port}/api/v1/events"], stdout=subprocess.PIPE)
end = f"\nid: {table[-1]}\n".encode()
text = b""
while end not in text[-100000:]:
    text += curl.stdout.read1(1 << 20)
high = memory("Private_Dirty")
curl.kill()
curl.wait()
is_([int(seq) for seq in re.findall(rb"^id: (\d+)$", text, re.M)], table,
    f"{EVENTS} events of history, each once, in order")
web = WebSocket(gh, f"ws/sessions/{sid}/events")
is_([web.next()["seq"] for _ in table], table, "and as a WebSocket")
web.close()
small(high < before + 8, f"in bounded memory: {before:.1f}, {high:.1f} MiB")

# ---- many listeners

_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if hard < FILES:
    ok(True, f"{LISTENERS} listeners # SKIP only {hard} files may be open")
    done()
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
# Each takes two connections of nginx's, and by chance one worker would get most
# of them: now each gets its share.
for name, old, new in (
        ("nginx", "worker_connections 16384", f"worker_connections {FILES}"),
        ("gatehouse", f":{gh.port};", f":{gh.port} reuseport;")):
    with open(f"{gh.data}/nginx/{name}.conf") as file:
        text = file.read()
    with open(f"{gh.data}/nginx/{name}.conf", "w") as file:
        file.write(text.replace(old, new))
gh.kill_nginx()
poll = select.epoll()
crowd = {}
heard = {}


def collect(enough):
    """Reads what comes until that is so of everybody."""
    limit = time.monotonic() + 2 * DEADLINE
    while not all(map(enough, heard.values())):
        if time.monotonic() > limit:
            bail(f"only {sum(map(enough, heard.values()))} of {len(heard)}")
        for fd, _ in poll.poll(1, 1024):
            data = crowd[fd].recv(65536)
            if not data:
                bail("a stream has ended")
            heard[fd] += data


for number in range(LISTENERS):
    link = socket.create_connection(("127.0.0.1", gh.port), DEADLINE)
    # Of HTTP/1.0: no chunk begins in the middle of a line.
    link.sendall(f"GET /api/v1/events?since={table[-1]} HTTP/1.0\r\n\r\n"
                 .encode())
    crowd[link.fileno()] = link
    heard[link.fileno()] = b""
    poll.register(link, select.EPOLLIN)
    if number % 200 == 199:
        collect(lambda data: b"retry: " in data)
ok(True, f"{LISTENERS} listeners are welcome")
other = gh.session("y")
gh.wait(other, "needs_review")
wanted = [seq for seq, in gh.sql(
    "SELECT seq FROM event WHERE seq > ? ORDER BY seq", table[-1])]
last = f"id: {wanted[-1]}\n".encode()
collect(lambda data: last in data)
wrong = sum([int(seq) for seq in re.findall(rb"^id: (\d+)", data, re.M)]
            != wanted for data in heard.values())
is_(wrong, 0, f"each hears each of {len(wanted)} events once")
pss = memory("Pss")
small(pss < 100, f"gatehouse-stream takes {pss:.0f} MiB")
one = Stream(gh, f"events?since={wanted[-1]}")
gh.session("z")
one.next()
ok(True, "one more is served beside them")
for link in crowd.values():
    link.close()
is_(gh.pids("gatehouse-stream"), [pid], "one process, all the time")
done()
