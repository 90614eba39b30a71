#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Events and messages, page by page, forward and back.
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_

gh = System().start(App("gates", {"works.": [
    [("box:low", {"n": 1}), ("box:low", {"n": 2})], [("desk:close", {})]]}))
sid = gh.run("works.", "resolved")["id"]
other = gh.run("works.", "resolved")["id"]
for name, key in (("events", "seq"), ("messages", "message_id")):
    path = f"sessions/{sid}/{name}"
    every = gh.get(f"{path}?limit=500")[name]
    numbers = [x[key] for x in every]
    is_((len(numbers) > 4, numbers), (True, sorted(set(numbers))),
        f"{name}: all of them, in order")
    for limit in (1, 3, len(every), 500):
        found, since, more = [], 0, True
        while more:
            body = gh.get(f"{path}?since={since}&limit={limit}")
            found += body[name]
            since, more = body["next_since"], body["more"]
        is_(found, every, f"{name}: forward by {limit}")
        found, before, more = [], 2**62, True
        while more:
            body = gh.get(f"{path}?before={before}&limit={limit}")
            found = body[name] + found
            before, more = body["next_before"], body["more"]
        is_(found, every, f"{name}: back by {limit}")
    is_(gh.get(f"{path}?before={numbers[0]}"),
        {name: [], "next_before": numbers[0], "more": False},
        f"{name}: before the first there is nothing")
    for query, field in (("since=0&before=5", "before"), ("before=0", "before"),
                         ("before=x", "before"), ("limit=0", "limit"),
                         ("until=1", "until")):
        is_(list(gh.ask("GET", f"{path}?{query}").body["error"]["details"]),
            [field], f"{name}?{query}")
    is_(gh.ask("GET", f"sessions/GATE-20200101-001/{name}").status, 404,
        f"{name}: of nothing")
said = gh.get(f"sessions/{sid}/messages")["messages"]
is_([(m["role"], m["tool_call_id"]) for m in said],
    [("user", None), ("assistant", None), ("tool", "0"), ("tool", "1"),
     ("assistant", None), ("tool", "2")] + [
         (m["role"], m["tool_call_id"]) for m in said[6:]],
    "who said what")
is_((said[1]["agent"], [c["name"] for c in said[1]["tool_calls"]]),
    ("worker", ["box:low", "box:low"]), "with the calls that were asked for")
gh.sound()
done()
