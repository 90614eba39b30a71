#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Keys of models: from a credentials directory and from the environment, and
# a new one, for which the runner is restarted while it is at work.
import json
import os
import signal
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, ok, tmp, wait_for
from ollama import Ollama, call, last, line

OLD, NEW, OTHER = "sk-old-1234567", "sk-new-7654321", "sk-env-2468024"
END = [line("## Response\nAll is said.\n## Confidence\n0.9 — seen\n"
            "## Signal\nnone\n"), last()]
keys = tmp + "/keys"
os.mkdir(keys, 0o700)
os.environ.update(CREDENTIALS_DIRECTORY=keys, ENV_MODEL_KEY=OTHER,
                  no_proxy="*")


def put_key(value):
    with open(keys + "/FILE_MODEL_KEY.new", "w") as file:
        file.write(value + "\n")
    os.rename(keys + "/FILE_MODEL_KEY.new", keys + "/FILE_MODEL_KEY")


put_key(OLD)
server = Ollama()
app = App("turns", None)
app.edit("script: {kind: script, file: script.yaml}",
         "script: {" + server.provider(
             ', api_key: "${FILE_MODEL_KEY}", breaker_failures: 0')
         + "}\n    other: {" + server.provider(
             ', api_key: "${ENV_MODEL_KEY}"') + "}")
app.edit("scripted: {provider: script, model: script}",
         "scripted: {provider: script, model: m}\n"
         "    second: {provider: other, model: special}")
app.edit("        - {name: plain, command: [./run, plain]}\n",
         "        - {name: plain, command: [./run, plain]}\n"
         "        - name: env\n          command: [/usr/bin/python3, -c,"
         " 'import json, os; print(json.dumps(dict(os.environ)))']\n")
with open(app.dir + "/skills/plain/config.yaml", "a") as file:
    file.write("model: second\n")

server.say("[env]", [line(calls=[call("box__env", "{}")]), last()], END)
server.say("[waits]", [line(calls=[call("box__plain", "{}")]), last()],
           (429, '{"error":"slow down"}'), END)
server.say("[streams]", [line(calls=[call("box__plain", "{}")]), last()],
           [line("half"), 600, last()], END)
server.say("[later]", END)
server.say("", END)
gh = System().start(app)


def used(text):
    """The keys of the requests of that session, in order."""
    return [h["Authorization"] for r, h in zip(server.requests, server.headers)
            if text in str(r["messages"])]


# ---- in no child's environment

sid = gh.session("[env]")
gh.wait(sid, "needs_review")
env = gh.sql("SELECT result FROM tool_call WHERE session_id = ?", sid)[0][0]
like(env, "GATEHOUSE_CALL_KEY", "a tool sees its environment")
ok(not any(word in env for word in (OLD, OTHER, "MODEL_KEY", "CREDENTIALS")),
   "where no key is, nor where keys are")
is_(set(used("[env]")), {f"Bearer {OLD}", f"Bearer {OTHER}"},
    "the file's key and the environment's, each for its provider")

# ---- a new key

sids = {name: gh.session(name) for name in ("[waits]", "[streams]")}
wait_for("one waits", lambda: gh.sql(
    "SELECT 1 FROM session WHERE id = ? AND owner IS NULL"
    " AND status = 'in_progress'", sids["[waits]"]))
wait_for("the other one's reply comes", lambda: len(used("[streams]")) == 2)
put_key(NEW)
before = gh.pids("gatehouse-runner")
number = len(server.requests)
gh.kill("gatehouse-runner", number=signal.SIGTERM)
wait_for("another runner", lambda: gh.pids("gatehouse-runner")
         and gh.pids("gatehouse-runner") != before)
sids["[later]"] = gh.session("[later]")
for name, sid in sids.items():
    gh.wait(sid, "needs_review")
ok(True, "the reply in progress is not waited for")
is_(set(h["Authorization"] for h in server.headers[number:]),
    {f"Bearer {NEW}", f"Bearer {OTHER}"}, "from then on with the new key")
is_([len(gh.ran("plain", sids[n])) for n in ("[waits]", "[streams]")],
    [1, 1], "no tool ran again")
is_(gh.sql("SELECT count(*) FROM gate"), [(0,)], "nobody had to be asked")
is_(gh.sql("SELECT count(*) FROM agent_run WHERE outcome <> 'ok'"), [(0,)],
    "no turn was lost")

# ---- a key that is gone

os.unlink(keys + "/FILE_MODEL_KEY")
row = gh.wait(gh.session("[later]"), "error")
like(row["extra_fields"]["failure"], r"cannot read the key \$\{FILE_MODEL_KEY"
     r"\}: it is neither in the runner's environment nor", "is named")

# ---- nowhere else

secrets = [word.encode() for word in (OLD, NEW, OTHER)]
for folder, _, names in os.walk(gh.data):
    for name in names:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, "rb") as file:
                text = file.read()
            if any(word in text for word in secrets):
                is_(path, "", "no file of ours has a key")
answers = [gh.ask("GET", f"sessions/{sid}/full").text for sid in sids.values()]
answers += [gh.cli("show", sid, "--json") for sid in sids.values()]
ok(not any(word in json.dumps(answers).encode() for word in secrets),
   "nor has an answer")
gh.sound()
done()
