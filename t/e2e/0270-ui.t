#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# What a page asks for at its start, and what sessions were called once:
# 41 to 45, 216.
import json
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like

UI = """
ui:
  brand_name: The "Desk"
  brand_logo_url: /logo.svg
  approval_rationale_templates: ["{tool} fits"]
  hitl_question_templates: {"box:high": "{agent} asks: {n}?"}
  app_views:
    - {id: runs, title: Runs, applies_to: "agent:worker", url: /runs}

llm:
"""
plain = App("gates", {"ends.": [[("desk:close", {})]]})
gh = System().start(plain)
is_(gh.get("config/ui-hints"),
    {"brand_name": "", "brand_logo_url": None,
     "approval_rationale_templates": [], "hitl_question_templates": {},
     "environments": ["dev", "staging", "production"]}, "41 defaults")
is_(gh.get("apps/gates/ui-views"), [], "42 no views")
plain.edit("\nllm:\n", UI)
gh.load(plain)
is_(gh.get("config/ui-hints"),
    {"brand_name": 'The "Desk"', "brand_logo_url": "/logo.svg",
     "approval_rationale_templates": ["{tool} fits"],
     "hitl_question_templates": {"box:high": "{agent} asks: {n}?"},
     "environments": ["dev", "staging", "production"]},
    "41 configured values come back as they are")
for name in ("gates", "runtime"):
    is_(gh.get(f"apps/{name}/ui-views"),
        [{"id": "runs", "title": "Runs", "applies_to": "agent:worker",
          "url": "/runs"}], f"42 views, of {name}")

# ---- redirects

for method, old, new in (
        ("GET", "/incidents", "/api/v1/sessions"),
        ("POST", "/incidents", "/api/v1/sessions"),
        ("GET", "/incidents/A-1", "/api/v1/sessions/A-1"),
        ("PUT", "/incidents/A-1", "/api/v1/sessions/A-1"),
        ("DELETE", "/incidents/A-1", "/api/v1/sessions/A-1"),
        ("POST", "/incidents/A-1/resume", "/api/v1/sessions/A-1/resume"),
        ("POST", "/investigate", "/api/v1/investigate"),
        ("POST", "/investigate/stream", "/api/v1/investigate/stream")):
    answer = gh.ask(method, old)
    is_((answer.status, answer.headers["Location"]), (308, new),
        f"43 {method} {old}")
is_(gh.ask("GET", "/incidents?status=any&q=a%20b").headers["Location"],
    "/api/v1/sessions?status=any&q=a%20b", "44 with the query string")
is_(gh.ask("GET", "/incidents/a%0d%0aX-Evil:%201").headers["Location"],
    "/api/v1/sessions/a%0d%0aX-Evil:%201", "what is encoded stays so")
for path in ("/incidentsA", "/investigated", "/%69ncidents"):
    answer = gh.ask("GET", path)
    is_((answer.status, answer.code), (404, "not_found"), f"404: {path}")
body = {"query": "ends.", "environment": "dev"}
answer = gh.post("/investigate", body)
answer = gh.post(answer.headers["Location"], body)
is_((answer.status, list(answer.body)), (200, ["incident_id"]),
    "43 and 45 followed with its body")

# ---- incidents

sid = answer.body["incident_id"]
row = gh.wait(sid, "resolved")
is_(row["extra_fields"]["reporter"], {"id": "user-mock", "team": "platform"},
    "45 the reporter unless named")
answer = gh.post("investigate", {**body, "reporter_id": "ann"})
other = answer.body["incident_id"]
is_(gh.wait(other, "resolved")["extra_fields"]["reporter"],
    {"id": "ann", "team": "platform"}, "45 the reporter that is named")
answer = gh.post("investigate/stream", body)
frames = [json.loads(part[6:]) for part in answer.text.split("\n\n")[:-1]]
like(answer.headers["Content-Type"], "^text/event-stream", "a stream")
is_([f["event"] for f in frames],
    ["investigation_started", "investigation_completed"], "from its start on")
third = frames[0]["incident_id"]
gh.wait(third, "resolved")
is_([r["id"] for r in gh.get("incidents?limit=2")], [third, other],
    "incidents are the recent sessions")
is_(gh.get(f"incidents/{sid}")["id"], sid, "one of them")
answer = gh.ask("DELETE", f"incidents/{sid}")
is_((answer.status, answer.body["deleted_at"] is None), (200, False),
    "is deleted")
is_([r["id"] for r in gh.get("incidents")], [third, other], "and not listed")
for method in ("GET", "DELETE"):
    is_(gh.ask(method, "incidents/GATE-20200101-001").status, 404,
        f"{method} an unknown one")

is_(gh.get(f"sessions/{other}/lessons"), [], "216 no lessons")
is_(gh.get("sessions/x/lessons"), [], "216 and none of no session")
gh.sound()
done()
