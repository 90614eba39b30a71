#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# nginx counts what an address asks for, and a token wherever it comes from:
# what is too much is 429, in the words of the application, and no secret gets
# into a log. The limits are made small here, so that few requests are many.
import re
import socket
import sqlite3
import sys
import threading
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, ok, wait_for

gh = System().start(App("gates", {}), auth=True)
ann, bob = gh.token("ann", "viewer"), gh.token("bob", "viewer")
SECRET = ann["Authorization"][len("Bearer "):]
CONF = f"{gh.data}/nginx/gatehouse.conf"
with open(CONF) as file:
    original = file.read()
MANY = 12
reloads = 0


def limits(**less):
    """The site with these limits instead; the rest out of the way."""
    global reloads
    reloads += 1
    text = original
    for zone, rate, burst in (("address", "200r/s", 400),
                              ("secret", "100r/s", 200)):
        now_rate, now_burst = less.get(zone, ("900r/s", 900))
        text = text.replace(f"zone=gatehouse_{zone}:10m rate={rate};",
                            f"zone=gatehouse_{zone}{reloads}:10m "
                            f"rate={now_rate};")
        text = text.replace(f"zone=gatehouse_{zone} burst={burst} ",
                            f"zone=gatehouse_{zone}{reloads} "
                            f"burst={now_burst} ")
    text = text.replace("gatehouse_requests 200",
                        f"gatehouse_requests {less.get('at_once', 900)}")
    with open(CONF, "w") as file:
        file.write(text)
    before = set(gh.pids("nginx"))
    gh.kill("nginx", number=1)
    wait_for("all workers but the master are new ones",
             lambda: len(before & set(gh.pids("nginx"))) == 1)


def asked(source="127.0.0.2", path="/health", **headers):
    """The statuses of many requests in a row."""
    return [gh.ask("GET", path, source=source, **headers).status
            for _ in range(MANY)]


SLOW = "1r/m"
WITHIN, BEYOND = [200] * 5, [429] * (MANY - 5)

# ---- of one address

limits(address=(SLOW, 4))
is_(asked(), WITHIN + BEYOND, "five at once, and no more")
answer = gh.ask("GET", "/api/v1/sessions", source="127.0.0.2", **ann)
is_((answer.status, answer.body, answer.headers["Retry-After"],
     answer.headers["Content-Type"]),
    (429, {"error": {"code": "rate_limited", "message": "too many requests",
                     "details": {}}}, "1", "application/json"),
    "the answer is the application's, and says when to come back")
is_(answer.headers.get_all("Retry-After"), ["1"], "once")
ok(re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"]),
   "and has its request id")
is_(asked("127.0.0.3"), WITHIN + BEYOND, "another address has its own")
is_(asked("127.0.0.1"), [200] * MANY, "this machine is not counted")
is_(gh.ask("POST", "/api/v1/sessions", "{}", source="127.0.0.2").status, 429,
    "nor is a change taken")

# ---- of one token, or cookie

limits(secret=(SLOW, 4))
is_(asked(path="me", **ann), WITHIN + BEYOND, "a token's are counted")
is_(gh.ask("GET", "me", source="127.0.0.3", **ann).status, 429,
    "from another address, too")
is_(gh.ask("GET", "me", source="127.0.0.3",
           Authorization=f"bEARER   {SECRET}").status, 429,
    "however it is written")
is_(asked(path="me", **bob), WITHIN + BEYOND, "another's are its own")
is_(asked(), [200] * MANY, "without one, nothing is counted here")
is_(asked("127.0.0.1", "me", **ann), [200] * MANY,
    "nor is this machine")
cookie = gh.ask("POST", "login", {"token": SECRET}).headers[
    "Set-Cookie"].split(";")[0]
is_(asked(path="me", Cookie=cookie), WITHIN + BEYOND, "a cookie's are")

# ---- at the same time

limits(at_once=2)
HALF = b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n" \
    b"Content-Type: application/json\r\n\r\n{"


held = []


def full():
    """No more is taken; else it holds one more (which may come too late)."""
    if gh.ask("GET", "/health", source="127.0.0.2").status == 429:
        return True
    held.append(socket.create_connection(("127.0.0.1", gh.port), 20,
                                         ("127.0.0.2", 0)))
    held[-1].sendall(HALF)
    return False


wait_for("two are held", full)
is_(gh.ask("GET", "/health", source="127.0.0.3").status, 200,
    "others are served")
for link in held:
    link.close()
wait_for("they are gone", lambda: gh.ask(
    "GET", "/health", source="127.0.0.2").status == 200)
ok(True, "and so is this one, when they are gone")

# ---- who asks for /ready may wait for the database, and few may

limits()
wait_for("what was written is older than a second", lambda: gh.sql(
    "SELECT 1 FROM written WHERE at < ?", time.time() * 1000 - 1000))
shell = sqlite3.connect(gh.db, isolation_level=None)
shell.execute("BEGIN IMMEDIATE")
answers = []
threads = [threading.Thread(target=lambda: answers.append(
    gh.ask("GET", "/ready").status)) for _ in range(12)]
for thread in threads:
    thread.start()
wait_for("all but four are told", lambda: len(answers) >= 8)
is_(set(answers), {429}, "all but four at the same time")
is_(gh.ask("GET", "agents", **ann).status, 200, "reads go on meanwhile")
shell.execute("ROLLBACK")
for thread in threads:
    thread.join()
is_(answers[8:], [200] * 4, "the four are answered")

# ---- what is kept of it

limits()                # workers that end write what they have of the logs
for name in ("nginx", "access", "fcgi"):
    ok(SECRET not in gh.log(name) and cookie[10:] not in gh.log(name),
       f"no secret is in the log {name}")
ok('"uri":"/health","status":429' in gh.log("access"),
   "the access log tells of it")
done()
