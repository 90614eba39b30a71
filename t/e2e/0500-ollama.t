#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# A model behind Ollama's own API, well and not so well: 10, 24, 74 to 78.
import json
import os
import sys
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, ok, wait_for
from ollama import Ollama, call, last, line

SECRET = "sk-never-to-be-seen"
END = ("## Response\nAll is said.\n## Confidence\n0.9 — seen\n"
       "## Signal\nnone\n")
os.environ["OLLAMA_TEST_KEY"] = SECRET
os.environ["no_proxy"] = "*"

server = Ollama()
app = App("turns", None)
app.edit("{kind: script, file: script.yaml}", "{" + server.provider(
    ', api_key: "${OLLAMA_TEST_KEY}", request_timeout: 20,'
    ' idle_timeout: 10, breaker_failures: 0') + "}")
app.edit("scripted: {provider: script, model: script}",
         "scripted: {provider: script, model: base, num_ctx: 16384}\n"
         "    other: {provider: script, model: special, temperature: 0.5}")
with open(app.dir + "/skills/worker/config.yaml", "a") as file:
    file.write("model: other\n")

end = [line(END), last()]
server.say("[calls]", [
    line(thinking="hm"), line("I l"), line("ook.", [
        call("box__echo", '{"n": 9007199254740993, "owner": "mallory"}')]),
    line(calls=[call("box__plain", '{}', id="x")]),
    last(prompt_eval_count=26, eval_count=4)], end)
server.say("[500]", (500, '{"error":"boom"}'), end)
server.say("[503]", (503, '{"error":"server busy"}'))
server.say("[cut]", [line("half")], end)
server.say("[error]", [line("half"), json.dumps({"error": "oom"})], end)
server.say("[raw]", (500, json.dumps({
    "error": "error parsing tool call: raw='{', err=unexpected end"})), end)
server.say("[401]", (401, json.dumps({"error": f"bad key {SECRET}"})))
server.say("[404]", (404, '{"error":"model \'special\' not found"}'))
server.say("[empty]", [line(""), last()], [line(""), last()], end)
server.say("[length]", [line("half"), last("length")])
server.say("[long]", (400, json.dumps({
    "error": "the prompt is longer than the context length currently "
             "available to the model"})), end)
server.say("[lost]", [line("half"), last(prompt_eval_count=4096)], end)
server.say("[stuck]", [line("half"), 600, last()], end)
server.say("[unknown]", [line(calls=[call("rm__rf", "{}")]), last()], end)
server.say("[silent]", [600])
server.say("[later]", (429, '{"error":"slow down"}'), end)
server.say("", end)

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
gh = System().start(app)
gh.headers = {"traceparent": TRACE}
started = {q: (gh.session(q if q != "[lost]" else q + " so" * 13000),
               time.monotonic())
           for q in server.answers if q not in ("", "[later]")}
sessions = {q: sid for q, (sid, _) in started.items()}


def ends(query, status="needs_review"):
    return gh.wait(sessions[query], status)


def failure(query):
    return ends(query, "error")["extra_fields"]["failure"]


# ---- well
row = ends("[calls]")
first, second = server.asked("[calls]")[:2]
is_(first["model"], "special", "24: the agent's own model is asked")
is_(first["options"], {"num_ctx": 8192, "temperature": 0.5},
    "the size of the context is always set")
is_((first["stream"], first["truncate"], first["shift"]), (True, False, False),
    "a stream, and nothing is cut in silence")
is_([m["role"] for m in first["messages"]], ["system", "user"], "the prompt")
like(first["messages"][1]["content"], r"Environment: dev\n\nQuery:\n\[calls\]",
     "the model reads the query and the environment")
tools = {t["function"]["name"]: t["function"] for t in first["tools"]}
is_(sorted(tools["box__echo"]["parameters"]["properties"]), ["n"],
    "what is injected is not shown")
is_([m["role"] for m in second["messages"]],
    ["system", "user", "assistant", "tool", "tool"],
    "the next request holds what was said and done")
is_(second["messages"][2]["content"], "I look.", "without what was thought")
is_([(c["id"], c["function"]["name"])
     for c in second["messages"][2]["tool_calls"]],
    [("call_0", "box__echo"), ("call_1", "box__plain")],
    "calls of several lines, each with an id of its own")
is_([(m["tool_call_id"], m["tool_name"]) for m in second["messages"][3:]],
    [("call_0", "box__echo"), ("call_1", "box__plain")],
    "each answered")
is_(gh.sql("SELECT args FROM tool_call WHERE session_id = ? AND ordinal = 0",
           sessions["[calls]"])[0][0].count("9007199254740993"), 1,
    "every digit arrives")
ok("mallory" not in str(gh.ran(sid=sessions["[calls]"])),
   "the framework's value beats the model's")
is_((row["token_usage"]["input_tokens"], row["token_usage"]["output_tokens"])
    if "token_usage" in row else gh.sql(
        "SELECT input_tokens, output_tokens FROM session WHERE id = ?",
        sessions["[calls]"])[0], (26, 4), "tokens are counted")

# ---- not so well
ends("[500]")
is_(len([r for r in server.asked("[500]") if r["model"] == "special"]), 2,
    "74: a failure once, then a second request")
like(failure("[503]"), r"status 503: server busy \(after 3 requests\)",
     "three failures are the end")
ok(time.monotonic() - started["[503]"][1] >= 4.5, "74: after 1.5 s and 3 s")
is_(len(server.asked("[503]")), 3, "and no request more")
for query, what in (("[cut]", "a stream that broke off"),
                    ("[error]", "an error in the midst of a stream"),
                    ("[raw]", "a call that the server could not read"),
                    ("[empty]", "two empty replies"),
                    ("[stuck]", "a stream that stops"),
                    ("[lost]", "a prompt that was cut in silence"),
                    ("[long]", "a prompt that is too long")):
    ends(query)
    ok("half" not in str(server.asked(query)[-1]), f"{what} is asked again")
sent = [len(str(r)) for r in server.asked("[lost]")]
ok(sent[0] > 39000 > 20000 > sent[1], "a shorter one, then")
is_([m["role"] for m in server.asked("[empty]")[2]["messages"]],
    ["system", "user", "user"], "the second empty reply is told the model")
is_(failure("[401]").count(SECRET), 0, "an error does not repeat the key")
is_(len(server.asked("[401]")), 1, "76: a refusal is final")
like(failure("[404]"), "status 404: model 'special' not found", "404 as well")
like(failure("[length]"), "cut at its length limit", "so is a cut reply")
ends("[unknown]")
like(server.asked("[unknown]")[1]["messages"][3]["content"],
     "unknown tool .*this agent has: .*box:echo",
     "an unknown tool is answered with those that there are")
like(failure("[silent]"), "timed out after 20 s", "77: silence times out")

# ---- the key
is_({h.get("traceparent") for h in server.headers}, {TRACE},
    "a model is told of the trace")
is_({h.get("Authorization") for h in server.headers}, {f"Bearer {SECRET}"},
    "the key is sent")
everything = b""
for name in os.listdir(gh.data):
    if os.path.isfile(f"{gh.data}/{name}"):
        with open(f"{gh.data}/{name}", "rb") as file:
            everything += file.read()
ok(SECRET.encode() not in everything, "the key is in no row")
ok(SECRET not in gh.log("runner"), "nor in the log")

# ---- a restart
sid = gh.session("[later]")
wait_for("the first request", lambda: server.asked("[later]"))
(until,), = wait_for("the session waits", lambda: gh.sql(
    "SELECT ready_at FROM session WHERE id = ? AND owner IS NULL"
    " AND status = 'in_progress'", sid))
gh.kill("gatehouse-runner")
wait_for("the second request", lambda: len(server.asked("[later]")) > 1)
ok(time.time() * 1000 >= until, "75: the wait survives kill -9")
gh.wait(sid, "needs_review")
gh.sound()
done()
