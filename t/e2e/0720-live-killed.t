#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# 200 listeners come and go while kill -9 hits writers, runner, stream and
# nginx: what each has received is what the table says, no event missing,
# none twice, none that was not committed.
import datetime
import json
import random
import sys
import threading
import time
from http.client import HTTPException
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import DEADLINE, App, System, diag, done, is_, ok, say, wait_for
from live import Closed, Stream, WebSocket

SEED = random.randrange(1 << 30)
diag(f"seed {SEED}")
chance = random.Random(SEED)
gh = System().start(App("gates", {
    "work.": [[("box:low", {"n": n}) for n in range(4)]] * 3 + [say()],
    "gate.": [[("box:high", {"n": 1})], say()],
}))
first = [gh.session("gate.") for _ in range(5)]
over = threading.Event()


def mark(event):
    """What is remembered of an event: all of it, briefly.

    A seq that was told before its commit would be given again after a crash,
    to another event.
    """
    return event["seq"], hash(json.dumps(event))


class Listener(threading.Thread):
    """Remembers each event that it gets, and where to go on."""

    def __init__(self, number):
        super().__init__(daemon=True)
        self.chance = random.Random(SEED + number)
        self.sid = first[number % 5] if number % 4 else None
        self.web = number % 4 == 3
        self.heard = []
        self.cut = 0
        self.goal = None

    def open(self):
        since = self.heard[-1][0] if self.heard else 0
        if self.web:
            return WebSocket(gh, f"ws/sessions/{self.sid}/events?since={since}")
        path = f"sessions/{self.sid}/events" if self.sid else "events"
        if self.chance.random() < 0.5:
            return Stream(gh, path, last=since)
        return Stream(gh, f"{path}?since={since}")

    def listen(self):
        link = self.open()
        link.wait(2)
        try:
            for _ in range(self.chance.randrange(1, 60)):
                if link.status not in (101, 200) or self.enough():
                    return
                self.heard.append(mark(link.next()))
        finally:
            self.cut += link.ended
            link.close()

    def enough(self):
        return self.goal and self.heard and self.heard[-1][0] >= self.goal

    def run(self):
        while not self.enough():
            try:
                self.listen()
            except (Closed, OSError):
                time.sleep(0.05)


listeners = [Listener(n) for n in range(200)]
for listener in listeners:
    listener.start()

# ---- work, and murder

sids = []


def work():
    while not over.is_set():
        try:
            answer = gh.post("sessions", {
                "query": "work.", "environment": "dev",
                "submitter": {"id": "t"}})
            if answer.status == 201:
                sids.append(answer.body["session_id"])
        except (OSError, HTTPException):
            pass
        time.sleep(0.05)


def decide():
    for sid in first:
        while not over.is_set():
            try:
                if gh.decide(sid, "approve").status == 200:
                    break
            except (OSError, HTTPException, LookupError, TypeError):
                pass
            time.sleep(0.1)


workers = [threading.Thread(target=work), threading.Thread(target=decide)]
for worker in workers:
    worker.start()
programs = ["gatehouse-stream", "gatehouse-fcgi", "gatehouse-runner", "nginx"]
for program in chance.sample(programs * 6, 24):
    time.sleep(chance.uniform(0.1, 0.3))
    if program == "nginx":
        gh.kill_nginx()
    else:
        gh.kill(program)
wait_for("30 sessions", lambda: len(sids) >= 30)
over.set()
for worker in workers:
    worker.join()
gh.crash()
gh.start()


def answer_all():
    """Whatever the kills have left in doubt, too; True when all is over."""
    waiting = [s for s in first + sids
               if gh.row(s)["status"] != "needs_review"]
    for sid in waiting:
        for gate in gh.gates(sid):
            gh.decide(sid, "done" if gate["kind"] == "in_doubt"
                      else "approve", gate["gate_id"])
    return not waiting


wait_for("all sessions are over", answer_all, 2 * DEADLINE)

# ---- what everybody has heard

def row(seq, sid, kind, payload, ts):
    at = datetime.datetime.fromtimestamp(ts / 1000, datetime.timezone.utc)
    return mark({"seq": seq, "session_id": sid, "kind": kind,
                 "payload": json.loads(payload),
                 "ts": at.isoformat(timespec="microseconds")}), sid


table = [row(*r) for r in gh.sql(
    "SELECT seq, session_id, kind, payload, ts FROM event ORDER BY seq")]
wanted = {sid: [e for e, s in table if s == sid] for sid in first}
wanted[None] = [e for e, _ in table]
for listener in listeners:
    listener.goal = wanted[listener.sid][-1][0]
wait_for("everybody has heard all",
         lambda: not any(x.is_alive() for x in listeners), 2 * DEADLINE)
wrong = [x for x in listeners if x.heard != wanted[x.sid]]
is_(len(wrong), 0, "200 listeners: no gap, no repetition, nothing else")
for listener in wrong[:3]:
    diag(f"{listener.sid} {listener.web}: "
         f"{sorted(set(wanted[listener.sid]) ^ set(listener.heard))[:20]}")
ok(len(table) > 1000, f"of {len(table)} events")
cut = sum(x.cut for x in listeners)
ok(cut > 0, f"{cut} times amidst them")
gh.sound()
done()
