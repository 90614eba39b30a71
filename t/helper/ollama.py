# SPDX-License-Identifier: Apache-2.0
"""A server that speaks Ollama's own API and says what a test tells it.

    from ollama import Ollama, call, line, last

    server = Ollama()
    server.say("[fix]", [line("I fix."), line(calls=[call("box__fix", "{}")]),
                         last()])
    app.edit("kind: script, file: script.yaml", server.provider())
    ...
    server.asked("[fix]")[0]["options"]["num_ctx"]

Each request whose first user message holds the text takes the next answer
of that text; the last one is repeated. An answer is a list of lines (JSON
text; a number is a pause in seconds, a threading.Event one until it is set),
or a pair of a status and a body. A list that does not end with last() is a
stream that breaks off.
"""
import atexit
import http.server
import json
import threading
import time


def call(name, args, **more):
    """One tool call; args is JSON text, so that every digit is kept."""
    return (f'{{"function":{{"name":{json.dumps(name)},'
            f'"arguments":{args}}}{_members(more)}}}')


def line(content="", calls=(), **more):
    return (f'{{"model":"m","message":{{"role":"assistant",'
            f'"content":{json.dumps(content)}'
            + (f',"tool_calls":[{",".join(calls)}]' if calls else "")
            + f'{_members(more)}}},"done":false}}')


def last(reason="stop", **counts):
    return json.dumps({"model": "m", "message": {
        "role": "assistant", "content": ""}, "done": True,
        "done_reason": reason, "total_duration": 5, **counts})


def _members(more):
    return "".join(f",{json.dumps(k)}:{json.dumps(v)}"
                   for k, v in more.items())


class Ollama:
    def __init__(self):
        self.answers = {}       # text: answers left
        self.requests = []      # bodies, in order
        self.headers = []
        self.lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"replay": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()
        atexit.register(self.server.shutdown)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def provider(self, more=""):
        """What stands in a provider's braces."""
        return f'kind: ollama, base_url: "{self.url}"{more}'

    def say(self, text, *answers):
        self.answers[text] = list(answers)

    def asked(self, text):
        with self.lock:
            return [r for r in self.requests if text in _query(r)]

    def take(self, headers, body):
        with self.lock:
            self.requests.append(body)
            self.headers.append(headers)
            for text, answers in self.answers.items():
                if text in _query(body):
                    return answers.pop(0) if len(answers) > 1 else answers[0]
        return 404, json.dumps({"error": "no answer fits"})


def _query(body):
    return next((m["content"] for m in body["messages"]
                 if m["role"] == "user"), "")


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        answer = self.replay.take(dict(self.headers),
                                  json.loads(self.rfile.read(size)))
        if self.path != "/api/chat":
            answer = 404, "404 page not found"
        try:
            if isinstance(answer, tuple):
                self.send(*answer)
            else:
                self.stream(answer)
        except OSError:
            pass                # the runner has gone

    def send(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def stream(self, lines):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for text in lines:
            if isinstance(text, (int, float)):
                time.sleep(text)
                continue
            if isinstance(text, threading.Event):
                text.wait()
                continue
            data = text.encode() + b"\n"
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
            self.wfile.flush()
        if lines and '"done": true' in str(lines[-1]):
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True

    def log_message(self, *words):
        pass
