#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""What the two servers may still do once they serve."""
import os
import re
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, ok, say, wait_for
from live import Stream

DAC_OVERRIDE = 1 << 1
PARTS = {"fcgi": "gatehouse-fcgi", "stream": "gatehouse-stream"}


def threads(program):
    """What /proc tells of each thread: [{name: value}]."""
    found = []
    for pid in gh.pids(program):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/status") as file:
                found.append(dict(re.findall(r"^(\w+):\s*(.*)$", file.read(),
                                             re.M)))
    return found


def missing(part, what, start=1):
    """Why the part does without it, or None; once it has started so often."""
    wait_for(f"{part} has started",
             lambda: len(re.findall(" info started ", gh.log(part))) >= start)
    found = re.findall(f'sealed {what}=none why="(.*)"', gh.log(part))
    return found[-1] if found else None


gh = System().start(App("gates", {
    "[act]": [[("box:high", {"n": 1})], say()]}))
for part, program in PARTS.items():
    why_calls, why_files = missing(part, "calls"), missing(part, "files")
    seen = threads(program)
    ok(len(seen) >= 1, f"{program} runs in {len(seen)} threads")
    is_({s["NoNewPrivs"] for s in seen}, {"1"},
        f"{program}: no thread can gain privileges")
    is_([s["CapPrm"] for s in seen if int(s["CapPrm"], 16) & ~DAC_OVERRIDE],
        [], f"{program}: or has those of root, whoever started it")
    if why_calls:
        ok(True, f"{program}: no network, no programs # SKIP {why_calls}")
    else:
        like(gh.log(part), "info sealed calls=seccomp$",
             f"{program}: no network and no programs: it says so")
        is_({s["Seccomp"] for s in seen}, {"2"},
            f"{program}: and each thread is filtered")
    if why_files:
        ok(True, f"{program}: no files but the database # SKIP {why_files}")
    else:
        like(gh.log(part), "info sealed files=landlock$",
             f"{program}: no files but the database: it says so")

stream = Stream(gh, "events")
sid = gh.session("[act]")
gh.wait(sid, "awaiting_input")
gh.decide(sid, "approve")
gh.wait(sid, "needs_review")
ok(wait_for("an event", stream.next), "a session runs to its end, and is told")
is_(gh.ask("GET", "/ready").status, 200, "the database can be written")
gh.stop()

os.environ["GATEHOUSE_SANDBOX"] = "off"
gh.start()
for part, program in PARTS.items():
    is_(missing(part, "files", 2), "GATEHOUSE_SANDBOX is off",
        f"{program}: without, on purpose")
gh.sound()
done()
