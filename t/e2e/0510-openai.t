#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The story of the incident application with a model server that others
# wrote, in the dialects of OpenAI and of Azure, and through its faults.
import json
import os
import re
import shutil
import sqlite3
import sys
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from aimock import Aimock
from gatehouse import (TOP, Listener, System, bail, diag, done, is_, like, ok, tmp)

KEY = "sk-e2e-never-seen"
os.environ["MODEL_KEY"] = KEY
os.environ["no_proxy"] = "*"
QUERY = "payments latency"


def safe(name):
    """As the model knows a tool."""
    return name.replace(":", "__")


def fixture(reply, prompts):
    """A reply of the script, as the other server wants it."""
    match = {"systemMessage": prompts[reply["agent"]].split("\n")[0]}
    if "query" in reply:
        match["userMessage"] = reply["query"]
    if "turn" in reply:
        match["turnIndex"] = reply["turn"] - 1
    if "after" in reply:
        match["toolResultContains"] = reply["after"]
    response = {"content": reply.get("content") or "That is noted."}
    if reply.get("tool_calls"):
        response["toolCalls"] = [
            {"id": f"call_{n}", "name": safe(c["name"]),
             "arguments": json.dumps(c.get("args", {}))}
            for n, c in enumerate(reply["tool_calls"])]
    if "usage" in reply:
        response["usage"] = {
            "prompt_tokens": reply["usage"]["input_tokens"],
            "completion_tokens": reply["usage"]["output_tokens"]}
    return {"match": match, "response": response}


def script():
    """The fixtures, from what is loaded of the scripted application."""
    gh = System()
    gh.cli("init")
    out = gh.cli("load", f"{TOP}/apps/incident")
    if gh.code != 0:
        bail(f"the application is not loaded: {out}")
    replies = json.loads(gh.sql("SELECT config -> '$.replies' FROM model")
                         [0][0])
    prompts = dict(gh.sql("SELECT name, prompt FROM agent"))
    return [fixture(r, prompts) for r in replies
            if r.get("query") in (None, QUERY)]


# Each in a session of its own, told by its query; first come first.
FAULTS = [
    {"match": {"userMessage": "trouble 429", "sequenceIndex": 0},
     "response": {"error": {"message": "slow down",
                            "type": "rate_limit_error",
                            "code": "rate_limit_exceeded"},
                  "status": 429, "retryAfter": 2}},
    {"match": {"userMessage": "trouble 500", "sequenceIndex": 0},
     "response": {"error": {"message": "boom", "type": "server_error"},
                  "status": 500}},
    {"match": {"userMessage": "trouble cut", "sequenceIndex": 0},
     "response": {"content": "x" * 200}, "latency": 20,
     "truncateAfterChunks": 3},
    {"match": {"userMessage": "trouble drop", "sequenceIndex": 0},
     "response": {"content": "x" * 200}, "disconnectAfterMs": 1,
     "latency": 20},
    {"match": {"userMessage": "trouble malformed", "sequenceIndex": 0},
     "response": {"content": "x"}, "chaos": {"malformedRate": 1}},
    {"match": {"userMessage": "trouble args", "sequenceIndex": 0},
     "response": {"toolCalls": [{
         "id": "c", "name": "observability__get_deploys",
         "arguments": '{"service": '}]}},
    {"match": {"userMessage": "trouble quota"},
     "response": {"error": {"message": "no money left",
                            "type": "insufficient_quota",
                            "code": "insufficient_quota"},
                  "status": 429, "retryAfter": 1}},
    {"match": {"userMessage": "trouble 401"},
     "response": {"error": {"message": "bad key " + KEY,
                            "type": "invalid_request_error",
                            "code": "invalid_api_key"}, "status": 401}},
    {"match": {"userMessage": "trouble filter"},
     "response": {"content": "x", "finishReason": "content_filter"}},
    {"match": {"userMessage": "trouble slow"}, "latency": 25,
     "response": {"content": "## Response\nSlow.\n## Confidence\n"
                  "0.9 — seen\n## Signal\nfailed\n"}},
]
# What each request of a whole story meets first, in turn.
STUMBLES = [
    {"response": {"error": {"message": "slow down", "type": "tokens",
                            "code": "rate_limit_exceeded"},
                  "status": 429, "retryAfter": 1}},
    {"response": {"error": {"message": "boom", "type": "server_error"},
                  "status": 500}},
    {"latency": 20, "truncateAfterChunks": 3},
    {"latency": 20, "disconnectAfterMs": 1},
    {"chaos": {"malformedRate": 1}},
]
FINE = {"match": {"userMessage": "trouble "},
        "response": {"content": "## Response\nFine.\n## Confidence\n"
                     "0.9 — seen\n## Signal\nfailed\n"}}


def stumbling(fixtures):
    """Each of them comes slowly, and only when it is asked for again."""
    for number, fixture in enumerate(fixtures):
        yield {**fixture, **STUMBLES[number % len(STUMBLES)],
               "match": {**fixture["match"], "sequenceIndex": 0}}
        yield {**fixture, "latency": 5}


def app(name, provider, model):
    """The incident application with another model."""
    to = f"{tmp}/{name}/incident"
    shutil.copytree(f"{TOP}/apps/incident", to)
    with open(to + "/config.yaml") as file:
        text = file.read()
    text, count = re.subn(
        r"(?s)providers:.*?\n\n", "providers:\n"
        f"    there: {{{provider}, api_key: \"${{MODEL_KEY}}\","
        " breaker_failures: 0}\n  models:\n"
        f"    scripted: {{provider: there, {model}}}\n\n", text, count=1)
    if count != 1:
        bail("config.yaml has no providers to replace")
    with open(to + "/config.yaml", "w") as file:
        file.write(text)
    return to


def calls(body):
    return [m for m in body["messages"] if m["role"] == "tool"]


def story(server, gh, dialect, path):
    sid = gh.session("payments latency is up since the last deploy")
    gh.wait(sid, "awaiting_input", seconds=90)
    is_(gh.gates(sid)[0]["tool"], "remediation:apply_fix",
        f"{dialect}: the risky call waits at its gate")
    is_(gh.decide(sid, "approve").status, 200, f"{dialect}: approved")
    row = gh.wait(sid, "resolved", seconds=90)
    is_(row["status"], "resolved", f"{dialect}: the story ends well")
    seen = server.requests()
    is_({r["path"] for r in seen}, {path}, f"{dialect}: the address")
    ok(all(r["body"]["stream"] for r in seen), f"{dialect}: streamed")
    ids = [m["tool_call_id"] for r in seen for m in calls(r["body"])]
    ok(ids and all(re.fullmatch(r"call_\d+", i) for i in ids),
       f"{dialect}: each result names its call")
    tokens = gh.sql("SELECT input_tokens, output_tokens FROM session"
                    " WHERE id = ?", sid)[0]
    ok(tokens[0] > 1000 and tokens[1] > 100, f"{dialect}: tokens are counted")
    gh.sound(f"{dialect}: gatehouse verify is silent")
    return sid


def listened(gh):
    """A reply in pieces of seven characters, heard as it comes."""
    ear = Listener(gh)
    sid = gh.session("trouble slow and heard")
    heard = []
    while not heard or heard[-1]["session"] != sid or "end" not in heard[-1]:
        heard.append(ear.next())
    text = "".join(p.get("text", "") for p in heard if p["session"] == sid)
    ok(len(heard) > 3 and heard[-1]["end"] == "complete",
       "its words are heard while they are said")
    gh.wait(sid, "needs_review", seconds=60)
    is_(text, gh.sql("SELECT content FROM message WHERE session_id = ?"
                     " AND role = 'assistant' ORDER BY id", sid)[0][0],
        "all of them, and no others")


def rough(server, gh, dialect, path):
    """The same, with a fault before each reply."""
    sid = story(server, gh, dialect, path)
    replies = gh.sql("SELECT sum(replies) FROM agent_run WHERE session_id = ?",
                     sid)[0][0]
    is_(len(server.requests()), 2 * replies,
        f"{dialect}: each request was made twice, none three times")
    calls = gh.sql("SELECT count(*), sum(attempt), sum(is_error)"
                   " FROM tool_call WHERE session_id = ?", sid)[0]
    ok(calls[0] == calls[1] and calls[2] == 0,
       f"{dialect}: and each call once")
    waits = re.findall(r'model_waits .* why="([^"]*)', gh.log("runner"))
    for why in ("status 429: slow down", "status 500: boom"):
        ok(any(why in w for w in waits), f"{dialect}: the log says {why}")


def faults(gh, dialect):
    sessions = {f["match"]["userMessage"]: gh.session(
        f["match"]["userMessage"]) for f in FAULTS}
    started = time.monotonic()
    for query in ("trouble 429", "trouble 500", "trouble cut",
                  "trouble drop", "trouble malformed", "trouble args",
                  "trouble slow"):
        row = gh.wait(sessions[query], "needs_review", "error", seconds=60)
        is_(row["status"], "needs_review",
            f"{dialect}: {query} and then an answer")
        if row["status"] == "error":
            diag(row["extra_fields"])
    ok(time.monotonic() - started > 1.5, f"{dialect}: after a while")
    is_(gh.sql("SELECT status, result FROM tool_call WHERE session_id = ?",
               sessions["trouble args"])[0][0], "refused",
        f"{dialect}: broken arguments run nothing")
    for query, why in (("trouble quota", "status 429: no money left$"),
                       ("trouble 401", r"status 401: bad key \*+$"),
                       ("trouble filter", "content filter")):
        row = gh.wait(sessions[query], "error", seconds=60)
        like(row["extra_fields"]["failure"], why,
             f"{dialect}: {query} is final")
    ok(KEY not in gh.log("runner"), f"{dialect}: the key is not in the log")


fixtures = script()
openai = Aimock(FAULTS + [FINE] + fixtures, chunkSize=7)
gh = System().start(app("openai",
                        f'kind: openai_compat, base_url: "{openai.url}/v1"',
                        "model: gpt-4o"))
story(openai, gh, "OpenAI", "/v1/chat/completions")
listened(gh)
faults(gh, "OpenAI")
gh.stop()

for version, path in (
        ("2024-10-21", "/openai/deployments/my-gpt/chat/completions"
         "?api-version=2024-10-21"),
        ("v1", "/openai/v1/chat/completions")):
    azure = Aimock(FAULTS + [FINE] + fixtures, chunkSize=11)
    gh = System().start(app(
        "azure-" + version, f'kind: azure_openai, endpoint: "{azure.url}", '
        f'api_version: "{version}"', "deployment: my-gpt"))
    story(azure, gh, f"Azure {version}", path)
    faults(gh, f"Azure {version}")
    gh.stop()

slow = Aimock(list(stumbling(fixtures)), chunkSize=13)
gh = System().start(app("rough-openai",
                        f'kind: openai_compat, base_url: "{slow.url}/v1"',
                        "model: gpt-4o"))
rough(slow, gh, "OpenAI, stumbling", "/v1/chat/completions")
gh.stop()
slow = Aimock(list(stumbling(fixtures)), chunkSize=9)
gh = System().start(app("rough-azure", f'kind: azure_openai, endpoint: '
                        f'"{slow.url}", api_version: "2024-10-21"',
                        "deployment: my-gpt"))
rough(slow, gh, "Azure, stumbling", "/openai/deployments/my-gpt/chat/"
      "completions?api-version=2024-10-21")
gh.stop()
done()
