#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The description of the API is one, and true: every operation of it is driven
# through nginx, with every answer that it may give, and each answer and each
# request that was taken is held against it.
import fcntl
import json
import os
import re
import sqlite3
import sys
import threading
sys.path.insert(0, sys.path[0] + "/../helper")
import jsonschema
from gatehouse import App, TOP, done, is_, ok, reply, say, wait_for
from live import Stream, WebSocket
from openapi import Described

UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket",
           "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
# A machine's own troubles: 0201-http-limits.t, t/fault/.
TROUBLE = {"500", "503", "default"}

os.environ["SERVE_TOKEN"] = "none"
gates = App("gates", {
    "two.": [[("box:high", {"n": 1}), ("box:high", {"n": 2})], say("done")],
    "one.": [[("box:high", {"n": 1})], [("desk:close", {})]],
    "ends.": [[("desk:close", {})]],
    "fails.": [reply(error="no such model")],
    "talks.": [say("Word by word. " * 20, delay=3)],
})
gates.edit("environments: [dev", """ui:
  brand_name: Gates
  app_views: [{id: wiki, title: Wiki, applies_to: always, url: "http://w/"}]
environments: [dev""")
unsure = App("unsure", {("unsure.", "asker"): [say("Perhaps.", 0.4)]})
spent = App("gates", {"spends.": [reply(
    [("ops:look", {})], usage={"input_tokens": 9, "output_tokens": 1})] * 2},
    name="spent", edits={"  max_concurrent_sessions: 1000\n":
                         "  max_concurrent_sessions: 1\n"
                         "  budget: {tokens: 10}\n"})
gh = Described().start(gates, auth=True)
gh.load(unsure)
gh.load(App("remote"))
gh.load(spent)
gh.load(App("gates", {"one.": [[("box:high", {"n": 1})], say("done")]},
            name="both", edits={"  gateway:\n": "  gateway:\n    quorum: 2\n"}))
root = gh.token("root", "admin")
gh.headers = root
operations = {o["operationId"]: (method, path, o)
              for method, path, o in gh.operations()}


# ---- it is a description

with open(TOP + "/t/helper/openapi-3.1.json") as file:
    official = json.load(file)
faults = [f"{e.json_path}: {e.message:.200}" for e in
          jsonschema.Draft202012Validator(official).iter_errors(gh.document)]
is_(faults, [], "it is one by the rules of OpenAPI 3.1")
schemas = gh.document["components"]["schemas"]
for name, schema in schemas.items():
    jsonschema.Draft202012Validator.check_schema(schema)


def parts(value, where):
    """Every object of the document, and where it stands."""
    if isinstance(value, dict):
        yield where, value
    pairs = value.items() if isinstance(value, dict) else \
        enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from parts(inner, f"{where}.{key}")


named = [part["$ref"] for _, part in parts(gh.document, "") if "$ref" in part]
ok(named and all(gh.resolve({"$ref": name}) is not None for name in named),
   f"{len(named)} names lead somewhere")
unused = [f"{section}/{name}" for section in gh.document["components"]
          if section != "securitySchemes"
          for name in gh.document["components"][section]
          if f"#/components/{section}/{name}" not in named and
          not any(n.startswith(f"#/components/{section}/{name}/")
                  for n in named)]
is_(unused, [], "nothing of it is left over")

# What a body may have is open: unknown members are ignored.
bodies = {o["requestBody"]["content"]["application/json"]["schema"]["$ref"]
          .split("/")[-1] for _, _, o in operations.values()
          if "requestBody" in o}
loose = [where for name, schema in schemas.items() if name not in bodies
         for where, part in parts(schema, name)
         if part.get("type") == "object" and "properties" in part and
         where not in ("SessionMembers", "EventPayload") and
         "additionalProperties" not in part and
         "unevaluatedProperties" not in part]
is_(loose, [], "each answer says whether it may have other members")

with open(TOP + "/fcgi/routes.def") as file:
    rows = re.findall(r"^(?:ROUTE|LISTEN)\(", file.read(), re.M)
is_(len(operations), len(rows), "each row of the table is an operation")
for path in {p for _, p, o in operations.values()
             if "101" not in o["responses"]}:
    path = re.sub("{.*?}", "x", path)
    methods = {m for m in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
               if gh.find(m, path)}
    is_(set(gh.ask("OPTIONS", path).headers["Allow"].split(", ")),
        methods | {"OPTIONS"}, f"the methods of {path}")

# ---- definitions, people, the service


def twice(path):
    """With what one has: 304."""
    tag = gh.ask("GET", path).headers["ETag"]
    is_(gh.ask("GET", path, **{"If-None-Match": tag}).status, 304,
        f"{path}: not twice")


for path in ("/health", "/ready", "/metrics", "/metrics/stream"):
    gh.ask("GET", path)
twice("openapi.json")
wait_for("the server of tools is there", lambda: "available" in
         [s["state"] for s in gh.get("tool-servers")])
for path in ("agents", "tools", "environments", "config/ui-hints",
             "config/ui-hints?app=gates", "apps/gates/ui-views", "me"):
    gh.get(path)
login = gh.ask("POST", "login", {"token": root["Authorization"][7:]})
cookie = {"Cookie": login.headers["Set-Cookie"].split(";")[0]}
gh.headers = {}
is_(gh.ask("GET", "me", **cookie).body["via"], "login", "signed in")
gh.ask("GET", "me", **gh.token("bob", "viewer,approver@gates"))
gh.ask("POST", "logout", **cookie)
is_(gh.ask("POST", "logout", **cookie, **{"X-Gatehouse-CSRF": "1"}).status,
    204, "signed out")
gh.headers = root
gh.as_described("who asks, and what is loaded")

# ---- sessions


def paused(query, **more):
    sid = gh.session(query, **more)
    gh.wait(sid, "awaiting_input")
    return sid


two, one, other, doubt, doubt_too, over = (
    paused("two.", app="gates"), paused("one.", app="gates"),
    paused("one.", app="gates"), paused("unsure.", app="unsure"),
    paused("unsure.", app="unsure"), paused("spends.", app="spent"))
ended = gh.run("ends.", "resolved", app="gates")["id"]
gh.run("fails.", "error", app="gates")
for query in ("", "?status=any&limit=2&total=true", "?q=two&total=true",
              "?app=gates&status=any&environment=dev&submitter=root&"
              "agent=worker&created_after=1h&created_before=0s&sort=created",
              "?sort=waiting&waiting=0s&limit=1", f"?parent={two}"):
    cursor = gh.ask("GET", "sessions" + query).headers["X-Next-Cursor"]
    if cursor is not None:
        gh.get(f"sessions{query}&cursor={cursor}")
for path in ("sessions/recent", "sessions/recent?limit=2", "incidents",
             f"sessions/{two}/lessons", f"incidents/{ended}"):
    gh.get(path)
for sid in (two, doubt, over, ended):
    for path in ("", "/full"):
        twice(f"sessions/{sid}{path}")
    twice(f"incidents/{sid}")
    for path in ("events", "messages"):
        for query in ("", "?since=1&limit=3", "?before=999999&limit=3"):
            gh.get(f"sessions/{sid}/{path}{query}")
gh.post("investigate", {"query": "ends.", "environment": "dev",
                        "app": "gates", "reporter_id": "ann"})
gh.post("investigate/stream", {"query": "ends.", "environment": "dev",
                               "app": "gates", "reporter_team": "sre"})
gh.ask("POST", "sessions", {"query": "ends.", "environment": "dev",
       "app": "gates", "state_overrides": {"severity": "high"}},
       **{"Idempotency-Key": "once"})
for body, status in (({"extra_fields": {"ticket": "OPS-17"}}, 200),
                     ({"extra_fields": {}, "version": 999}, 409),
                     ({"deleted": True}, 409)):
    is_(gh.ask("PATCH", f"sessions/{two}", body).status, status,
        f"a session is changed: {status}")
for method, path in (("PATCH", f"sessions/{two}"),
                     ("DELETE", f"sessions/{two}"),
                     ("DELETE", f"incidents/{two}")):
    is_(gh.ask(method, path, {} if method == "PATCH" else None,
               **{"If-Match": '"x"'}).status, 412, f"{method} {path}: 412")
is_(gh.ask("DELETE", f"incidents/{two}").status, 409, "not while it runs")
is_(gh.ask("DELETE", f"incidents/{ended}").status, 200, "deleted")
is_(gh.ask("DELETE", f"sessions/{over}").status, 204, "stopped")
gh.as_described("sessions")

# ---- gates

gate, rest = [g["gate_id"] for g in gh.gates(two)]
twice(f"approvals/{gate}")
for query in ("", "?app=gates&kind=tool&tool=box:high&agent=worker&risk=high&"
              "environment=dev&assignee=none&deadline_before=30d&waiting=0s&"
              "sort=deadline&limit=1&total=true", "?total=true"):
    gh.get("approvals" + query)
for version, change, status in (
        (1, {"assignee": "ann", "deadline": "2d"}, 200),
        (1, {"deadline": "3d"}, 412), (2, {"assignee": None}, 200)):
    is_(gh.ask("PATCH", f"approvals/{gate}", change,
               **{"If-Match": f'"{version}"'}).status, status,
        f"a gate is changed: {status}")
for version, word, status in ((1, "approve", 412), (3, "approve", 200),
                              (3, "reject", 409)):
    is_(gh.ask("POST", f"sessions/{two}/approvals/{gate}",
               {"decision": word, "rationale": "seen"},
               **{"If-Match": f'"{version}"'}).status, status,
        f"a gate is decided: {status}")
is_(gh.ask("PATCH", f"approvals/{gate}", {"assignee": "bob"}).status, 409,
    "it is decided")
is_([o["status"] for o in gh.post("approvals", {"decisions": [
    {"gate_id": name, "decision": "reject", "version": 1}
    for name in (rest, gate, "g999")]}).body], [200, 409, 404],
    "three at once")
gh.decide(one, "edit", args={"n": 2})
gh.decide(other, "respond", user_input="use the blue one")
gh.wait(two, "needs_review")
gh.wait(other, "resolved")
for path, sid in ((f"sessions/{doubt}/resume", doubt),
                  (f"incidents/{doubt_too}/resume", doubt_too)):
    answer = {"decision": "resume_with_input", "user_input": "it is"}
    is_([gh.ask("POST", path, answer, **{"If-Match": '"9"'}).status,
         gh.post(path, answer).status, gh.post(path, answer).status],
        [412, 200, 409], f"{path}: an answer, once")
    sse = {"Accept": "text/event-stream"}
    is_(gh.ask("POST", path, answer, **sse).status, 200, "as a stream")
sid = paused("unsure.", app="unsure")
gh.ask("POST", f"sessions/{sid}/resume", {"decision": "stop"}, **sse)
sid = paused("one.", app="both")
is_(gh.decide(sid, "approve").body["open"], True, "one of two has voted")
for sid in (two, one, other, doubt):
    gh.get(f"sessions/{sid}/full")
    gh.get(f"sessions/{sid}/approvals")
gh.as_described("gates")

# ---- a duplicate, and what failed in passing

gh.kill("multiwatch", "gatehouse-runner")
sid = gh.session("ends.", app="gates")
failed = [gh.session("ends.", app="gates") for _ in range(2)]
db = sqlite3.connect(gh.db, timeout=30, isolation_level=None)
db.execute("UPDATE session SET parent_session_id = ? WHERE id = ?", (two, sid))
db.execute("INSERT INTO move (session_id, from_status, to_status, cause, "
           "actor, at) VALUES (?, 'new', 'duplicate', 'dedup', 'runner', 1)",
           (sid,))
db.executemany("INSERT INTO move (session_id, from_status, to_status, cause, "
               "actor, transient, at) VALUES (?, 'new', 'error', "
               "'agent_failed', 'runner', 1, 1)", [(s,) for s in failed])
db.close()
gh.get(f"sessions?status=duplicate&parent={two}")
is_([gh.post(f"sessions/{sid}/un-duplicate", {"note": "another"}).status,
     gh.post(f"sessions/{sid}/un-duplicate", None).status], [200, 409],
    "a duplicate is none")
for name in (failed[0], two, "X-20260101-001"):
    gh.get(f"sessions/{name}/retry/preview")
for name, headers, want in ((failed[0], {}, [200, 409]),
                            (failed[1], sse, [200, 200])):
    is_([gh.ask("POST", f"sessions/{name}/retry", **headers).status
         for _ in range(2)], want, "a retry, once")
gh.stop()
gh.start()
operations = {o["operationId"]: (m, p, o) for m, p, o in gh.operations()}

# ---- events as they happen

watch = Stream(gh, f"events?looking={rest}&partial=1&sessions={two}", **root)
gh.heard("followEvents", watch, watch.next(), watch.next())
every = Stream(gh, "events?partial=1&since=999999&looking=" + rest, **root)
notes = "presence", "runner"
gh.heard("followEvents", every, every.next(*notes), every.next(*notes))
recent = Stream(gh, "sessions/recent/events?since=1&kinds=session.created",
                **root)
gh.heard("followSessions", recent, recent.next(), recent.next())
whole = Stream(gh, f"sessions/{one}/events", last="1", **root)
gh.heard("listEvents", whole, whole.next())
talk = gh.session("talks.", app="gates")
gh.heard("followEvents", every, every.next("partial"))
socket = WebSocket(gh, f"ws/sessions/{talk}/events?since=0", **root)
gh.heard("followSocket", socket, socket.next(), socket.next())
gh.wait(talk, "needs_review")
told = {event["kind"] for sid in [ended] + [
    s["id"] for s in gh.get("sessions?status=any&limit=500")]
    for event in gh.events(sid)}
is_(told, set(schemas["Event"]["properties"]["kind"]["enum"]),
    "every kind of event was told")
gh.as_described("live events")

# ---- what every operation refuses


class Request:
    """One that an operation takes, as its description shows it."""

    def __init__(self, method, pattern, operation):
        self.method, self.pattern = method, pattern
        self.path = re.sub("{(gate|call)}", gate, pattern).replace(
            "{id}", two).replace("{app}", "gates")
        self.live = operation["tags"] == ["live"]
        self.headers = dict(UPGRADE) if "101" in operation["responses"] else {}
        self.source = "127.0.0.1"
        self.body = None
        if "requestBody" in operation:
            self.body = gh.resolve(operation["requestBody"]["content"][
                "application/json"]["schema"])["examples"][0]

    def status(self):
        return gh.ask(self.method, self.path, self.body, self.source,
                      **self.headers).status


def every_operation(status, spoil=lambda request: None):
    """All that may give this answer give it."""
    for name, row in operations.items():
        if str(status) in row[2]["responses"]:
            request = Request(*row)
            spoil(request)
            wait_for(f"{name} gives {status}",
                     lambda: request.status() == status)


def names_nothing(request):
    request.path = re.sub("{[a-z]+}", "x" * 64, request.pattern)


def is_large(request):
    request.headers["Content-Length"] = "2000000"


def is_no_json(request):
    request.body, request.headers["Content-Type"] = "x", "text/plain"


def is_malformed(request):
    if request.live:
        request.headers["Last-Event-ID"] = "x"
    else:
        request.path += "?%zz"


def guesses(request):
    request.source = "127.0.0.2"
    request.headers["Authorization"] = "Bearer ght_1_wrong"


every_operation(404, names_nothing)
every_operation(413, is_large)
every_operation(415, is_no_json)
every_operation(422, is_malformed)

# Two with one key, while nobody can write.
KEYED = [name for name, (_, _, o) in operations.items()
         if "Idempotency-Key" in str(o["parameters"]) and
         "409" not in gh.seen[name]]


def in_flight(name):
    request = Request(*operations[name])
    request.headers["Idempotency-Key"] = name
    while "409" not in gh.seen[name]:
        request.status()


with open(gh.db + "-lock", encoding="ascii") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    threads = [threading.Thread(target=in_flight, args=(name,))
               for name in KEYED * 2]
    for thread in threads:
        thread.start()
    wait_for(f"one of two is refused by each of {KEYED}", lambda: all(
        "409" in gh.seen[name] for name in KEYED), 120)
for thread in threads:
    thread.join()
gh.headers = {}
every_operation(401)
every_operation(429, guesses)
gh.stop()
gh.start(auth=False)
is_(gh.ask("POST", "login", {"token": "x"}).status, 409, "no signing in")
gh.get("me")
for name in ("fastcgi", "live"):
    path = f"{gh.data}/nginx/snippets/gatehouse-{name}.conf"
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(text.replace("$server_addr", "192.0.2.1"))
gh.kill("nginx", number=1)      # reads its configuration again
wait_for("the listener has another address",
         lambda: gh.ask("GET", "sessions").status == 403)
every_operation(403)
gh.as_described("what is refused")

missed = {name: sorted(set(o["responses"]) - TROUBLE -
                       gh.seen.get(name, set()))
          for name, (_, _, o) in operations.items()}
is_({name: codes for name, codes in missed.items() if codes}, {},
    f"{len(operations)} operations gave every answer that they have")
gh.stop()
done()
