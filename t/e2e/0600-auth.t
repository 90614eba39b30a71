#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Who may do what, through nginx: every route of the table with every role,
# here and at another application, with no token, one that has expired, one
# that was revoked; what cannot be forged; guesses; and that no secret is ever
# stored or logged.
import glob
import hashlib
import json
import re
import sqlite3
import subprocess
import sys
import time
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, TOP, diag, done, is_, like, ok, say, \
    wait_for
from live import Stream, WebSocket

app = App("gates", {"[gate]": [[("box:high", {"n": 1})], say("done")]})
gh = System().start(app, auth=True)
ROLES = ("viewer", "operator", "approver", "admin")
HAS = {"viewer": "viewer", "operator": "viewer operator",
       "approver": "viewer approver",
       "admin": "viewer operator approver admin"}
tokens = {role: gh.token("ann", role) for role in ROLES}
here = {role: gh.token("ann", role + "@gates") for role in ROLES}
elsewhere = {role: gh.token("ann", role + "@turns") for role in ROLES}
secrets = [t["Authorization"][7:] for group in (tokens, here, elsewhere)
           for t in group.values()]


def sql(text, *values):
    db = sqlite3.connect(gh.db, timeout=10)
    db.execute(text, values)
    db.commit()
    db.close()


# ---- the table of routes, as the API describes it

with open(TOP + "/fcgi/routes.def") as file:
    scopes = {(method, path): scope for method, path, scope in re.findall(
        r'^[A-Z]+\(([A-Z]+), "([^"]+)",\s[^"]*\bSCOPE_(\w+),',
        file.read(), re.M)}
routes = []
for path, methods in gh.get("openapi.json")["paths"].items():
    for method, operation in methods.items():
        ways = operation["security"]
        needs = (ways[0]["bearer"] or ["known"])[0] if ways else "open"
        scope = scopes.pop((method.upper(), path), "not in the table")
        live = operation["tags"] == ["live"] and path.startswith("/api/")
        if live:        # of all that is told, one hears what one may
            scope = scope.replace("ALL", "ANY")
        if re.search("{(id|gate)}", path):
            scope = "HERE"
        routes.append((method.upper(), path, needs, scope, live))
routes.append(("GET", "/api/v1/sessions/{id}/events", "viewer", "HERE", True))
is_(scopes, {}, f"{len(routes)} routes, none is left out")

gh.headers = tokens["admin"]
sid = gh.session("[gate]")
gh.wait(sid, "awaiting_input")
gh.headers = {}


def use(method, path, headers, live):
    """The status."""
    for name, value in (("id", sid), ("call", "g1"), ("gate", "g1")):
        path = path.replace("{%s}" % name, value)
    if live:
        kind = WebSocket if path.startswith("/api/v1/ws/") else Stream
        stream = kind(gh, path.removeprefix("/api/v1/"), **headers)
        stream.close()
        return stream.status
    # A body that is refused for its content does no harm.
    body = None if method == "GET" else "[]"
    return gh.ask(method, path, body, **headers).status


past = "x" * 43
sql("INSERT INTO token (hash, person, roles, created_at, created_by, "
    "expires_at) VALUES (?, 'ann', 'admin', 1, 'root', ?)",
    hashlib.blake2b(past.encode(), digest_size=32).hexdigest(),
    int(time.time() * 1000))
expired = {"Authorization": "Bearer ght_%d_%s" % (
    gh.sql("SELECT max(id) FROM token")[0][0], past)}
revoked = gh.token("ann", "admin")
secrets += [past, revoked["Authorization"][7:]]
is_(gh.ask("GET", "me", **revoked).status, 200, "a token that is good")
gh.cli("token", "revoke", str(gh.token_id))
is_(gh.code, 0, "is revoked")

# Where one has a role, and the scopes in which that is enough: "app" (which
# names none here) and "all" take one that holds everywhere.
GROUPS = ((tokens, {"ALL", "ANY", "APP", "HERE"}), (here, {"ANY", "HERE"}),
          (elsewhere, {"ANY"}))
wrong = []
for method, path, needs, scope, live in routes:
    for name, headers in (("no", {}), ("an expired", expired),
                          ("a revoked", revoked)):
        status = use(method, path, headers, live)
        if (status == 401) != (needs != "open"):
            wrong.append((method, path, name, status))
        if method == "GET" and not live and \
                use("HEAD", path, headers, live) != status:
            wrong.append(("HEAD", path, name))
    for group, enough in GROUPS:
        for role in ROLES:
            may = needs in ("open", "known") or needs in HAS[role] and \
                scope in enough
            if method == "DELETE" and may:
                continue    # tried below: it would end the session
            status = use(method, path, group[role], live)
            if status in (401, 404) or (status == 403) == may:
                wrong.append((method, path, role, sorted(enough), status))
is_(wrong, [], f"{len(routes)} routes, {len(ROLES)} roles, everywhere, here "
    "and elsewhere, no token, an expired one and a revoked one")
answer = gh.ask("GET", "sessions")
is_((answer.status, answer.code, answer.headers["WWW-Authenticate"]),
    (401, "unauthorized", "Bearer"), "401 says what would help")
is_(gh.ask("GET", "sessions", **revoked).message,
    "it has expired or was revoked", "and what is wrong with a token")

# ---- what a client cannot say about itself

gh.cli("role", "set", "root", "--roles", "admin")
for headers in (
        {"GATEHOUSE_USER": "root"}, {"Gatehouse-User": "root"},
        {"X-Gatehouse-User": "root"}, {"Remote-User": "root"},
        {"REMOTE_USER": "root"}, {"X-Remote-User": "root"},
        {"X-Forwarded-User": "root"}, {"X-Auth-Request-User": "root"},
        {"Authorization": "Basic cm9vdDpyb290"},
        {"Proxy-Authorization": "Basic cm9vdDpyb290"},
        {"Cookie": "GATEHOUSE_USER=root; gatehouse=root"},
        {"Content-Type": "x\tGATEHOUSE_USER=root"}):
    name = next(iter(headers))
    ok(gh.ask("GET", "me?GATEHOUSE_USER=root", **headers).status == 401,
       f"{name} is not believed")
for name in ("X-Gatehouse-User", "X_Gatehouse_User", "Gatehouse-User"):
    is_([gh.ask("GET", path, Accept="text/event-stream",
                **{name: "root"}).status
         for path in ("events", f"sessions/{sid}/events")],
        [401] * 2, f"nor is {name}, where events are told")

for name in ("token", "access_token", "authorization", "gatehouse"):
    secret = tokens["viewer"]["Authorization"][7:]
    is_([gh.ask("GET", f"{path}?{name}={secret}", Accept=accept).status
         for path, accept in (("me", ""), ("events", "text/event-stream"))],
        [401] * 2, f"nor is a token as {name} in an address")

# ---- the audit trail, and names that are remarks

answer = gh.ask("POST", f"sessions/{sid}/approvals/g1",
                {"decision": "reject", "approver": "eve"}, **tokens["admin"])
is_((answer.status, answer.body.get("approver")), (200, "ann"),
    "the actor is the one who is known") or diag(answer.text)
ids = {role: row[0] for role, row in zip(ROLES, gh.sql(
    "SELECT id FROM token ORDER BY id"))}
event = [json.loads(p) for p, in gh.sql(
    "SELECT payload FROM event WHERE kind = 'gate_decided'")][0]
is_((event["by"], event["origin"]), ("ann", {
    "via": "token", "token_id": ids["admin"], "address": "127.0.0.1"}),
    "the event tells who, from where, with which token")
is_(gh.sql("SELECT actor, said FROM vote"), [("ann", "eve")],
    "the other name is a remark")
gh.headers = tokens["viewer"]
gh.wait(sid, "needs_review")
gh.headers = {}
other = gh.ask("POST", "sessions", {
    "query": "[gate]", "environment": "dev", "submitter": {"id": "eve"}},
    **tokens["operator"]).body["session_id"]
is_(gh.sql("SELECT submitter ->> 'id', submitter ->> 'said', "
           "origin ->> 'token_id' FROM session WHERE id = ?", other),
    [("ann", "eve", ids["operator"])], "so it is with the submitter")
is_(gh.ask("DELETE", f"sessions/{other}", **tokens["approver"]).status, 403,
    "an approver does not stop")
is_(gh.ask("DELETE", f"sessions/{other}", **tokens["operator"]).status, 204,
    "an operator does")
is_(gh.sql("SELECT actor, origin ->> 'token_id' FROM move WHERE "
           "session_id = ? AND cause = 'stop'", other),
    [("ann", ids["operator"])], "and is named")
third = gh.cli("stop", sid, "--actor", "eve") and gh.sql(
    "SELECT count(*) FROM move WHERE actor = 'eve'")
is_(third, [(0,)], "one that is finished is not stopped again")

# ---- the page's cookie

answer = gh.ask("POST", "login",
                {"token": tokens["operator"]["Authorization"][7:]})
cookie = answer.headers["Set-Cookie"]
is_((answer.status, answer.body["id"]), (200, "ann"), "signed in")
like(cookie, r"^gatehouse=ghl_1_[\w-]{43}; Path=/; Max-Age=43200; HttpOnly; "
     r"SameSite=Strict$", "the cookie is for the browser alone")
secrets.append(cookie.split(";")[0].split("=")[1])
page = {"Cookie": "theme=dark; " + cookie.split(";")[0]}
NEW = {"query": "q", "environment": "dev"}
is_(gh.ask("GET", "me", **page).body["via"], "login", "it says who it is")
answer = gh.ask("POST", "sessions", NEW, **page)
is_((answer.status, answer.message),
    (403, "a change needs the header X-Gatehouse-CSRF"),
    "a cookie alone changes nothing")
page["X-Gatehouse-CSRF"] = "1"
is_(gh.ask("POST", "sessions", NEW, **page, **{
    "Sec-Fetch-Site": "cross-site"}).status, 403, "nor from another site")
is_(gh.ask("POST", "sessions", NEW, **page, **{
    "Sec-Fetch-Site": "same-origin"}).status, 201, "the page does")
is_(gh.ask("POST", "logout", **page).status, 204, "signed out")
is_(gh.ask("GET", "me", **page).status, 401, "the cookie is worth nothing")
is_(gh.ask("POST", "login", {"token": "ght_1_" + "y" * 43}).status, 401,
    "a wrong token signs nobody in")
is_(gh.ask("POST", "login", "token=x", **{
    "Content-Type": "application/x-www-form-urlencoded"}).status, 415,
    "a form signs nobody in")

# ---- guesses

guesses = [2]           # a forged cookie, and the login with a wrong token


def held():
    """One more guess; then one who knows, while the address is held."""
    guesses[0] += gh.ask("GET", "me", Authorization="Bearer ght_1_"
                         f"{guesses[0]:043}").status == 401
    answer = gh.ask("GET", "me", **tokens["viewer"])
    return answer.status != 200 and answer


answer = wait_for("guesses are noticed", held)
is_((answer.status, answer.code), (429, "rate_limited"),
    "after some guesses nothing is looked at")
ok(guesses[0] >= 10, "but not before the tenth")
like(answer.headers["Retry-After"], r"^\d+$", "for a while")
is_(gh.ask("GET", "me", source="127.0.0.2", **tokens["viewer"]).status, 200,
    "from other addresses it is")
is_(gh.ask("GET", "/health").status, 200, "and what needs no token works")
wait_for("the hold ends", lambda: gh.ask(
    "GET", "me", **tokens["viewer"]).status == 200)
ok(True, "then it is looked at again")

# ---- secrets

like(gh.cli("token", "list", "--all"), r"(?m)^1 +ann +viewer .* good$",
     "tokens are listed")
gh.stop()
dump = subprocess.run(["sqlite3", gh.db, ".dump"], capture_output=True,
                      text=True).stdout
texts = {"the database": dump}
for path in glob.glob(gh.data + "/log/*"):
    with open(path) as file:
        texts[path.rsplit("/", 1)[1]] = file.read()
ok(len(texts) >= 5 and "auth_failed" in texts["fcgi.log"],
   "logs are there, and tell of guesses")
for name, text in texts.items():
    found = [s for s in secrets if s in text or s.split("_", 2)[-1] in text]
    ok(not found, f"{name} has no secret")

# ---- authentication off

gh.start(auth=False)
answer = gh.ask("GET", "me")
is_((answer.status, answer.body["authentication"], answer.body["may"]["stop"]),
    (200, "off", True), "off: everybody may do everything")
path = gh.data + "/nginx/snippets/gatehouse-fastcgi.conf"
with open(path) as file:
    text = file.read()
with open(path, "w") as file:
    file.write(text.replace("$server_addr", "192.0.2.1"))
gh.kill("nginx", number=1)      # reads its configuration again
answer = wait_for("the listener has another address",
                  lambda: (a := gh.ask("GET", "sessions")).status == 403 and a)
is_((answer.status, answer.code), (403, "forbidden"),
    "but not on an address that others reach")
like(answer.message, "authentication is off: only a loopback address",
     "which it says")
gh.stop()
gh.sound()
done()
