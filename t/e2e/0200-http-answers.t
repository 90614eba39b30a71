#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# What every answer has in common: 30 to 37, 39, 40; methods and paths.
import json
import os
import re
import subprocess
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, ok

gates = App("gates", {"one call.": [[("box:high", {"n": 1})]]})
gh = System().start(gates)


def refused(answer, status, code, name):
    """The envelope, and nothing beside it."""
    if not isinstance(answer.body, dict):
        return is_((answer.status, answer.text), (status, "JSON"), name)
    return is_((answer.status, answer.headers["Content-Type"],
                sorted(answer.body), sorted(answer.body["error"]),
                answer.code, type(answer.message),
                type(answer.body["error"]["details"])),
               (status, "application/json", ["error"],
                ["code", "details", "message"], code, str, dict), name)


# ---- 30, 31: what is always there

answer = gh.ask("GET", "/health")
is_((answer.status, answer.body), (200, {"status": "ok"}), "30 health")
for path in ("agents", "tools", "environments", "sessions",
             "sessions/recent", "approvals"):
    answer = gh.ask("GET", path)
    is_((answer.status, type(answer.body), answer.headers["Content-Type"]),
        (200, list, "application/json"), f"31 {path} is an array")

# ---- 32 to 34: what is not there

NOBODY = {"error": {"code": "not_found", "message": "session not found",
                    "details": {}}}
for sid in ("GATE-20200101-001", "nothing", "GATE-2020-1", "1", "a%20b",
            "%27%22", "recent2", "x" * 63):
    for rest in ("", "/full", "/approvals", "/events"):
        answer = gh.ask("GET", f"sessions/{sid}{rest}")
        is_((answer.status, answer.body), (404, NOBODY),
            f"32, 33 {sid}{rest}")
    answer = gh.ask("DELETE", f"sessions/{sid}")
    is_((answer.status, answer.body), (404, NOBODY), f"33 DELETE {sid}")
    answer = gh.post(f"sessions/{sid}/approvals/0",
                     {"decision": "approve", "approver": "a"})
    is_((answer.status, answer.body), (404, NOBODY), f"33 approve {sid}")
for path in ("nothing", "sessions/", "sessions/x/y", "sessions/x/full/",
             "sessions/" + "x" * 64, "/api", "/api/", "/api/v1",
             "/api/v2/sessions", "/nothing", "/index.html",
             "sessions/..%2f..%2f", "/api/v1/../v1/none"):
    for method in ("GET", "POST", "DELETE"):
        answer = gh.ask(method, path, "{}" if method == "POST" else None)
        refused(answer, 404, "not_found", f"34 {method} {path}")

# ---- wrong methods

sid = gh.run("one call.", "awaiting_input")["id"]
for method, path, allow in (
        ("PUT", "sessions", "GET, HEAD, POST, OPTIONS"),
        ("POST", "/health", "GET, HEAD, OPTIONS"),
        ("POST", f"sessions/{sid}", "GET, HEAD, PATCH, DELETE, OPTIONS"),
        ("DELETE", "approvals", "GET, HEAD, POST, OPTIONS"),
        ("GET", f"sessions/{sid}/resume", "POST, OPTIONS"),
        ("GET", f"sessions/{sid}/approvals/0", "POST, OPTIONS")):
    answer = gh.ask(method, path, "{}" if method in ("PUT", "POST") else None)
    refused(answer, 405, "http_error", f"{method} {path}")
    is_(answer.headers["Allow"], allow, f"{method} {path}: Allow")
answer = gh.ask("HEAD", f"sessions/{sid}/resume")
is_((answer.status, answer.text), (405, ""), "HEAD where there is no GET")

# ---- 35, 36: what a session needs

for body, fields in (
        ({}, {"query": "required", "environment": "required"}),
        ({"query": "q"}, {"environment": "required"}),
        ({"environment": "dev"}, {"query": "required"}),
        ({"query": 1, "environment": None},
         {"query": "must be a string", "environment": "required"})):
    answer = gh.post("sessions", body)
    refused(answer, 422, "unprocessable_entity", f"35 {json.dumps(body)}")
    is_(answer.body["error"]["details"], fields, "35 names its fields")
asked = {"query": "q", "environment": "dev"}
answer = gh.post("sessions", {**asked,
                              "state_overrides": {"environment": "staging"}})
refused(answer, 422, "conflicting_environment", "36 two environments")
is_(answer.body["error"]["details"],
    {"environment": "dev", "state_overrides_environment": "staging"},
    "36 both are told")
answer = gh.post("sessions", {**asked,
                              "state_overrides": {"environment": "dev"}})
is_(answer.status, 201, "36 the same one twice")

# ---- 39, 40: what is loaded

agents = gh.get("agents")
skills = sorted(d for d in os.listdir(gates.dir + "/skills") if d[0] != "_")
is_([a["name"] for a in agents], skills, "39 agents are the directories")
for agent in agents:
    ok(all(re.fullmatch(r"[a-z]+:\w+", t) for t in agent["tools"]),
       f"39 {agent['name']}: tools are <server>:<tool>")
    ok({"kind", "description", "model", "routes", "system_prompt_excerpt"}
       <= set(agent) and isinstance(agent["routes"], list),
       f"39 {agent['name']} says what it is")
tools = {t["name"]: t for t in gh.get("tools")}
bound = {t: [a["name"] for a in agents if t in a["tools"]] for t in tools}
is_({n: (t["server"], t["original_name"], t["transport"], t["category"],
         t["bound_agents"]) for n, t in tools.items()},
    {n: (*n.split(":"), "session" if n.startswith("desk:") else "command",
         "test", bound[n]) for n in tools},
    "40 tools say where they come from and who may use them")
is_((tools["box:high"]["risk"], tools["box:low"]["risk"]), ("high", "low"),
    "40 and how risky they are")
is_(gh.get("environments"), ["dev", "staging", "production"],
    "the environments are the application's")

# ---- 37: what goes wrong inside; sqlite3 takes something away

gh.ask("GET", f"sessions/{sid}")
subprocess.run(["sqlite3", "-cmd", ".timeout 10000", gh.db,
                "DROP VIEW session_object"], check=True)
for path in (f"sessions/{sid}", "sessions/recent", f"sessions/{sid}/full"):
    answer = gh.ask("GET", path)
    refused(answer, 500, "internal_error", f"37 {path}")
    is_((answer.message, answer.body["error"]["details"]),
        ("internal error", {}), "37 says nothing more")
like(gh.log("fcgi"), "request_failed.*request_id=[0-9a-f]{32}",
     "37 but the log does, by request id")
done()
