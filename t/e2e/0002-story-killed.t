#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The story of the README to both of its ends, and again with kill -9 of the
# runner, of the FastCGI processes and of everything while the gate is open.
import json
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import TOP, System, done, is_, ok, wait_for

QUERY = "payments latency is up since the last deploy"
ARGS = ('{"service":"payments","action":"rollback","region":"eu-west",'
        '"to_version":"4.11.3","deploy_id":7204850139846770689}')
gh = System().start(f"{TOP}/apps/incident")


def nothing():
    pass


def kill_runner():
    gh.kill("gatehouse-runner")


def kill_fcgi():
    old = set(gh.pids("gatehouse-fcgi"))
    gh.kill("gatehouse-fcgi")
    wait_for("new ones", lambda: set(gh.pids("gatehouse-fcgi")) - old)


def kill_all():
    gh.crash()
    gh.start()


def applied(sid):
    """The arguments of each run of apply_fix, as its program read them."""
    try:
        with open(gh.tools + "/applied.log") as file:
            lines = [line for line in file if f'"{sid}"' in line]
    except FileNotFoundError:
        return []
    return [line[line.index(',"arguments":') + 13:-2] for line in lines]


def story(decision, end, disaster):
    name = f"{decision}, {disaster.__name__}"
    sid = gh.session(QUERY)
    gh.wait(sid, "awaiting_input")
    full = gh.get(f"sessions/{sid}/full")
    is_((full["session"]["status"], [
        (e["kind"], e["payload"].get("to"), e["payload"].get("cause"))
        for e in full["events"][-3:]]),
        ("awaiting_input", [
            ("gate_fired", None, None),
            ("status_changed", "awaiting_input", "gate_paused"),
            ("session.status_changed", "awaiting_input", "gate_paused")]),
        f"{name}: it waits, the events in order")
    is_(len([e for e in full["events"] if e["kind"] == "gate_fired"]), 1,
        f"{name}: one gate")
    disaster()
    is_(([g["session_id"] for g in gh.get("approvals")], [
        s["session_id"] for s in gh.get("sessions?status=awaiting_input")]),
        ([sid], [sid]), f"{name}: it is in the queue and in the list")
    gate = gh.gates(sid)[0]
    is_((gate["args_text"], json.dumps(gate["args"], separators=(",", ":"))),
        (ARGS, ARGS), f"{name}: the arguments, digit by digit")
    answer = gh.decide(sid, decision, gate["tool_call_id"],
                       rationale="I know why")
    ok(answer.status == 200 and answer.body["status"] in ("in_progress", end),
       f"{name}: answered, and already in progress")
    row = gh.wait(sid, end)
    is_(applied(sid), [ARGS] if decision == "approve" else [],
        f"{name}: the tool ran as often as it may, byte for byte")
    call = row["tool_calls"][int(gate["tool_call_id"])]
    is_((call["status"], call["approver"], call["approval_rationale"]),
        ("approved" if decision == "approve" else "rejected", "ann",
         "I know why"), f"{name}: the row tells who and why")
    heard = gh.sql("SELECT content FROM message WHERE session_id = ? "
                   "AND role = 'tool' AND content LIKE '%I know why%'", sid)
    is_(heard, [] if decision == "approve" else [
        ('{"rejected":true,"rationale":"I know why"}',)],
        f"{name}: what the agent hears of it")
    is_(len(gh.events(sid, "gate_fired")), 1, f"{name}: no second gate")
    gh.sound(f"{name}: gatehouse verify is silent")


for disaster in (nothing, kill_runner, kill_fcgi, kill_all):
    story("approve", "resolved", disaster)
    story("reject", "escalated", disaster)
is_(gh.get("approvals"), [], "the queue is empty")
is_(gh.get("sessions"), [], "nothing is unfinished")
ok(gh.stop(), "everything stops")
done()
