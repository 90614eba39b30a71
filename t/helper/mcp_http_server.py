# SPDX-License-Identifier: Apache-2.0
"""The MCP server of mcp_server.py over Streamable HTTP.

    from mcp_http_server import HttpServer

    server = HttpServer(era="modern", sse=True)
    client = Client(server.url)
    server.heard("tools/call")          # what it was sent: messages
    server.headers("tools/call")        # and with which headers
    server.next = [(500, {}, b"")]      # what the next request gets instead;
                                        # None: what it would get

Options are those of Server, and
    sse         answers are streams
    session     there is one; "400": an unknown one is refused like that
    token       is asked for as Bearer
    get         there is a stream by GET
"""
import http.server
import json
import socket
import threading
import time

from mcp_server import Server


class HttpServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, sse=False, session=False, token=None, get=False,
                 **options):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/mcp"
        self.sse, self.session, self.token = sse, session, token
        self.get = get
        self.sockets = []
        self.protocol = Server(**options)
        self.lock = threading.Lock()
        self.requests = []              # (HTTP method, headers, message)
        self.sessions = 0
        self.next = []                  # (status, headers, body) or None
        self.cut = None                 # events after which a stream ends
        self.missed = []                # what is told by the next GET
        self.streams = []               # send of each GET that is open
        self.retry = 100                # ms
        self.mute = 0                   # GETs that say nothing
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def get_request(self):
        request, address = super().get_request()
        self.sockets.append(request)
        return request, address

    def stop(self):
        """Gone at once, with all that is connected."""
        self.shutdown()
        self.server_close()
        for connection in self.sockets:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass                    # it had ended before

    def handle_error(self, request, address):
        pass                            # a client may go at any time

    def heard(self, method=None):
        with self.lock:
            return [m for how, _, m in self.requests if m is not None and
                    (method is None or m.get("method") == method)]

    def headers(self, method):
        with self.lock:
            return [h for how, h, m in self.requests
                    if (m or {}).get("method", how) == method]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def fail(self, status, code, why):
        self.reply(status, json.dumps(
            {"jsonrpc": "2.0", "error": {"code": code, "message": why},
             "id": None}).encode(), {"Content-Type": "application/json"})

    def admitted(self, message):
        """Or the answer has been given."""
        server = self.server
        with server.lock:
            server.requests.append((self.command, dict(self.headers),
                                    message))
            given = server.next.pop(0) if server.next and \
                "id" in (message or {}) and \
                message.get("method") != "subscriptions/listen" else None
        if given:
            self.reply(given[0], given[2], given[1])
        elif server.token and self.headers["Authorization"] != \
                f"Bearer {server.token}":
            self.reply(401, b"", {"WWW-Authenticate": 'Bearer scope="tools"'})
        elif server.session and self.command == "POST" and \
                message.get("method") != "initialize" and \
                self.headers["Mcp-Session-Id"] != f"s{server.sessions}":
            if server.session == "400":
                self.fail(400, -32000,
                          "Bad Request: No valid session ID provided")
            else:
                self.fail(404, -32001, "gone")
        else:
            return True
        return False

    def do_POST(self):
        server = self.server
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        message = json.loads(raw)
        if not self.admitted(message):
            return
        if "id" not in message or "method" not in message:
            server.protocol.take(message, raw, None)
            self.reply(202)
            return
        if server.protocol.is_modern(message) and \
                server.protocol.era == "legacy" and \
                server.protocol.discover is None:
            self.fail(400, -32000, "Bad Request: Server not initialized")
            return
        headers = {}
        if message["method"] == "initialize" and server.session:
            server.sessions += 1
            headers["Mcp-Session-Id"] = f"s{server.sessions}"
        if server.sse or message["method"] == "subscriptions/listen":
            self.stream(message, raw, headers)
        else:
            self.whole(message, raw, headers)

    def whole(self, message, raw, headers):
        """The answer alone; what else there is goes by the stream."""
        over, said = threading.Event(), []

        def send(data):
            if b'"id": %d,' % message["id"] in data:
                said.append(data)
            else:
                for stream in self.server.streams:
                    stream(data)
        self.server.protocol.take(message, raw, send, over.set)
        over.wait()
        status = 200
        if said and b'"code": -3202' in said[-1]:
            status = 400
        self.reply(status, said[-1] if said else b"",
                   {"Content-Type": "application/json", **headers})

    def begin_stream(self, headers=()):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True

    def event(self, data, number=None):
        with self.server.lock:
            self.wfile.write(
                (f"id: {number}\nretry: {self.server.retry}\n".encode()
                 if number is not None else b"") +
                b"event: message\n" + b"".join(
                    b"data: " + line + b"\n" for line in data.split(b"\n")) +
                b"\n")
            self.wfile.flush()

    def stream(self, message, raw, headers):
        server, over, told = self.server, threading.Event(), []
        cut = server.cut if message["method"] == "tools/call" else None
        self.begin_stream(headers)
        if cut is not None:
            self.event(b"", "first")    # the priming event

        def send(data):
            told.append(data)
            if cut is None or len(told) <= cut:
                self.event(data, f"e{len(told)}" if cut is not None else
                           None)
            else:
                server.missed.append((f"e{len(told)}", data))
                over.set()
        server.protocol.take(message, raw, send, over.set)
        over.wait()

    def do_GET(self):
        server = self.server
        if not self.admitted(None):
            return
        if not server.get and "Last-Event-ID" not in self.headers:
            self.reply(405)
            return
        self.begin_stream()
        if server.mute > 0:
            server.mute -= 1
            time.sleep(600)
            return
        while "Last-Event-ID" in self.headers:
            if server.missed:
                number, data = server.missed.pop(0)
                self.event(data, number)
                if b'"result"' in data:
                    return
            time.sleep(0.02)
        server.streams.append(lambda data: self.event(data))
        while True:
            time.sleep(1)
            self.wfile.write(b": still here\n\n")
            self.wfile.flush()

    def do_DELETE(self):
        if self.admitted(None):
            self.reply(200)
