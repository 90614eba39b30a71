#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# A duplicate that is none: 183 to 185.
import sqlite3
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_

gh = System().start(App("gates", {"ends.": [[("desk:close", {})]]}))
original = gh.run("ends.", "resolved")["id"]
gh.kill("multiwatch", "gatehouse-runner")
sids = [gh.session("ends.") for _ in range(3)]
db = sqlite3.connect(gh.db, timeout=30, isolation_level=None)
db.execute("UPDATE session SET parent_session_id = ?, dedup_rationale = 'same'"
           " WHERE id IN (?, ?, ?) AND status = 'new'", (original, *sids))
db.execute("INSERT INTO move (session_id, from_status, to_status, cause, actor,"
           " at) SELECT id, 'new', 'duplicate', 'dedup', 'runner', 1 FROM "
           "session WHERE status = 'new'")
db.close()
sid = sids[0]
is_(gh.row(sid)["status"], "duplicate", "a duplicate")
is_([r["id"] for r in gh.get("sessions/recent")], [original],
    "183 not among the recent ones")
for body, field in (({"note": "x" * 2001}, "note"), ({"note": 5}, "note"),
                    ({"note": "é" * 2001}, "note"),
                    ({"retracted_by": ""}, "retracted_by")):
    answer = gh.post(f"sessions/{sid}/un-duplicate", body)
    is_((answer.status, list(answer.body["error"]["details"])), (422, [field]),
        f"185 422: {field}")
answer = gh.post(f"sessions/{sid}/un-duplicate",
                 {"retracted_by": "ann", "note": "another host"})
is_((answer.status, answer.body),
    (200, {"session_id": sid, "status": "new", "parent_session_id": None,
           "original_match_id": original, "retracted_by": "ann",
           "note": "another host"}), "184 taken back")
is_(gh.sql("SELECT session_id, original_id, actor, note FROM retraction"),
    [(sid, original, "ann", "another host")], "184 with its audit row")
is_([r["id"] for r in gh.get("sessions/recent")], [sid, original],
    "184 among the recent ones again")
is_(gh.post(f"sessions/{sids[1]}/un-duplicate", None).status, 200,
    "185 an empty body will do")
is_(gh.post(f"sessions/{sids[2]}/un-duplicate", {"note": "é" * 2000}).status,
    200, "185 a note of 2000 characters, too")
answer = gh.post(f"sessions/{sid}/un-duplicate", None)
is_((answer.status, answer.code, answer.message,
     answer.body["error"]["details"]),
    (409, "conflict", "not a duplicate", {"status": "new"}),
    "185 twice: 409, and what it is")
is_(gh.sql("SELECT count(*) FROM retraction"), [(3,)], "185 one row each")
for name in ("GATE-20200101-001", "x"):
    is_(gh.post(f"sessions/{name}/un-duplicate", None).status, 404,
        f"185 {name}: 404")
gh.stop()
gh.start()
gh.wait(sid, "resolved")
gh.sound()
done()
