#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Idempotency-Key: what is sent again is done once, whatever crashes; what of
# 206 to 209 is about keys.
import http.client
import sys
import threading
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, ok, reply, wait_for

gh = System().start(App("gates"), auth=True)
gh.load(App("gates", {"[slow]": [reply(delay=600)]}, name="one_only", edits={
    "max_concurrent_sessions: 1000": "max_concurrent_sessions: 1"}))
ann, bob = (gh.token(name, "operator viewer") for name in ("ann", "bob"))
KEY = "Idempotency-Key"


def start(key, query="q", who=ann, app="gates"):
    """One POST; (status, body)."""
    answer = gh.ask("POST", "sessions", {"query": query, "environment": "dev",
                                         "app": app}, **{**who, KEY: key})
    return answer.status, answer.body


def surely(key, query):
    """The same until there is an answer of ours, as a client would."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            answer = start(key, query)
            if answer[0] == 201:
                return answer
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.01)
    return None


def sessions(query):
    return gh.sql("SELECT count(*) FROM session WHERE query = ?", query)[0][0]


first = start("one")
is_(first[0], 201, "a session")
is_(start("one"), first, "206 again: the same answer")
is_(sessions("q"), 1, "206 and no other session")
is_(start("one", "other")[0], 422, "another body: 422")
is_(start("x" * 256)[0], 422, "256 characters: 422")
is_(start("one", "q", bob)[0], 201,
    "209 another person's key is another key")
is_(sessions("q"), 2, "with a session of its own")
is_(gh.ask("POST", "sessions", {}, **ann, **{KEY: "two"}).status, 422,
    "what is refused")
is_(start("two", "two")[0], 201, "burns no key")
running = start("slow", "[slow]", app="one_only")[1]["session_id"]
is_(start("full", "full", app="one_only")[0], 429, "208 no room for it")
is_(start("full", "full", app="one_only")[0], 429, "208 nor is there now")
is_(sessions("full"), 0, "208 no session")
is_(gh.ask("DELETE", f"sessions/{running}", **ann).status, 204,
    "208 there is room again")
is_(start("full", "full", app="one_only")[0], 201, "208 the key was not burnt")

# ---- at once

answers = []
threads = [threading.Thread(target=lambda: answers.append(
    start("many", "many"))) for _ in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
is_((len(answers), len({str(a) for a in answers}), answers[0][0]),
    (10, 1, 201), "207 ten at once: one answer")
is_(sessions("many"), 1, "207 and one session")

# ---- kill -9 in between, and the clients ask again

CLIENTS, KILLS = 6, 5
got = {}
over = threading.Event()


def client(number):
    turn = 0
    while not over.is_set():
        name = f"kill {number} {turn}"
        got[name] = surely(name, name)
        turn += 1


threads = [threading.Thread(target=client, args=(n,)) for n in range(CLIENTS)]
for thread in threads:
    thread.start()
for number in range(KILLS):
    wait_for("it has answered again",
             lambda: len(got) > 20 * (number + 1) and
             gh.pids("gatehouse-fcgi"))
    gh.kill("gatehouse-fcgi")
    time.sleep(0.3)         # a supervisor gives up what ends again at once
over.set()
for thread in threads:
    thread.join()
rows = gh.sql("SELECT query, count(*), min(id) FROM session "
              "WHERE query LIKE 'kill %' GROUP BY query")
is_((len(rows), {n for _, n, _ in rows}), (len(got), {1}),
    "each was started once")
is_([q for q, _, sid in rows if got[q] != (201, {"session_id": sid})], [],
    "and each client knows its own")

# ---- restart

wait_for("it is back", lambda: gh.pids("gatehouse-fcgi"))
gh.stop()
gh.start(auth=True)
is_(start("one"), first, "206 after a restart: the same answer")
gh.sound()
done()
