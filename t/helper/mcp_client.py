# SPDX-License-Identifier: Apache-2.0
"""The runner's MCP client, driven by a test (t/mcp/client.c).

    from mcp_client import Client

    client = Client("--", "python3", "server.py")   # or a URL, and options
    client.ready()                      # {"ready": 2, "tools": [...], ...}
    client.call("echo", {"text": "hi"}) # {"error": False, "result": ...}
    number = client.start("slow", {})   # without waiting for its end
    client.cancel(number)
    client.end(number)
    client.close()                      # its exit code

What is not told within DEADLINE ends the test.
"""
import atexit
import json
import os
import queue
import subprocess
import threading

from gatehouse import BUILD, DEADLINE, bail, tmp


class Client:
    count = 0

    def __init__(self, *args, env=None):
        Client.count += 1
        self.log_path = f"{tmp}/client.{Client.count}.log"
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen(
                [f"{BUILD}/t/mcp-conformance-client", *args],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                env={**os.environ, "no_proxy": "*", "MCP_CLIENT_DEBUG": "1",
                     **(env or {})})
        atexit.register(self.process.kill)
        self.seen = []                  # what was told and not yet taken
        self._queue = queue.Queue()
        self._calls = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._queue.put(json.loads(line))
        self._queue.put(None)

    def wait(self, what, wanted, seconds=DEADLINE):
        """The first thing told of which wanted() holds."""
        for told in self.seen:
            if wanted(told):
                self.seen.remove(told)
                return told
        while True:
            try:
                told = self._queue.get(timeout=seconds)
            except queue.Empty:
                bail(f"not in {seconds} s: {what}; {self.log()[-2000:]}")
            if told is None:
                bail(f"the client ended before: {what}; "
                     f"{self.log()[-2000:]}")
            if wanted(told):
                return told
            self.seen.append(told)

    def ready(self):
        return self.wait("it is ready", lambda told: "ready" in told)

    def down(self):
        return self.wait("it is down", lambda told: "down" in told)["down"]

    def _say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def start(self, tool, args):
        """Call a tool; args: JSON text, or what becomes it."""
        self._calls += 1
        text = args if isinstance(args, str) else json.dumps(args)
        self._say(f"call {self._calls} {tool} {text}")
        return self._calls

    def end(self, number):
        return self.wait(f"call {number} ends",
                         lambda told: told.get("call") == number)

    def call(self, tool, args):
        return self.end(self.start(tool, args))

    def trace(self, text):
        """The calls that follow are part of this trace."""
        self._say(f"trace {text}")

    def cancel(self, number):
        self._say(f"cancel {number}")

    def log(self):
        with open(self.log_path, errors="replace") as log:
            return log.read()

    def close(self):
        """Close the client properly; its exit code: 1 if it was down."""
        if self.process.poll() is None:
            self._say("quit")
            self.process.stdin.close()
        try:
            code = self.process.wait(DEADLINE)
            if code not in (0, 1):
                bail(f"the client ended with {code}: {self.log()[-4000:]}")
            return code
        except subprocess.TimeoutExpired:
            bail(f"the client does not end: {self.log()[-2000:]}")
