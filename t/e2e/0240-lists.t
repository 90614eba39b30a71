#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Lists of sessions: filters, order, pages, totals.
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, ok, wait_for

HIGH = [("box:high", {"n": 1})]
STORIES = {"pauses": [HIGH], "ends": [[("desk:close", {})]]}
gh = System().start(App("gates", STORIES))
gh.load(App("gates", STORIES, name="other"))


def ids(query):
    """Every page of a list: the ids, and how many pages there were."""
    found, pages, cursor = [], 0, ""
    while True:
        answer = gh.ask("GET", f"sessions?{query}{cursor}")
        if not ok(answer.status == 200, f"GET sessions?{query}{cursor[:8]}"):
            return found, pages
        pages += 1
        found += [s["session_id"] for s in answer.body]
        if "X-Next-Cursor" not in answer.headers:
            return found, pages
        cursor = "&cursor=" + answer.headers["X-Next-Cursor"]


def start(query, app, environment, who, **more):
    return gh.session(query, environment, app=app, submitter={"id": who},
                      **more)


a = start("it pauses in the café", "gates", "dev", "ann")
b = start("it pauses, too", "gates", "staging", "bob")
c = start("another ends", "gates", "dev", "ann")
d = start("it pauses elsewhere", "other", "dev", "ann")
for sid in (a, b, d):
    gh.wait(sid, "awaiting_input")
gh.wait(c, "resolved")

for query, want in (
        ("", [d, b, a]), ("status=any", [d, c, b, a]),
        ("status=unfinished&app=gates", [b, a]),
        ("status=resolved", [c]), ("status=error", []),
        ("app=other", [d]), ("environment=dev", [d, a]),
        ("environment=dev&status=any&submitter=ann", [d, c, a]),
        ("submitter=bob", [b]), ("submitter=eve", []),
        ("agent=worker", [d, b, a]), ("agent=nobody", []),
        ("status=any&agent=worker&app=gates", [c, b, a]),
        ("sort=created", [a, b, d]), ("sort=waiting", [a, b, d]),
        ("sort=waiting&app=gates", [a, b]),
        ("parent=" + a, []), ("waiting=1h", []), ("waiting=0s", [d, b, a]),
        ("created_after=1h", [d, b, a]), ("created_before=1h", []),
        ("created_after=2999-01-01T00:00:00Z", []),
        ("created_before=2999-01-01T00:00:00Z&limit=2", [d, b, a])):
    is_(ids(query)[0], want, f"sessions?{query}")
is_(ids("limit=1&status=any"), ([d, c, b, a], 4), "page by page")
is_(ids("limit=1&sort=waiting"), ([a, b, d], 3), "who waits longest is first")
line = gh.get("sessions?submitter=bob")[0]
is_((line["submitter"], line["agent"], line["parent_session_id"]),
    ("bob", "worker", None), "a line says by whom, and whose turn it is")
ok(line["waiting_since"], "and since when it waits")

# ---- words

wait_for("the search has come so far", lambda: gh.sql(
    "SELECT upto FROM search") == [(4,)])
for query, want in (
        ("q=pauses", [d, b, a]), ("q=cafe", [a]), ("q=CAF%C3%89", [a]),
        ("q=pauses+too", [b]), ("q=pau*", []), ("q=pau", []),
        ("q=ends&status=any", [c]), ("q=it&app=other", [d]),
        ("q=it&sort=created&limit=1", [a, b, d]), ("q=%22+AND+(", [])):
    is_(ids(query)[0], want, f"sessions?{query}")

# ---- totals

for query, want in (("total=true", "3"), ("total=true&limit=1", "3"),
                    ("total=true&status=any&q=ends", "1"),
                    ("total=true&status=error", "0"), ("total=false", None),
                    ("", None)):
    is_(gh.ask("GET", f"sessions?{query}").headers["X-Total-Count"], want,
        f"{want} of sessions?{query}")
for name in ("new", "in_progress", "awaiting_input", "resolved", "escalated",
             "needs_review", "stopped", "error", "duplicate"):
    is_(gh.ask("GET", f"sessions?total=true&status={name}").headers[
        "X-Total-Count"], str(gh.sql("SELECT count(*) FROM session WHERE "
                                     "status = ?", name)[0][0]),
        f"{name} is listed and counted")

# ---- what is wrong is named

cursor = gh.ask("GET", "sessions?limit=1").headers["X-Next-Cursor"]
for query, field in (
        ("statsu=new", "statsu"), ("status=New", "status"),
        ("app=none", "app"), ("sort=id", "sort"), ("limit=0", "limit"),
        ("limit=501", "limit"), ("total=yes", "total"), ("q=", "q"),
        ("q=+%09", "q"),
        ("waiting=1", "waiting"), ("created_after=yesterday", "created_after"),
        ("created_before=2026-02-30T00:00:00Z", "created_before"),
        ("submitter=" + "x" * 257, "submitter"), ("app=gates&app=other", "app"),
        ("sort=waiting&q=x", "sort"), ("q=%20%09", "q"),
        ("x=1&x=2", "x"), ("cursor=x", "cursor"),
        ("cursor=" + cursor[:-1], "cursor"),
        ("cursor=" + cursor[:-1] + "g", "cursor"),
        ("cursor=" + ("1" if cursor[0] == "0" else "0") + cursor[1:],
         "cursor"),
        ("cursor=" + cursor.upper(), "cursor"),
        ("app=gates&cursor=" + cursor, "cursor"),
        ("sort=created&cursor=" + cursor, "cursor")):
    answer = gh.ask("GET", f"sessions?{query}")
    if ok(answer.status == 422, f"422 for sessions?{query[:60]}"):
        is_(list(answer.body["error"]["details"]), [field],
            f"and {field} is named")
is_(gh.ask("GET", f"sessions?limit=2&cursor={cursor}").status, 200,
    "a cursor is not bound to the limit")

# ---- the same from the command line


def listed(*words):
    return [line.split()[0] for line in gh.cli("sessions", *words
                                               ).splitlines()[1:]]


for words, want in (
        ((), [d, b, a]), (("--all",), [d, c, b, a]),
        (("--app", "gates"), [b, a]), (("--submitter", "bob"), [b]),
        (("--environment", "dev", "--all", "--oldest"), [a, c, d]),
        (("--agent", "worker", "--app", "other"), [d]),
        (("--parent", a), []), (("--query", "pauses too"), [b]),
        (("--waiting", "1h"), []), (("--created-after", "1h"), [d, b, a]),
        (("--created-before", "1h"), []), (("--limit", "1"), [d])):
    is_(listed(*words), want, "gatehouse sessions " + " ".join(words))
gh.cli("sessions", "--waiting", "soon")
is_(gh.code, 2, "a wrong time is wrong usage")
gh.cli("sessions", "--query", " ")
is_(gh.code, 2, "so are no words")

# ---- how long a page is, unless told

for _ in range(100):
    start("it pauses as well", "gates", "dev", "ann")
wait_for("their gates", lambda: gh.ask(
    "GET", "approvals?limit=1&total=true").headers["X-Total-Count"] == "103")
is_([len(gh.get(path)) for path in (
    "sessions", "sessions/recent", "approvals")], [50, 20, 100],
    "as docs/api.md says")
gh.sound()
done()
