#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Listeners that others wrote, an EventSource and a WebSocket from npm: through
# kills of gatehouse-stream and nginx each hears what the table says, once and
# in order; who they are comes from a header or a cookie.
import json
import subprocess
import sys
import threading
sys.path.insert(0, sys.path[0] + "/../helper")
import npm
from gatehouse import App, System, diag, done, is_, ok, say, tmp, wait_for
from live import Example, example

npm.install("node-live")
gh = System().start(App("gates", {
    "work.": [[("box:low", {"n": n}) for n in range(4)]] * 2 + [say()],
    "gate.": [[("box:high", {"n": 1})], say()],
}), auth=True)
gh.headers = gh.token("root", "admin")
header = gh.token("ann", "viewer")
cookie = {"Cookie": gh.ask("POST", "login", {
    "token": header["Authorization"][len("Bearer "):]},
    ).headers["Set-Cookie"].split(";")[0]}
first = gh.run("work.")["id"]
HOST = f"//127.0.0.1:{gh.port}/api/v1"
listeners = [
    {"url": url, "headers": who, "sid": sid}
    for url, sid in ((f"http:{HOST}/events", None),
                     (f"http:{HOST}/sessions/{first}/events", first),
                     (f"ws:{HOST}/ws/sessions/{first}/events", first))
    for who in (header, cookie)] * 4
refused = [{"url": f"{kind}/sessions/{first}/events", "headers": {}}
           for kind in (f"http:{HOST}", f"ws:{HOST}/ws")]
heard = [[] for _ in listeners + refused]


def read(lines):
    for line in lines:
        number, *what = line.split()
        heard[int(number)].append(int(what[0]) if len(what) == 1 else what)


node = subprocess.Popen(
    ["node", f"{tmp}/node-live/listen.mjs", json.dumps(listeners + refused)],
    stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
threading.Thread(target=read, args=(node.stdout,), daemon=True).start()


def wanted(listener):
    return [seq for seq, sid in gh.sql(
        "SELECT seq, session_id FROM event ORDER BY seq")
        if listener["sid"] in (None, sid)]


def all_know():
    return all(got[-1:] == wanted(listener)[-1:]
               for listener, got in zip(listeners, heard))


wait_for("all have begun", all_know)
wait_for("the others are refused", lambda: all(heard[-2:]))
is_(heard[-2:], [[["refused", "401"]]] * 2, "nobody is not let in")
for number in range(6):
    sid = gh.session("work.")
    if number % 2:
        gh.kill_nginx()
    else:
        gh.kill("gatehouse-stream")
    wait_for("it is over", lambda: gh.sql(
        "SELECT 1 FROM session WHERE id = ? AND status = 'needs_review'", sid))
    # A kill is one only for who listens.
    wait_for("all are back", all_know)
for listener, got in zip(listeners, heard):
    if got != wanted(listener):
        diag(f"{listener['url']}: {got}")
is_(sum(got != wanted(listener) for listener, got in zip(listeners, heard)),
    0, f"{len(listeners)} listeners: no gap, no repetition, nothing else")
ok(len(wanted(listeners[0])) > 100, "of more than 100 events")
node.kill()
node.wait()

# ---- the example of docs/live.md, where addresses are the page's

with open(f"{tmp}/node-live/page.mjs", "w") as file:
    file.write(f"""import {{ EventSource as Source }} from "eventsource";
class EventSource extends Source {{
  constructor(path) {{
    super(new URL(path, "http:{HOST}"), {{ fetch: (input, init) => fetch(input,
      {{ ...init, headers: {{ ...init.headers, ...{json.dumps(cookie)} }} }}) }});
  }}
}}
""" + example("JavaScript"))
sid = gh.run("gate.", "awaiting_input")["id"]
page = Example("javascript", "node", f"{tmp}/node-live/page.mjs")
page.tells(f"{sid} box:high\n")
gh.kill("gatehouse-stream")
page.tells(f"{gh.run('gate.', 'awaiting_input')['id']} box:high\n")
done()
