#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# Requests made of the description by chance, right and wrong: whatever is
# sent, the answer is one that is described, and never a failure of ours; and
# what is taken is as described, too.
#
# GATEHOUSE_SEED=N repeats a run, GATEHOUSE_REQUESTS=N says how long.
import json
import os
import random
import re
import sys
import urllib.parse
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import App, diag, done, is_, ok, say
from openapi import Described

seed = int(os.environ.get("GATEHOUSE_SEED", random.randrange(10 ** 9)))
count = int(os.environ.get("GATEHOUSE_REQUESTS", 1500))
dice = random.Random(seed)
diag(f"GATEHOUSE_SEED={seed} GATEHOUSE_REQUESTS={count}")

TEXTS = ["", " ", "x", "g1", "g999999999999999999999", "dev", "gates", "none",
         "any", "2h", "-1s", "2026-01-01T00:00:00Z", "2026-13-01T00:00:00Z",
         "approve", "reject", "9" * 40, "x" * 300, "x" * 70000, "a\0b", "é",
         "\U0001f600", "\"'\\", "';--", "%", "%s%n", "../..", "\r\nX: y",
         "null", "true", "<b>", "\ud800"]
NUMBERS = [0, 1, -1, 2, 500, 501, 2 ** 31, 2 ** 53, 2 ** 63, -2 ** 63, 1e400,
           0.5, 1e15, -0.0]
SCALARS = [None, True, False, [], {}, [[]], {"": {}}]

gh = Described().start(App("gates", {
    "two.": [[("box:high", {"n": 1}), ("box:high", {"n": 2})], say("done")],
}), auth=True)
gh.headers = gh.token("root", "admin")
ids = [gh.session("two.") for _ in range(8)]
for sid in ids:
    gh.wait(sid, "awaiting_input")
gates = [f"g{n}" for n in range(1, 17)] + ["0", "1"]
# Streams have no end, and /ready may say no.
operations = [row for row in gh.operations()
              if row[2]["tags"] != ["live"] and row[1] != "/ready"]


def anything():
    kind = dice.randrange(4)
    if kind == 0:
        return dice.choice(NUMBERS)
    if kind == 1:
        return dice.choice(SCALARS)
    return dice.choice(TEXTS)


def value(schema):
    """As described, mostly."""
    schema = gh.resolve(schema)
    if dice.random() < 0.1:
        return anything()
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return value(dice.choice(schema[word]))
    if "enum" in schema:
        return dice.choice(schema["enum"])
    kind = schema.get("type")
    kind = dice.choice(kind) if isinstance(kind, list) else kind
    if kind == "object":
        needed = schema.get("required", ())
        return {name: value(inner)
                for name, inner in schema.get("properties", {}).items()
                if dice.random() < (0.95 if name in needed else 0.15)}
    if kind == "array":
        return [value(schema["items"]) for _ in range(dice.randrange(4))]
    if kind == "integer":
        return dice.choice([schema.get("minimum", 0),
                            schema.get("maximum", 7), dice.randrange(1, 9)])
    if kind == "boolean":
        return dice.random() < 0.5
    if kind == "null":
        return None
    return dice.choice(TEXTS[:14])


def text_of(it):
    return it if isinstance(it, str) else json.dumps(it)


def place(name):
    """What stands for a parameter of the path: mostly something there is."""
    known = {"id": ids, "app": ["gates"]}.get(name, gates)
    it = dice.choice(known) if dice.random() < 0.8 else text_of(anything())
    return urllib.parse.quote(it[:2000], safe="", errors="replace")


def body_of(operation):
    if "requestBody" not in operation:
        return "{}" if dice.random() < 0.02 else None
    text = json.dumps(value(
        operation["requestBody"]["content"]["application/json"]["schema"]))
    return text if dice.random() < 0.95 else text[:dice.randrange(len(text))]


def ask(method, path, operation):
    """One request by chance: what was asked, and the answer's status."""
    path = re.sub("{([a-z]+)}", lambda found: place(found[1]), path)
    query, headers = [], {}
    for part in map(gh.resolve, operation["parameters"]):
        # Whoever comes back to a stream, which has no end, sends that.
        if part["in"] == "path" or part["name"] == "Last-Event-ID" or \
                dice.random() > 0.3:
            continue
        text = text_of(value(part["schema"]))
        if part["in"] == "query":
            query.append((part["name"], text[:9000]))
        else:
            headers[part["name"]] = re.sub("[^ -~]", "?", text[:2000])
    if dice.random() < 0.05:
        query.append((dice.choice(TEXTS)[:90], "x"))
    if query:
        path += "?" + urllib.parse.urlencode(query, errors="replace")
    if method == "POST" and dice.random() < 0.3:
        headers["Accept"] = "text/event-stream"
    body = body_of(operation)
    # Who guesses tokens is held back, and must not be who does the rest.
    guesses = operation["operationId"] == "signIn"
    answer = gh.ask(method, path, body,
                    "127.0.0.2" if guesses else None, **headers)
    return f"{method} {path:.500} {body!s:.500}", answer.status


failed = []
for _ in range(count):
    asked, status = ask(*dice.choice(operations))
    if status >= 500:
        failed.append((asked, status))
is_(failed, [], f"{count} requests, none failed (seed {seed})")
did = [name for name, codes in gh.seen.items() if codes & {"200", "201"}]
ok(len(did) > len(operations) // 2,
   f"{len(did)} of {len(operations)} operations were done")
# What is not known is ignored by who takes no list of parameters, or no body.
gh.complaints = [c for c in gh.complaints if "is not described" not in c]
gh.as_described("and all answers are as described")
is_(gh.sql("PRAGMA integrity_check"), [("ok",)], "the database is whole")
gh.sound()
gh.stop()
done()
