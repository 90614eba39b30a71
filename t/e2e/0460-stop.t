#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Stopping and deleting: 160 to 164.
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, ok, reply, say, wait_for

LOW, NOTE = ("box:low", {}), ("desk:note", {"patch": {"seen": True}})
gh = System().start(App("gates", {
    "holds.": [[("box:hold_low", {}), LOW]],
    "thinks.": [[LOW, NOTE], reply([LOW], delay=600)],
    "waits.": [[LOW, ("box:high", {"n": 1}), ("box:high", {"n": 2})]],
    "ends.": [[LOW]],
}))
gh.load(App("unsure", {("asks.", "asker"): [say(confidence=0.1)]}))


def start(query, app="gates"):
    return gh.session(query, app=app)


def stop(sid):
    return gh.ask("DELETE", f"sessions/{sid}").status


def stops(sid):
    return [e["payload"]["cause"] for e in gh.events(sid, "status_changed")
            if e["payload"]["to"] == "stopped"]


def asked(sid):
    """Until the model thinks about what its calls have brought."""
    wait_for("the model is asked", lambda: [
        c["status"] for c in gh.row(sid)["tool_calls"]] == ["executed"] * 2)


# ---- 160: running sessions

tool, model = start("holds."), start("thinks.")
wait_for("the tool runs", lambda: gh.ran("hold_low", tool))
asked(model)
is_(gh.row(model)["active_agent"], "worker", "160 an agent is running")
is_((stop(tool), stop(model)), (204, 204), "160 both are stopped")
is_([gh.row(s)["status"] for s in (tool, model)], ["stopped", "stopped"],
    "160 at once")
is_([gh.row(s)["active_agent"] for s in (tool, model)], [None, None],
    "160 and nobody works on them")
row = wait_for("the tool is ended", lambda: (r := gh.row(tool)) and
               r["tool_calls"][0]["result"] and r)
is_((row["tool_calls"][0]["is_error"], row["tool_calls"][1]["status"]),
    (True, "cancelled"), "160 the running tool is ended, the next cancelled")
gh.let_go()
gh.run("ends.", "needs_review", app="gates")
is_([r[0] for r in gh.ran(sid=tool)], ["hold_low"], "160 no tool runs after")
is_(len(gh.ran("low", model)), 1, "160 no reply is acted on after")
is_([stops(s) for s in (tool, model)], [["stop"], ["stop"]],
    "160 the audit log tells it once")

# ---- 163: what was there stays

row = gh.row(model)
is_(([c["status"] for c in row["tool_calls"]], row["extra_fields"]["seen"]),
    (["executed", "executed"], True), "163 earlier rows stay")
is_([(r["agent"], r["outcome"]) for r in row["agents_run"]],
    [("worker", "cancelled")], "163 the run that was cut is marked")

# ---- 161, 162: whatever it was

waits = start("waits.")
gh.wait(waits, "awaiting_input")
is_(stop(waits), 204, "161 one that waits")
row = gh.row(waits)
is_(([c["status"] for c in row["tool_calls"]], gh.gates(waits)),
    (["executed", "cancelled", "cancelled"], []),
    "161 every gate and every pending call is closed")
is_([e["payload"]["decision"] for e in gh.events(waits, "gate_decided")],
    ["cancelled", "cancelled"], "161 and told")
asks = start("asks.", "unsure")
gh.wait(asks, "awaiting_input")
ok(gh.row(asks)["pending_intervention"], "161 one with an intervention")
is_(stop(asks), 204, "161 is stopped")
is_(gh.row(asks)["pending_intervention"], None, "161 which clears it")
before = gh.row(asks)
is_(stop(asks), 204, "161 twice is no error")
is_((gh.row(asks), stops(asks)), (before, ["stop"]), "161 and no change")
is_((stop("GATE-20200101-001"), stop("nonsense")), (404, 404),
    "161 an unknown session is not found")
ends = gh.run("ends.", "needs_review", app="gates")
is_((stop(ends["id"]), gh.row(ends["id"])), (204, ends),
    "162 a finished session stays as it ended")

# ---- 164: soft deletion


def delete(sid, **more):
    return gh.ask("PATCH", f"sessions/{sid}", {"deleted": True, **more})


live = start("thinks.")
asked(live)
is_(delete(live).status, 409, "164 a running session is not deleted")
is_(gh.row(live)["deleted_at"], None, "164 it goes on")
stop(live)
answer = delete(live)
is_((answer.status, answer.body["status"]), (200, "stopped"),
    "164 a finished one is; it keeps its status")
ok(answer.body["deleted_at"], "164 and says when")
ok(live not in [s["id"] for s in gh.get("sessions/recent?limit=500")],
   "164 it is not among the recent")
ok(ends["id"] in [s["id"] for s in gh.get("sessions/recent?limit=500")],
   "164 others are")
is_(gh.row(live), answer.body, "164 it can be read by its id")
is_((delete(live).status, gh.row(live)), (200, answer.body),
    "164 twice is no error and no change")
is_(gh.ask("PATCH", f"sessions/{live}", {"extra_fields": {"a": 1}}).status,
    409, "164 nothing is written to it any more")

gh.sound()
done()
