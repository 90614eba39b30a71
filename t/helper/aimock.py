# SPDX-License-Identifier: Apache-2.0
"""@copilotkit/aimock, a model server that others wrote, for one test.

    from aimock import Aimock

    server = Aimock([{"match": {"systemMessage": "# Triage", "turnIndex": 0},
                      "response": {"content": "I look."}}])
    server.url                  # "http://127.0.0.1:4010"
    server.next_error(429, retryAfter=1)
    server.requests()           # what it was sent: [{"path", "body", ...}]

Without npm, or without a network to install from, the test is skipped,
unless CI=true. It is stopped when the program ends.
"""
import atexit
import json
import os
import subprocess
import urllib.request

import npm
from gatehouse import DEADLINE, bail, free_port, tmp, wait_for


class Aimock:
    def __init__(self, fixtures, **llm):
        if not os.path.isdir(f"{tmp}/node"):
            npm.install("node")
        atexit.register(self._stop)
        while not self._start(fixtures, llm):
            pass    # somebody else took the port meanwhile

    def _start(self, fixtures, llm):
        """Is it ready? No: it has ended."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        base = f"{tmp}/aimock.{port}"
        os.makedirs(base + "/fixtures", exist_ok=True)
        with open(base + "/fixtures/all.json", "w") as file:
            json.dump({"fixtures": fixtures}, file)
        with open(base + "/aimock.json", "w") as file:
            json.dump({"host": "127.0.0.1", "port": port, "strict": True,
                       "llm": {"fixtures": base + "/fixtures", **llm}}, file)
        with open(base + "/log", "w") as log:
            self.process = subprocess.Popen(
                ["node", f"{tmp}/node/node_modules/@copilotkit/aimock/dist/"
                 "aimock-cli.js", "--config", base + "/aimock.json"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "AIMOCK_STRICT_TURN_INDEX": "1"})
        wait_for("aimock is ready or has ended",
                 lambda: self._ready() or self.process.poll() is not None)
        if self.process.poll() is None:
            return True
        with open(base + "/log") as log:
            text = log.read()
        return False if "EADDRINUSE" in text else bail(f"aimock: {text}")

    def _stop(self):
        self.process.kill()

    def _ready(self):
        try:
            return self.ask("GET", "/ready") is not None
        except OSError:
            return False

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.url + path, data, {"Content-Type": "application/json"},
            method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=DEADLINE) as answer:
            text = answer.read().decode()
        try:
            return json.loads(text)
        except ValueError:
            return text

    def requests(self):
        found = self.ask("GET", "/__aimock/journal?limit=1000")
        return found if isinstance(found, list) else found["entries"]
