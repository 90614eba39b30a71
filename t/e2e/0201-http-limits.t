#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Large, malformed and odd requests through nginx: each gets the envelope
# with the right code, and none leaves a row.
import http.client
import json
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, System, done, is_, like, ok

MIB = 1024 * 1024
gh = System().start(App("gates"))


def rows():
    return gh.sql("SELECT count(*) FROM session")[0][0]


def refused(answer, status, code, name, pattern="."):
    if not is_((answer.status, (answer.body or {}).get("error", {})
                .get("code")), (status, code), name):
        return False
    return like(answer.message, pattern, name + ": says why")


def padded(size):
    """A body of that many bytes."""
    body = '{"environment":"dev","query":"q","state_overrides":{"text":"'
    return body + "x" * (size - len(body) - 3) + '"}}'


# ---- sizes

before = rows()
refused(gh.post("sessions", padded(MIB + 1)), 413, "http_error",
        "a body of 1 MiB and a byte")
refused(gh.post("sessions", padded(3 * MIB)), 413, "http_error",
        "a body of 3 MiB")
is_(rows(), before, "neither left a row")
answer = gh.post("sessions", padded(MIB))
is_(answer.status, 201, "a body of 1 MiB is taken")
answer = gh.ask("GET", f"sessions/{answer.body['session_id']}")
ok(answer.body["extra_fields"]["text"] ==
   json.loads(padded(MIB))["state_overrides"]["text"], "and comes back whole")
query = "é" * (32 * 1024)
answer = gh.post("sessions", {"query": query, "environment": "dev"})
is_(answer.status, 201, "a query of 64 KiB is taken")
answer = gh.ask("GET", f"sessions/{answer.body['session_id']}")
ok(answer.body["extra_fields"]["query"] == query, "and comes back whole")
is_(len(answer.body["label"]), 200, "its label is short")
refused(gh.ask("GET", "sessions?x=" + "x" * 66000), 414, "http_error",
        "a request line of 66 KB")
is_(gh.ask("GET", "tools?x=" + "x" * 24000).status, 200,
    "one of 24 KB is taken")
refused(gh.ask("GET", "sessions", **{"X-Long": "x" * 66000}), 431,
        "http_error", "a header of 66 KB")

# ---- bodies that are none

ASKED = '"query":"q","environment":"dev"'
DEEP = '{%s,"state_overrides":{"a":%s%s}}'
before = rows()
for body, pattern in (
        ("", "^body: "), ("{", "^body: "), ("query=q", "^body: "),
        ("[]", "^body: must be an object"), ("null", "^body: must be"),
        ("{%s} x" % ASKED, "^body: "), ("{%s,}" % ASKED, "^body: "),
        ('{%s,"query":"p"}' % ASKED, '^body: duplicate key "query" at byte'),
        ('{%s,"submitter":{"i<":1,"i<":2}}' % ASKED,
         '^body: duplicate key "i\\?" at byte'),
        ('{%s,"%s":1,"%s":2}' % (ASKED, "é" * 90, "é" * 90),
         "^body: duplicate key \"é{39}\ufffd at byte"),
        ('{"query":"%s","environment":"dev"}' % ("x" * 65537),
         "^query: longer than 65536 bytes"),
        ('{"query":"\\u0000","environment":"dev"}', "^body: "),
        ('{"query":"\\ud800","environment":"dev"}', "^body: "),
        ('{"query":"a\nb","environment":"dev"}', "^body: "),
        (b'{"query":"\xff","environment":"dev"}', "^body: .*UTF-8"),
        (b'{"query":"\xed\xa0\x80","environment":"dev"}', "^body: "),
        (b'{"query":"\0","environment":"dev"}', "^body: "),
        (DEEP % (ASKED, "[" * 63, "]" * 63), "^body: .*deep"),
        ('{%s,"state_overrides":{"n":1e999}}' % ASKED, "^body: "),
        ('{"query":"q","environment":"de v"}', "^environment: only"),
        ('{"query":"q","environment":""}', "^environment: must not"),
        ('{"query":"q","environment":"%s"}' % ("x" * 65), "^environment: "),
        ('{%s,"submitter":"ann"}' % ASKED, "^submitter: must be an object"),
        ('{%s,"submitter":{"id":1}}' % ASKED, "^submitter.id: must be a"),
        ('{%s,"submitter":{"id":""}}' % ASKED, "^submitter.id: must not"),
        ('{%s,"state_overrides":7}' % ASKED, "^state_overrides: must be"),
        ('{%s,"app":"none"}' % ASKED, "^app: no such application"),
        ('{%s,"app":["gates"]}' % ASKED, "^app: must be a string")):
    refused(gh.post("sessions", body), 422, "unprocessable_entity",
            f"{body[:40]!r}", pattern)
is_(rows(), before, "none of them left a row")
is_(gh.post("sessions", DEEP % (ASKED, "[" * 62, "]" * 62)).status, 201,
    "64 levels are taken")

# ---- what is tolerated

for kind, status in (
        ("text/plain", 415), ("application/x-www-form-urlencoded", 415),
        ("x", 415), ("", 415), ("application/json; charset=utf-8", 201)):
    answer = gh.ask("POST", "sessions", "{%s}" % ASKED,
                    **{"Content-Type": kind})
    is_(answer.status, status, f"JSON that calls itself '{kind}'")
is_(gh.post("sessions", '{%s,"reporter_id":"x","more":[1]}' % ASKED).status,
    201, "unknown fields are ignored")
is_(gh.ask("GET", "tools?unknown=1&x").status, 200,
    "and unknown parameters")
is_(gh.ask("GET", "sessions", "not looked at").status, 200,
    "a body that nobody asked for")
is_(gh.ask("GET", "sessions").status, 200, "and the next request is whole")
link = http.client.HTTPConnection("127.0.0.1", gh.port, timeout=30)
link.request("POST", "/api/v1/sessions",
             iter([b'{"query":"in', b' chunks",', b'"environment":"dev"}']),
             {"Content-Type": "application/json"}, encode_chunked=True)
answer = link.getresponse()
sid = json.loads(answer.read())["session_id"]
is_(gh.row(sid)["extra_fields"]["query"], "in chunks", "a body in chunks")
big = 9007199254740993
answer = gh.post("sessions", '{%s,"submitter":{"id":"t","n":%d},'
                 '"state_overrides":{"n":-%d,"u":"\\u00e9\\u2602"}}'
                 % (ASKED, big, big))
text = gh.ask("GET", f"sessions/{answer.body['session_id']}").text
ok(f'"n":{big},' in text and f'"n":-{big}' in text,
   "integers keep every digit")
ok(json.loads(text)["extra_fields"]["u"] == "é☂", "texts every character")

# ---- parameters

for path in ("sessions", "sessions/recent", "approvals"):
    for limit in ("0", "501", "-1", "x", "", "1.5", "99999999999999999999"):
        refused(gh.ask("GET", f"{path}?limit={limit}"), 422,
                "unprocessable_entity", f"{path}: limit={limit}",
                "^limit: must be an integer from 1 to 500")
    is_(gh.ask("GET", f"{path}?limit=500").status, 200, f"{path}: 500")
for query in ("limit=%zz", "limit=%", "x=%ff", "%00=1"):
    refused(gh.ask("GET", f"sessions?{query}"), 422, "unprocessable_entity",
            query, "^query string: ")
refused(gh.ask("GET", "sessions?limit=1&limit=2"), 422,
        "unprocessable_entity", "twice", "^limit: given more than once")
refused(gh.ask("GET", "sessions?status=nonsense"), 422,
        "unprocessable_entity", "a status that there is not", "^status: ")
refused(gh.ask("GET", "sessions?app=nonsense"), 422,
        "unprocessable_entity", "an application that there is not", "^app: ")
gh.sound()
done()
