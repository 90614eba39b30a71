#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
#
# The runner's MCP client and a program, good or bad, of either era.
import json
import os
import re
import signal
import sys
sys.path.insert(0, sys.path[0] + "/../helper")
from gatehouse import done, is_, like, ok, tmp, wait_for
from mcp_client import Client
from mcp_server import LEGACY, MODERN, stdio


def text(end):
    return end["result"]["content"][0]["text"]


def names(ready):
    return [tool["name"] for tool in ready["tools"]]


class Heard:
    """What the server was sent, in a file of its own."""

    def __init__(self):
        Heard.count = getattr(Heard, "count", 0) + 1
        self.path = f"{tmp}/heard.{Heard.count}"
        self.env = {"FAKE_LOG": self.path}

    def all(self, method):
        try:
            with open(self.path) as file:
                told = [json.loads(line) for line in file]
        except FileNotFoundError:
            told = []
        return [m for m in told if m.get("method") == method]


def starts(what, spoken, *options, **server):
    heard = Heard()
    client = Client(*options, *stdio(**server), env=heard.env)
    is_(client.ready()["version"], spoken, what)
    return client, heard


def refused(what, why, *options, **server):
    client = Client(*options, *stdio(**server))
    like(client.down(), why, what)
    client.close()


# ---- which era

client, heard = starts("a server of the past is asked, and greeted", LEGACY)
is_([len(heard.all(m)) for m in ("server/discover", "initialize",
                                 "notifications/initialized")], [1, 1, 1],
    "in that order, and each once")
client.close()
client, heard = starts("whoever calls itself modern is", MODERN,
                       era="modern")
is_(len(heard.all("initialize")), 0, "and never sees initialize")
meta = heard.all("tools/list")[0]["params"]["_meta"]
is_((meta["io.modelcontextprotocol/protocolVersion"],
     meta["io.modelcontextprotocol/clientCapabilities"],
     meta["io.modelcontextprotocol/clientInfo"]["name"]),
    (MODERN, {}, "gatehouse"), "each request says who asks")
client.close()
client, _ = starts("whoever can both is modern", MODERN, era="both")
client.close()
client, _ = starts("unless it is not to be", LEGACY, "-e", "legacy",
                   era="both")
client.close()
for how in ("silent", "empty"):
    client, _ = starts(f"an answer to discover that is {how}: legacy",
                       LEGACY, "-s", "8000", era="legacy", discover=how)
    client.close()
client, _ = starts("a late answer to discover changes nothing", LEGACY,
                   "-s", "8000", era="both", discover="late")
ok(not client.call("slow", {"steps": 8, "ms": 400})["error"],
   "and no harm is done")
client.close()
client, _ = starts("refused once with the version that it wants: again",
                   MODERN, era="modern", refuse=1)
client.close()
refused("refused again and again", "refuses a version that it supports",
        era="modern", refuse=9)
client, _ = starts("refused, but it knows the past", LEGACY, era="both",
                   refuse=1, supported=[LEGACY])
client.close()
refused("refused, with versions that nobody knows", "no version",
        era="modern", refuse=1, supported=["2031-01-01"])
refused("only modern is wanted, and it is not", "does not tell what it is",
        "-e", "modern", era="legacy")
refused("a version that nobody knows", 'version "1999-01-01"',
        version="1999-01-01")
client, _ = starts("an old version is good enough", "2025-03-26",
                   version="2025-03-26")
client.close()

# ---- the list of tools

client = Client(*stdio(pages="three"))
is_(names(client.ready()), ["page0", "page1", "page2"],
    "all pages, and an empty cursor is one")
client.close()
refused("a list that runs in a circle", "in a circle", pages="circle")
refused("a list without an end", "too many pages", pages="endless")
client = Client(*stdio(capable=False))
is_(client.ready()["ready"], 0, "without the capability there are no tools")
client.close()
client, heard = starts("a list is told once", LEGACY)
client.call("grow", {"times": 5})
grown = client.ready()
ok("grown22" in names(grown), "and again when it has changed")
is_(len(heard.all("tools/list")), 2,
    "however often the server says so: it is read once more")
client.close()
client, heard = starts("modern: a subscription tells of changes", MODERN,
                       era="modern")
wait_for("the subscription", lambda: heard.all("subscriptions/listen"))
client.call("grow", {})
ok("grown22" in names(client.ready()), "and the list is read again")
client.close()

# ---- calls

for era in ("legacy", "modern"):
    heard = Heard()
    client = Client("-c", "2500", "-m", "8000", *stdio(era=era),
                    env=heard.env)
    client.ready()
    like(text(client.call("raw", '{"n": 9007199254740993, "f": 1.50}')),
         r'"arguments":\{"n": 9007199254740993, "f": 1\.50\}',
         f"{era}: arguments arrive as they were written")
    is_(text(client.call("lines", {"text": "a\nb"})), "1",
        f"{era}: and on one line")
    is_(client.call("fail", {})["result"], {"error": "it failed"},
        f"{era}: a tool that fails")
    is_(client.call("error", {"why": "no", "code": -32602})["result"],
        {"error": "no (code -32602)"}, f"{era}: a refusal is the same to us")
    like(client.call("absent", {})["result"]["error"], "not found",
         f"{era}: and so is a tool that is not there")
    is_(client.call("raw", "[1]")["result"],
        {"error": "the arguments are no JSON object"},
        f"{era}: arguments that are none are not sent")
    # All at once, since each takes its time.
    alive, silent, same, endless = (client.start("slow", {"ms": 400, **how})
                                    for how in (
        {"steps": 8}, {"steps": 16, "progress": False},
        {"steps": 16, "same": True}, {"steps": 32}))
    is_(text(client.end(alive)), "done",
        f"{era}: progress keeps a call alive")
    end = client.end(silent)
    is_((end["error"], end["lost"], end["result"]["error"]),
        (True, True, "timed out after 2.5 s without an answer"),
        f"{era}: silence does not")
    like(client.end(same)["result"]["error"], "without an answer",
         f"{era}: nor does progress that is none")
    is_(client.end(endless)["result"]["error"], "timed out after 8 s in all",
        f"{era}: and there is an end to everything")
    number = client.start("hang", {})
    client.cancel(number)
    is_(client.end(number)["result"]["error"], "cancelled",
        f"{era}: a call can be cancelled")
    wait_for("the server is told", lambda: len(
        heard.all("notifications/cancelled")) == 4)
    is_([m["params"]["reason"] for m in
         heard.all("notifications/cancelled")][2:],
        ["timed out after 8 s in all", "cancelled"],
        f"{era}: and the server is told why it ended")
    client.close()

# ---- lies

for era in ("legacy", "modern"):
    client, _ = starts(f"{era}: and then it lies",
                       LEGACY if era == "legacy" else MODERN, "-b", "100000",
                       "-c", "9000", era=era)
    is_(text(client.call("twice", {})), "first",
        f"{era}: of two answers the first counts")
    is_(text(client.call("wrong", {})), "this one",
        f"{era}: answers to nothing are ignored")
    is_(text(client.call("garbage", {})), "after all",
        f"{era}: lines that are no messages are ignored")
    like(client.call("none", {})["result"]["error"], "no result",
         f"{era}: a result that is none")
    end = client.call("odd", {})
    is_(end["error"], era == "modern",
        f"{era}: a type of result that nobody knows")
    is_(len(text(client.call("huge", {"bytes": 90000}))), 90000,
        f"{era}: a large answer")
    number = client.start("hang", {})
    client.start("huge", {"bytes": 110000})
    like(client.end(number)["result"]["error"],
         "a line of more than 100000 bytes",
         f"{era}: one that is too large is the end")
    like(client.down(), "a line of more than 100000 bytes",
         f"{era}: of the server, as nobody knows whose it was")
    is_(client.close(), 1, f"{era}: and the client lives")
client = Client("-b", "1000000", *stdio())
client.ready()
number = client.start("flood", {})
like(client.down(), "a line of more", "a line without an end is one, too")
client.close()
client, _ = starts("an answer that is too deep", LEGACY, "-c", "1000")
like(client.call("deep", {})["result"]["error"], "without an answer",
     "is none")
client.close()
client, _ = starts("noise before anything else is ignored", LEGACY,
                   noise="Welcome!\n\n{\n")
client.close()

# ---- the server asks

client, _ = starts("a server may ask", LEGACY, era="legacy")
said = client.call("ask", {"method": "ping"})["result"]
is_(said["result"], {}, "ping is answered")
for method in ("roots/list", "sampling/createMessage", "elicitation/create",
               "what/ever"):
    said = client.call("ask", {"method": method})["result"]
    is_(said["error"]["code"], -32601, f"{method}: not offered")
is_(text(client.call("batch", {})), "of many", "a batch is taken apart")
client.close()
client, heard = starts("what is offered is declared", LEGACY, "-a",
                       '{"elicitation":{}}', era="legacy")
is_(heard.all("initialize")[0]["params"]["capabilities"],
    {"elicitation": {}}, "in the handshake")
said = client.call("ask", {
    "method": "elicitation/create", "params": {"requestedSchema": {
        "properties": {"n": {"default": 9007}}}}})["result"]
is_(said["result"], {"action": "accept", "content": {"n": 9007}},
    "and answered by the owner")
client.close()
client, _ = starts("modern: nothing may be asked", MODERN, era="modern")
said = client.call("ask", {"method": "ping"})["result"]
is_(said["error"]["code"], -32601, "not even ping")
end = client.call("input", {"rounds": 1, "ask": True})
like(end["result"]["error"], "input that nobody here gives",
     "and input is not given by somebody who declares none")
end = client.call("error", {"code": -32021, "why": "Missing capability",
                            "more": {"data": {"requiredCapabilities":
                                              {"sampling": {}}}}})
like(end["result"]["error"], r'code -32021\): it wants \{"sampling": \{\}\}',
     "a capability that is missing is named")
client.close()
client, heard = starts("modern: but it may be declared", MODERN, "-a",
                       '{"elicitation":{}}', era="modern")
raw = text(client.call("input", {"rounds": 3, "ask": True}))
is_(json.loads(raw[4:])["params"]["inputResponses"],
    {"one": {"action": "accept", "content": {"n": 7}}},
    "and then its input is given")
ids = [m["id"] for m in heard.all("tools/call")]
is_((len(ids), len(set(ids))), (4, 4), "each round has a new id")
is_([m["params"].get("requestState") for m in heard.all("tools/call")],
    [None, "1", "2", "3"], "and the state that it was given")
like(client.call("input", {"rounds": 99})["result"]["error"],
     "again and again", "but not for ever")
client.close()

# ---- the end

client, _ = starts("a program that dies", LEGACY)
other = client.start("hang", {})
end = client.call("die", {})
ok(end["error"] and end["lost"] and client.end(other)["lost"],
   "takes all calls with it")
like(client.down(), "ended with exit code 3; it said: something is wrong",
     "and its last words are told")
client.close()
client = Client(*stdio(), env={"SAY": "key is hunter2-hunter2"})
client.ready()
client.call("die", {})
like(client.down(), r"it said: \*+$", "but none of its secrets")
client.close()
client, _ = starts("a program that closes its output", LEGACY)
ok(client.call("close", {})["lost"], "will not answer any more")
like(client.down(), "closed its output", "which is told")
client.close()
for argv, why in (([f"{tmp}/no/such/program"], "cannot start"),
                  (["/bin/false"], "exit code 1"),
                  (["/bin/sh", "-c", "kill -SEGV $$"], "signal 11")):
    client = Client("--", *argv)
    like(client.down(), why, f"{argv[0].split('/')[-1]}: {why}")
    client.close()
client = Client("-s", "1000", "--", "/bin/sleep", "900")
like(client.down(), "not ready after 1 s", "one that says nothing at all")
client.close()
ok(True, "and does not end by itself is ended")
stubborn = ["/bin/sh", "-c",
            f"trap '' TERM; echo $$ > {tmp}/pid; while :; do sleep 1; done"]
client = Client("-s", "500", "--", *stubborn)
client.down()
client.close()
with open(f"{tmp}/pid") as file:
    pid = file.read().strip()
ok(not os.path.exists(f"/proc/{pid}"), "even if it does not want to")
done()
