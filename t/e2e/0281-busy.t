#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Another process writes, and does not end: who would write is told so in time,
# and nothing is done afterwards; who has the same Idempotency-Key as one that
# waits is told 409; who reads is answered.
import fcntl
import sys
import threading
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, ok, wait_for

gh = System().start(App("gates", {}), auth=True)
ann, bob, cy = (gh.token(name, "operator") for name in ("ann", "bob", "cy"))
is_(gh.ask("GET", "me", **ann).status, 200, "it is up")
answers, twins, hasty = [], [], []


def start(query, **headers):
    return gh.ask("POST", "sessions", {"query": query, "environment": "dev"},
                  **ann, **headers)


def alone(number):
    key = {"Idempotency-Key": f"late {number}"} if number % 2 else {}
    answers.append(start(f"late {number}", **key))


def impatient():
    """Asks again as soon as it was told, so that it gets before the others."""
    while len(answers) < 12:
        hasty.append(start("hasty").status)


def twin():
    """Asks until one of the two was told 409."""
    while 409 not in [a.status for a in twins]:
        twins.append(start("twin", **{"Idempotency-Key": "twin"}))


with open(gh.db + "-lock", encoding="ascii") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    threads = [threading.Thread(target=alone, args=(n,)) for n in range(12)]
    threads += [threading.Thread(target=twin) for _ in range(2)]
    pushers = [threading.Thread(target=impatient) for _ in range(2)]
    for thread in threads + pushers:
        thread.start()
    is_([gh.ask("GET", "me", **who).status for who in (bob, cy, bob, cy)],
        [200] * 4, "who reads is answered, though the use of no token is noted")
    is_(answers, [], "before anybody else is")
    wait_for("all others are told", lambda: len(answers) == 12 and
             409 in [a.status for a in twins], 120)
    is_({(a.status, a.code, a.message, a.headers["Retry-After"])
         for a in answers},
        {(503, "service_unavailable", "the database is busy", "1")},
        "all who would write are told so, and when to come back")
    for thread in pushers:
        thread.join()
    is_(set(hasty), {503}, "so are those who ask again and again")
    told = [a for a in twins if a.status == 409][0]
    is_((told.code, told.message, told.headers["Retry-After"]),
        ("conflict",
         "Idempotency-Key: the first request with it is still at work", "1"),
        "409 while the first with the key is in flight")
for thread in threads:
    thread.join()


def later():
    """As who was told so asks again; others may be busy for a moment."""
    answer = start("twin", **{"Idempotency-Key": "twin"})
    return answer if answer.status != 503 else None


answer = wait_for("the database is free", later)
is_(answer.status, 201, "the key was not burnt")
is_(start("twin", **{"Idempotency-Key": "twin"}).text, answer.text,
    "and has one answer")
is_(gh.sql("SELECT query, count(*) FROM session GROUP BY query"),
    [("twin", 1)], "nothing that was refused is done afterwards")
wait_for("the use of a token is noted", lambda: gh.ask(
    "GET", "me", **bob).status == 200 and gh.sql(
    "SELECT count(*) FROM token WHERE person = 'bob' AND used_at > 0")
    == [(1,)])
ok(True, "later it is")
gh.sound()
done()
