#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# GET /ready says whether to send requests here, GET /metrics what Prometheus
# is told; promtool finds nothing to complain about in it.
import re
import sqlite3
import sys
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, diag, done, is_, like, ok, say, wait_for
from live import Stream, WebSocket
from promtool import promtool

LOW, BAD = [("box:low", {})], [("box:fail", {})]
gh = System().start(App("gates", {
    "works.": [LOW, BAD, say(usage={"input_tokens": 70, "output_tokens": 8})],
    "waits.": [[("box:high", {"n": 1})], say()],
}), auth=True)
gh.headers = gh.token("ann", "admin")


def change(text):
    """Into the rows, past everybody."""
    with sqlite3.connect(gh.db, timeout=10) as db:
        db.execute(text)
    db.close()


def metrics(path="/metrics"):
    """{a line's name and labels: its value}"""
    answer = gh.ask("GET", path)
    if answer.status != 200:
        diag(answer.text)
    return {name: float(value) for name, value in
            re.findall(r"^([^# ][^ ]*) (\S+)$", answer.text, re.M)}


def sound(text, name):
    is_(promtool("check", "metrics", said=text), (0, ""),
        f"{name}: promtool has no complaint")


# ---- ready

answer = gh.ask("GET", "/ready", Authorization="")
is_((answer.status, answer.body), (200, {
    "status": "ready", "schema": "ok", "database": "ok", "runner": "ok",
    "disk": "ok"}), "all is well, and anybody may know")
ok(time.time() * 1000 - gh.sql("SELECT at FROM written")[0][0] < 30000,
   "since it was written")


def not_ready(name, why):
    answer = gh.ask("GET", "/ready")
    is_((answer.status, answer.code, answer.headers["Retry-After"]),
        (503, "service_unavailable", "1"), f"{name}: not ready")
    like(answer.message, f"^{name}: {why}", f"{name}: and says why")
    is_([k for k, v in answer.body["error"]["details"].items() if v != "ok"],
        [name], f"{name}: and nothing else")
    is_(gh.ask("GET", "/health").status, 200, f"{name}: but alive")


version = gh.sql("PRAGMA user_version")[0][0]
change(f"PRAGMA user_version = {version + 1}")
not_ready("schema", "is not of this program's version; run gatehouse init")
change(f"PRAGMA user_version = {version}")
is_(gh.ask("GET", "/ready").status, 200, "and is ready again")

# ---- metrics

done_sid = gh.run("works.", "awaiting_input")["id"]
gh.decide(done_sid, "approve")
gh.wait(done_sid, "needs_review")
gh.run("waits.", "awaiting_input")
gh.run("waits.", "awaiting_input")
gh.ask("GET", "/api/v1/nowhere")
gh.ask("GET", f"sessions/{done_sid}")
gh.ask("GET", "sessions/none")
answer = gh.ask("GET", "/metrics")
is_(answer.headers["Content-Type"],
    "text/plain; version=0.0.4; charset=utf-8", "the type of metrics")
sound(answer.text, "/metrics")
got = metrics()
GET = 'gatehouse_http_requests_total{method="GET",route='
is_(got[GET + '"/api/v1/sessions/{id}",code="404"}'], 1,
    "requests are counted by route and code")
is_(got['gatehouse_http_requests_total{method="POST",'
        'route="/api/v1/sessions",code="201"}'], 3, "and by method")
is_(got['gatehouse_http_requests_total{method="other",route="other",'
        'code="404"}'], 1, "a path that there is not has no name here")
SECONDS = 'gatehouse_http_request_seconds_%s{method="POST",' \
    'route="/api/v1/sessions"%s}'
is_((got[SECONDS % ("count", "")], got[SECONDS % ("bucket", ',le="+Inf"')]),
    (3, 3), "what took how long")
ok(0 < got[SECONDS % ("sum", "")] < 30, "in seconds")
for status, sessions in gh.sql(
        "SELECT status, count(*) FROM session GROUP BY status"):
    is_(got[f'gatehouse_sessions{{app="gates",status="{status}"}}'],
        sessions, f"sessions: {status}")
is_(got['gatehouse_sessions{app="gates",status="error"}'], 0,
    "or none, which is told, too")
is_(got['gatehouse_open_gates{kind="tool",age="0-5m"}'], 2, "open gates")
ok(0 < got["gatehouse_oldest_open_gate_seconds"] < 300, "the oldest")
is_(got["gatehouse_runner_lag_seconds"], 0, "nothing waits for the runner")
ok(time.time() - 30 < got['gatehouse_runner_seen_time_seconds'
                          '{runner="runner"}'] < time.time() + 1,
   "the runner was seen")
ok(got["gatehouse_database_bytes"] > 0 and got["gatehouse_wal_bytes"] > 0 and
   0 < got["gatehouse_disk_free_bytes"] <= got["gatehouse_disk_size_bytes"],
   "files and the disk")
RUNNER = '{runner="runner",'


def told():
    """The runner tells what it did with a sign of life, 5 s apart."""
    now = metrics()
    return now["gatehouse_model_calls_total" + RUNNER + 'outcome="ok"}'] >= \
        gh.sql("SELECT sum(role = 'assistant') FROM message")[0][0] and now


got = wait_for("the runner tells", told)
is_([got[f"gatehouse_{what}_total{RUNNER}{label}}}"] for what, label in (
    ("tool_calls", 'outcome="ok"'), ("tool_calls", 'outcome="failed"'),
    ("model_calls", 'outcome="ok"'), ("model_calls", 'outcome="failed"'),
    ("model_tokens", 'direction="input"'),
    ("model_tokens", 'direction="output"'))],
    [1, 1, *gh.sql("SELECT sum(role = 'assistant'), 0, sum(input_tokens), "
                   "sum(output_tokens) FROM message")[0]],
    "calls of tools and models, and tokens, are what the rows have")
ok(got[f'gatehouse_model_tokens_total{RUNNER}direction="input"}}'] >= 70,
   "as many tokens as the model said")

# ---- who listens

listeners = [Stream(gh, "events", **gh.headers),
             Stream(gh, "sessions/recent/events", **gh.headers),
             WebSocket(gh, f"ws/sessions/{done_sid}/events", **gh.headers)]
for stream in listeners[:2]:
    is_(stream.status, 200, "a listener")
LISTENERS = {'gatehouse_stream_listeners{transport="sse"}': 2,
             'gatehouse_stream_listeners{transport="websocket"}': 1}
is_(wait_for("they are counted", lambda: metrics("/metrics/stream") ==
             LISTENERS and LISTENERS), LISTENERS, "listeners are counted")
sound(gh.ask("GET", "/metrics/stream").text, "/metrics/stream")
for stream in listeners:
    stream.close()
wait_for("they are gone", lambda: not any(
    metrics("/metrics/stream").values()))

# ---- for viewers of everything

few = gh.token("bob", "approver@gates")
all_ = gh.token("eve", "viewer")
for path in ("/metrics", "/metrics/stream"):
    for who, status in (({"Authorization": ""}, 401), (few, 403),
                        (all_, 200)):
        is_(gh.ask("GET", path, **who).status, status, f"{path}: {status}")
    is_(gh.ask("POST", path, "{}").status, 405, f"{path}: only GET")
    is_(gh.ask("HEAD", path).text, "", f"{path}: HEAD")

# ---- without a runner

gh.kill("multiwatch", "gatehouse-runner")
change("UPDATE runner SET seen_at = seen_at - 20000")
not_ready("runner", "gave no sign of life for 15 s; start gatehouse-runner")
is_(re.findall("request_failed.*/ready", gh.log("fcgi")), [],
    "which the log does not repeat")
gh.session("works.")
wait_for("what is ready and not taken is late",
         lambda: metrics()["gatehouse_runner_lag_seconds"] > 0.05)
ok(True, "what is ready and not taken is late")
done()
