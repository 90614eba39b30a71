#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Each line of docs/api.md does something as it stands there.
import os
import re
import subprocess
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, DEADLINE, System, TOP, done, is_, ok

gates = App("gates", {"waits.": [[("box:high", {"n": 1})]]})
gh = System().start(gates, auth=True)
gh.headers = gh.token("root", "admin")
# curl as it is, but that it tells the status first, and does so in time.
CURL = 'curl() { exec curl -i -m %d "$@"; }\n' % DEADLINE

with open(TOP + "/docs/api.md") as file:
    found = re.findall(r"^`[A-Z]+ /.*`(\w+)`\n\n((?:    .*\n)+)", file.read(),
                       re.M)
is_(len(found), sum(map(len, gh.get("openapi.json")["paths"].values())),
    "every operation has a line")
for name, line in found:
    sid = gh.session("waits.")
    gh.wait(sid, "awaiting_input")
    run = subprocess.Popen(
        ["bash", "-c", CURL + line], stdout=subprocess.PIPE,
        env={**os.environ, "HOST": f"http://127.0.0.1:{gh.port}",
             "TOKEN": gh.headers["Authorization"][7:], "SESSION": sid,
             "GATE": gh.gates(sid)[0]["gate_id"], "APP": "gates"})
    status = (run.stdout.readline().decode().split() + ["", "none"])[1]
    run.kill()              # a stream would go on
    run.communicate()
    # Not everything can be done with this session, or with a token "...".
    good = ("101", "200", "201", "204", "409") + ("401",) * (name == "signIn")
    ok(status in good, f"{name}: {status}")
gh.stop()
done()
