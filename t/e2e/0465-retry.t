#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# A session that failed is taken up where it failed: 33, 165 to 175.
import http.client
import json
import os
import socket
import sys
import threading
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, ok, wait_for
from ollama import Ollama, call, last, line

END = [line("## Response\nAll is said.\n## Confidence\n0.9 — seen\n"
            "## Signal\nnone\n"), last()]
PLAIN = [line(calls=[call("box__plain", "{}")]), last()]
BUSY = (503, '{"error":"server busy"}')
DOWN = [BUSY] * 3
os.environ["no_proxy"] = "*"
LEFT = [f"[left {n}]" for n in range(8)]
KILLED = [f"[killed {n}]" for n in range(4)]

server = Ollama()
for query in ("[runs]", "[at once]", "[key]", *LEFT):
    server.say(query, PLAIN, *DOWN, END)
for query in KILLED:
    server.say(query, PLAIN, *DOWN, [line("#"), 1, last()], END)
server.say("[always]", BUSY)
server.say("[asks]", *DOWN, PLAIN, END)
server.say("[stays]", [60, last()])
server.say("[401]", (401, '{"error":"who?"}'))
server.say("[none]", [line("no envelope"), last()])


def application(name, url, policy="", cap=1000):
    app = App("turns", None, name=name, edits={
        "{kind: script, file: script.yaml}":
            f'{{kind: ollama, base_url: "{url}", breaker_failures: 0}}',
        "scripted: {provider: script, model: script}":
            "scripted: {provider: script, model: base}",
        "  entry_agent: door": "  entry_agent: worker" + policy,
        "max_concurrent_sessions: 1000": f"max_concurrent_sessions: {cap}"})
    return app


closed = socket.socket()
closed.bind(("127.0.0.1", 0))   # and nobody listens
gh = System().start(application("turns", server.url))
gh.load(application("nobody", "http://127.0.0.1:%d"
                    % closed.getsockname()[1]))
gh.load(application("never", server.url,
                    "\n  retry_policy: {max_retries: 0}"))
gh.load(application("off", server.url,
                    "\n  retry_policy: {retry_on_transient: false}"))
gh.load(application("small", server.url, cap=1))
gh.load(application("asks", server.url,
                    cap="1000\n  gateway: {policy: {box:plain: high}}"))
started = {(q, app): gh.session(q, app=app) for q, app in (
    [(q, "turns") for q in ("[runs]", "[at once]", "[key]", "[401]",
                            "[none]", *LEFT, *KILLED)]
    + [("[always]", app) for app in ("nobody", "never", "off", "small")]
    + [("[asks]", "asks")])}
for sid in started.values():
    gh.wait(sid, "error")


def preview(sid):
    return gh.get(f"sessions/{sid}/retry/preview")


def retry(sid, **headers):
    return gh.ask("POST", f"sessions/{sid}/retry", **headers)


# ---- 165, 166, 171, 175: who may be retried

NUMBER = {"never": "166", "nobody": "175"}      # statements of their own
for (query, app), reason in {
        ("[runs]", "turns"): "auto_retry", ("[401]", "turns"):
        "permanent_error", ("[none]", "turns"): "permanent_error",
        ("[always]", "nobody"): "auto_retry",
        ("[always]", "never"): "max_retries_exceeded",
        ("[always]", "off"): "transient_disabled"}.items():
    sid = started[query, app]
    said = preview(sid)
    is_((said["retry"], said["reason"]), (reason == "auto_retry", reason),
        f"{NUMBER.get(app, '165')} {query} {app}: {reason}")
    if reason != "auto_retry":
        before = gh.row(sid)
        answer = retry(sid)
        is_((answer.status, answer.message), (409, reason),
            f"171 {query} {app}: refused")
        is_(gh.row(sid), before, f"171 {query} {app}: nothing has changed")
is_(gh.ask("GET", "sessions/TURN-20200101-001/retry/preview").body,
    {"retry": False, "reason": "permanent_error"}, "a session that is none")
is_(gh.ask("GET", "sessions/x/retry/preview").status, 404,
    "33 a name that is none")

# ---- 167, 174: it goes on where it failed

sid = started["[runs]", "turns"]
before = gh.row(sid)
like(before["extra_fields"]["failure"], "busy", "it says why it failed")
said = preview(sid)
is_((said["agent"], said["step"], said["reused"], said["asked_first"]),
    ("worker", "model", {"turns": 0, "replies": 1, "tool_calls": ["0"]}, []),
    "the preview tells what is reused")
is_(gh.row(sid), before, "and changes nothing")
asked = len(server.asked("[runs]"))
answer = retry(sid, Accept="text/event-stream")
frames = [json.loads(part[6:]) for part in answer.text.split("\n\n") if part]
is_([(f["event"], f["incident_id"]) for f in frames],
    [("retry_started", sid), ("retry_completed", sid)], "167 two frames")
is_((answer.headers["Content-Type"], frames[0]["retry_count"]),
    ("text/event-stream; charset=utf-8", 1), "167 as a stream")
row = gh.wait(sid, "needs_review")
is_((row["extra_fields"]["retry_count"], row["extra_fields"].get("failure"),
     row["extra_fields"]["active_thread_id"]),
    (1, None, sid + ":retry-1"), "167, 168 counted, the failure is gone")
is_([(r["agent"], r["outcome"]) for r in row["agents_run"]],
    [("worker", "ok"), ("plain", "ok")], "167 and so is the failed turn")
is_(len(gh.ran("plain", sid)), 1, "its tool ran once")
is_([[m["role"] for m in request["messages"]][1:] for request in
     server.asked("[runs]")[asked:]],
    [["user", "assistant", "tool"], ["user"]],
    "174 the first agent goes on, with all that was there before")
is_([(e["payload"]["from"], e["payload"]["to"], e["payload"]["cause"])
     for e in gh.events(sid, "status_changed")][1:3],
    [("in_progress", "error", "agent_failed"),
     ("error", "in_progress", "retry")], "146 the audit log has both")
like(gh.events(sid, "agent_failed")[0]["payload"]["summary"], "busy",
     "and why")
answer = retry(sid)
is_((answer.status, answer.message),
    (409, "not in error state (status=needs_review)"), "170 no error: 409")
answer = retry(sid, Accept="text/event-stream")
like(answer.text, '"retry_rejected".*"not in error state', "170 as a stream")

# ---- 172: it comes to a gate

sid = started["[asks]", "asks"]
is_(retry(sid).status, 200, "172 a retry")
gh.wait(sid, "awaiting_input")
is_([g["tool"] for g in gh.gates(sid)], ["box:plain"], "172 waits at its gate")
gh.decide(sid, "approve")
gh.wait(sid, "needs_review")
is_(len(gh.ran("plain", sid)), 1, "172 and goes on from there")

# ---- 169: at once, and with a key

sid, answers = started["[at once]", "turns"], []
threads = [threading.Thread(target=lambda: answers.append(retry(sid)))
           for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
is_(sorted(a.status for a in answers), [200] + [409] * 7, "169 one of eight")
is_({a.message for a in answers if a.status == 409} - {
    "retry already in progress", "not in error state (status=needs_review)"},
    set(), "169 the others are told")
gh.wait(sid, "needs_review")
sid = started["[key]", "turns"]
answers = [retry(sid, **{"Idempotency-Key": "k"}) for _ in range(2)]
is_([a.status for a in answers], [200, 200], "with a key, twice")
is_(answers[0].text, answers[1].text, "one answer")
is_(gh.wait(sid, "needs_review")["extra_fields"]["retry_count"], 1,
    "and one retry")

# ---- 173: the client goes away at once


def leave(path, accept="*/*"):
    link = socket.create_connection(("127.0.0.1", gh.port))
    link.sendall(f"POST /api/v1/{path} HTTP/1.1\r\nHost: h\r\nAccept: {accept}"
                 "\r\nContent-Length: 0\r\n\r\n".encode())
    link.close()


for number, query in enumerate(LEFT):
    leave(f"sessions/{started[query, 'turns']}/retry",
          "text/event-stream" if number % 2 else "application/json")
for query in LEFT:
    sid = started[query, "turns"]
    wait_for("it was retried", lambda: gh.row(sid)["status"] != "error")
    gh.wait(sid, "needs_review")
is_([len(gh.ran("plain", started[q, "turns"])) for q in LEFT], [1] * 8,
    "173 nobody waits for the answer, and it goes on")

# ---- kill -9 in a retry

def surely(sid, key):
    """A retry whose answer may be lost, as a client would send it."""
    def answered():
        try:
            return retry(sid, **{"Idempotency-Key": key}).status == 200
        except (OSError, http.client.HTTPException):
            return False

    wait_for("it is retried", answered)


for number, query in enumerate(KILLED):
    sid = started[query, "turns"]
    thread = threading.Thread(target=surely, args=(sid, query))
    thread.start()
    time.sleep(0.1 * number)        # anywhere in what follows
    gh.kill("gatehouse-runner", "gatehouse-fcgi")
    thread.join()
for query in KILLED:
    gh.wait(started[query, "turns"], "needs_review")
is_([len(gh.ran("plain", started[q, "turns"])) for q in KILLED], [1] * 4,
    "what had run did not run again")

# ---- as many run as may

first = started["[always]", "small"]
second = gh.session("[stays]", app="small")
answer = retry(first, Accept="text/event-stream")
is_((answer.status, answer.code, answer.headers["Retry-After"]),
    (429, "rate_limited", "1"), "one too many")
is_(gh.row(first)["status"], "error", "and nothing has changed")
gh.ask("DELETE", f"sessions/{second}")
is_(retry(first).status, 200, "there is room again")

# ---- the command

sid = started["[always]", "nobody"]
is_(json.loads(gh.cli("--json", "retry", sid, "--preview")), preview(sid),
    "gatehouse retry --preview says the same")
gh.sound()
done()
