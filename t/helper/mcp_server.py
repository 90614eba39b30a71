#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""An MCP server that does what a test wants, and mostly what it should not.

    from mcp_server import stdio

    client = Client(*stdio(era="legacy", pages="circle"))

Over HTTP: mcp_http_server.py.

Options, for the handshake and the list:
    era         "legacy", "modern" or "both"
    discover    "silent": no answer; "empty": one without versions; "late"
    refuse      how often a modern request is refused with -32022
    supported   the versions that are named then
    version     what initialize answers
    pages       "three", "circle" or "endless"
    capable     False: declares no tools and has no list
    noise       what it writes to stdout before anything else
    ttl         ttlMs of the list

What its tools do is with each of them, below.
"""
import json
import os
import sys
import threading
import time

LEGACY, MODERN = "2025-11-25", "2026-07-28"
NAMES = ["raw", "fail", "error", "slow", "hang", "twice", "wrong", "garbage",
         "huge", "deep", "odd", "none", "die", "grow", "ask", "batch",
         "input", "lines", "close", "flood"]
TYPED = {"name": "typed", "description": "its arguments are headers, too",
         "inputSchema": {"type": "object", "properties": {
             "a": {"type": "string", "x-mcp-header": "A"}}}}
BAD = {"name": "bad", "inputSchema": {"type": "object", "properties": {
    "a": {"type": "object", "x-mcp-header": "A"}}}}


def schema(name):
    return {"name": name, "inputSchema": {"type": "object"}}


def stdio(**options):
    """Arguments for Client."""
    return ["--", sys.executable, "-B", os.path.realpath(__file__),
            json.dumps(options)]


def text(said, **more):
    return {"content": [{"type": "text", "text": said}], **more}


class Server:
    """The protocol; send(bytes) is how an answer leaves."""

    def __init__(self, era="legacy", discover=None, refuse=0, supported=None,
                 version=LEGACY, pages=None, capable=True, noise=None,
                 ttl=0, **transport):
        self.era, self.discover, self.refuse = era, discover, refuse
        self.supported = supported or [MODERN]
        self.version, self.pages, self.capable = version, pages, capable
        self.noise, self.ttl = noise, ttl
        self.tools = [schema(name) for name in NAMES] + [TYPED, BAD]
        self.cancelled = set()
        self.asked = {}                 # id: [event, answer]
        self.transport = transport
        self.listeners = []             # send of subscriptions/listen

    def say(self, send, message):
        send(json.dumps({"jsonrpc": "2.0", **message},
                        ensure_ascii=False).encode())

    def result(self, send, message, result):
        if "_meta" in message.get("params", {}) and self.era != "legacy":
            result = {"resultType": "complete", **result}
        self.say(send, {"id": message["id"], "result": result})

    def error(self, send, message, code, why, **more):
        self.say(send, {"id": message["id"],
                        "error": {"code": code, "message": why, **more}})

    def is_modern(self, message):
        meta = message.get("params", {}).get("_meta", {})
        return "io.modelcontextprotocol/protocolVersion" in meta

    def take(self, message, raw, send, end=lambda: None):
        """One message; end() is called when nothing follows."""
        method = message.get("method")
        if method is None:
            if message.get("id") in self.asked:
                self.asked[message["id"]][1] = message
                self.asked[message["id"]][0].set()
        elif method == "notifications/cancelled":
            self.cancelled.add(message["params"]["requestId"])
        elif "id" in message:
            if method in ("tools/call", "subscriptions/listen"):
                threading.Thread(target=self.request, daemon=True, args=(
                    method, message, raw, send, end)).start()
                return
            self.request(method, message, raw, send, end)
            return
        end()

    def request(self, method, message, raw, send, end):
        try:
            modern = self.is_modern(message)
            if modern and self.era == "legacy" and not (
                    self.discover and method == "server/discover"):
                self.error(send, message, -32601, "Method not found")
            elif modern and self.refuse > 0:
                self.refuse -= 1
                self.error(send, message, -32022, "Unsupported protocol "
                           "version", data={"supported": self.supported})
            elif not modern and self.era == "modern":
                self.error(send, message, -32602, "no _meta")
            else:
                name = "do_" + method.replace("/", "_")
                getattr(self, name, self.do_unknown)(message, raw, send)
        except OSError:
            pass                        # nobody listens any more
        finally:
            end()

    def do_unknown(self, message, raw, send):
        self.error(send, message, -32601, "Method not found")

    def capabilities(self):
        return {"tools": {"listChanged": True}} if self.capable else {}

    def do_server_discover(self, message, raw, send):
        if self.discover == "silent":
            return
        if self.discover == "late":
            time.sleep(5)
        if self.discover == "empty":
            self.result(send, message, {})
            return
        self.result(send, message, {"supportedVersions": self.supported,
                                    "capabilities": self.capabilities()})

    def do_initialize(self, message, raw, send):
        self.result(send, message, {
            "protocolVersion": self.version,
            "capabilities": self.capabilities(),
            "serverInfo": {"name": "fake", "version": "1"}})

    def do_tools_list(self, message, raw, send):
        cursor = message.get("params", {}).get("cursor")
        if not self.capable:
            self.error(send, message, -32601, "Method not found")
        elif self.pages == "three":
            # The empty string is a cursor like any other.
            page = {None: 0, "": 1, "2": 2}[cursor]
            more = [{"nextCursor": ""}, {"nextCursor": "2"}, {}][page]
            self.result(send, message, {
                "tools": [schema(f"page{page}")], **more})
        elif self.pages == "circle":
            self.result(send, message, {"tools": [], "nextCursor": "x"})
        elif self.pages == "endless":
            self.result(send, message, {
                "tools": [], "nextCursor": str(int(cursor or 0) + 1)})
        else:
            self.result(send, message, {"tools": self.tools,
                                        "ttlMs": self.ttl})

    def do_ping(self, message, raw, send):
        self.result(send, message, {})

    def do_subscriptions_listen(self, message, raw, send):
        self.say(send, {"method": "notifications/subscriptions/acknowledged",
                        "params": {"_meta": {
                            "io.modelcontextprotocol/subscriptionId":
                                message["id"]}}})
        self.listeners.append(send)
        while message["id"] not in self.cancelled:
            time.sleep(0.02)

    def do_tools_call(self, message, raw, send):
        params = message["params"]
        args = params["arguments"]
        tool = getattr(self, "tool_" + params["name"], None)
        if tool is None:
            self.error(send, message, -32602,
                       f"Tool {params['name']} not found")
        else:
            tool(message, args, raw, send)

    # ---- tools

    def tool_raw(self, message, args, raw, send):
        """Says how it was called, byte for byte."""
        self.result(send, message, text("got " + raw))

    tool_typed = tool_raw

    def tool_fail(self, message, args, raw, send):
        self.result(send, message, text("it failed", isError=True))

    def tool_error(self, message, args, raw, send):
        self.error(send, message, args.get("code", -32603),
                   args.get("why", "it failed"), **args.get("more", {}))

    def tool_slow(self, message, args, raw, send):
        """steps times ms, with progress (or the same again, or none)."""
        token = message["params"]["_meta"]["progressToken"]
        for step in range(args["steps"]):
            time.sleep(args["ms"] / 1000)
            if args.get("progress", True):
                self.say(send, {"method": "notifications/progress", "params":
                                {"progressToken": token, "progress":
                                 step if not args.get("same") else 1}})
        self.result(send, message, text("done"))

    def tool_hang(self, message, args, raw, send):
        time.sleep(60)

    def tool_twice(self, message, args, raw, send):
        self.result(send, message, text("first"))
        self.result(send, message, text("second"))

    def tool_wrong(self, message, args, raw, send):
        for bad in (message["id"] + 1000, str(message["id"]), -1, None, [],
                    message["id"] + 0.5):
            self.say(send, {"id": bad, "result": text("not this one")})
        self.result(send, message, text("this one"))

    def tool_garbage(self, message, args, raw, send):
        for bad in (b"Hello, I am a log line", b"{", b"}", b"[", b"[]", b"7",
                    b"null", b'"id"', b"{}", b'{"id":1}', b"[" * 5000,
                    b'{"a":' * 5000, b"\xff\xfe\x00", b'{"method":7}',
                    b'{"id":1,"result":"\xc3"}',
                    b'{"jsonrpc":"2.0","method":"x","method":"y"}',
                    b'{"method":"notifications/progress"}',
                    b'{"method":"notifications/progress","params":'
                    b'{"progressToken":1e300}}',
                    b'{"method":"notifications/tools/list_changed"}'):
            send(bad)
        self.result(send, message, text("after all"))

    def tool_huge(self, message, args, raw, send):
        self.result(send, message, text("x" * args["bytes"]))

    def tool_flood(self, message, args, raw, send):
        """More and more, and never a line's end."""
        while True:
            self.raw_write(send, b"x" * 65536)

    def raw_write(self, send, data):
        send(data)

    def tool_deep(self, message, args, raw, send):
        send(b'{"id":%d,"result":{"content":[],"structuredContent":%s%s}}' %
             (message["id"], b"[" * 200, b"]" * 200))

    def tool_odd(self, message, args, raw, send):
        self.result(send, message, {"resultType": "odd", "content": []})

    def tool_none(self, message, args, raw, send):
        self.result(send, message, {"content": "none"})

    def tool_die(self, message, args, raw, send):
        sys.stderr.write("something is wrong\n" + os.environ.get("SAY", ""))
        sys.stderr.flush()
        os._exit(3)

    def tool_close(self, message, args, raw, send):
        os.close(1)
        time.sleep(60)

    def tool_grow(self, message, args, raw, send):
        """One more tool, and it is told as often as args says."""
        self.tools.append(schema(f"grown{len(self.tools)}"))
        for _ in range(args.get("times", 1)):
            for to in self.listeners or [send]:
                self.say(to, {"method": "notifications/tools/list_changed"})
        self.result(send, message, text("grown"))

    def tool_ask(self, message, args, raw, send):
        """Asks the client something, and says what it was told."""
        number = f"ask-{message['id']}"
        self.asked[number] = [threading.Event(), None]
        self.say(send, {"id": number, "method": args["method"],
                        "params": args.get("params", {})})
        self.asked[number][0].wait(10)
        self.result(send, message, text(json.dumps(self.asked[number][1])))

    def tool_batch(self, message, args, raw, send):
        send(json.dumps([
            {"jsonrpc": "2.0", "method": "notifications/message",
             "params": {}},
            {"jsonrpc": "2.0", "id": message["id"],
             "result": text("of many")}]).encode())

    def tool_lines(self, message, args, raw, send):
        """Is it still one line, whatever was in the arguments?"""
        self.result(send, message, text(str(args["text"].count("\n"))))

    def tool_input(self, message, args, raw, send):
        """Wants input as often as args says, with a state or without."""
        params = message["params"]
        if "inputResponses" in params or "requestState" in params:
            args["state"] = args.get("state") and params["requestState"]
        round = int(args.get("state") or params.get("requestState") or 0)
        if round >= args["rounds"]:
            self.result(send, message, text("got " + raw))
            return
        self.result(send, message, {
            "resultType": "input_required",
            "requestState": str(round + 1),
            **({"inputRequests": {"one": {
                "method": "elicitation/create", "params": {
                    "mode": "form", "message": "?", "requestedSchema": {
                        "type": "object", "properties": {
                            "n": {"type": "integer", "default": 7}}}}}}}
               if args.get("ask") else {})})


# ---- stdio

def run_stdio(options):
    lock = threading.Lock()
    server = Server(**options)
    log = open(os.environ["FAKE_LOG"], "a") if "FAKE_LOG" in os.environ \
        else None

    def send(data):
        with lock:
            sys.stdout.buffer.write(data + b"\n")
            sys.stdout.buffer.flush()

    def raw_write(_, data):
        sys.stdout.buffer.write(data)

    server.raw_write = raw_write
    if server.noise is not None:
        sys.stdout.write(server.noise)
        sys.stdout.flush()
    for line in sys.stdin:
        if log:
            log.write(line)
            log.flush()
        server.take(json.loads(line), line.rstrip("\n"), send)
    if server.transport.get("deaf"):
        time.sleep(60)


if __name__ == "__main__":
    run_stdio(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {})
