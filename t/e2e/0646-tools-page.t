#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The application of docs/tools.md is loaded and run as it stands there.
import json
import os
import re
import sys
import tempfile
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import TOP, System, done, is_, like, ok, say, tmp, \
    wait_for

app = tempfile.mkdtemp(dir=tmp) + "/page"
with open(TOP + "/docs/tools.md") as file:
    page = file.read()
found = re.findall(r"^`([a-z_/.]+)`:\n\n((?:(?:    .*)?\n)+)", page, re.M)
is_([name for name, _ in found],
    ["tools/count_words", "config.yaml", "tools/clock_server",
     "skills/worker/config.yaml", "skills/worker/prompt.md"],
    "the page has the files of an application")
for name, text in found:
    os.makedirs(os.path.dirname(f"{app}/{name}"), exist_ok=True)
    with open(f"{app}/{name}", "w") as file:
        file.write(re.sub(r"^    ", "", text, flags=re.M).replace(
            "https://tickets.example.org/", "http://127.0.0.1:1/"))
    os.chmod(f"{app}/{name}", 0o755)
turns = [{"content": "", "tool_calls": [
    {"name": "text:count_words", "args": {"text": "one 'two'\n$(three)"}},
    {"name": "clock:now", "args": {}},
    {"name": "text:count_words", "args": {"words": 3}},
    {"name": "desk:close", "args": {"verdict": "good"}}]}, say()]
with open(app + "/script.yaml", "w") as file:
    json.dump({"replies": [{"agent": "worker", "turn": n, **turn}
                           for n, turn in enumerate(turns, 1)]}, file)
os.environ["TICKETS_TOKEN"] = "none"

gh = System().start(app)
wait_for("the clock is there", lambda: "clock:set" in
         [t["name"] for t in gh.get("tools")])
row = gh.wait(gh.session("count"), "done")
got = row["tool_calls"]
is_(got[0]["result"], {"words": 3}, "the program counts")
like(json.dumps(got[1]["result"]), r'^{"now": \d+\.\d+}$', "the server tells")
is_(got[2]["is_error"], True, "what does not fit the schema is an error")
is_(row["extra_fields"]["verdict"], "good", "the session's tool keeps")
ok({"clock:now", "clock:set"} <=
   set(gh.get("agents")[0]["tools"]), "\"*\" is all that the server has")
wait_for("tickets is given up", lambda: {
    s["name"]: s["state"] for s in gh.get("tool-servers")}["tickets"] ==
    "unavailable")
ok(True, "a server that is not there stops nothing")
gh.stop()
done()
