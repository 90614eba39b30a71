# SPDX-License-Identifier: Apache-2.0
"""A model server that speaks OpenAI's dialect and takes its time: the model
"after-2" begins its reply after two seconds, "never" does not. It asks for the
change first, and says that it was made once it sees a result.

    with Model() as model:
        ... model.port, model.open(), model.most ...
"""
import asyncio
import json
import re
import resource
import threading

USAGE = {"prompt_tokens": 812, "completion_tokens": 64, "total_tokens": 876}
CALL = {"role": "assistant", "content": "The change is needed.", "tool_calls": [
    {"index": 0, "id": "call_0", "type": "function", "function": {
        "name": "service__change", "arguments": json.dumps({
            "service": "payments", "action": "rollback",
            "region": "eu-west-1"})}}]}
END = {"role": "assistant", "content":
       "## Response\nThe service was changed.\n"
       "## Confidence\n0.9 - the change was made\n## Signal\nsuccess\n"}


def _stream(delta, reason):
    """An answer as a stream of three events."""
    chunk = {"id": "x", "object": "chat.completion.chunk", "model": "m"}
    events = [
        {**chunk, "choices": [{"index": 0, "delta": delta}]},
        {**chunk, "choices": [{"index": 0, "delta": {},
                               "finish_reason": reason}], "usage": USAGE},
    ]
    text = "".join(f"data: {json.dumps(e)}\n\n" for e in events)
    text += "data: [DONE]\n\n"
    return (f"{len(text):x}\r\n{text}\r\n0\r\n\r\n").encode()


HEAD = (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n")
CALL, END = _stream(CALL, "tool_calls"), _stream(END, "stop")


class _Client(asyncio.Protocol):
    def __init__(self, model):
        self.model, self.data, self.timer = model, b"", None
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, _):
        if self.timer:
            self.timer.cancel()
        self._over()

    def _over(self):
        self.model.waiting.discard(self)

    def data_received(self, data):
        self.data += data
        head, mark, body = self.data.partition(b"\r\n\r\n")
        if not mark:
            return
        if b"100-continue" in head and not body:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if len(body) < int(length[1]):
            return
        self.data = b""
        self.model.waiting.add(self)
        self.model.most = max(self.model.most, len(self.model.waiting))
        after = re.search(rb'"model": ?"after-([\d.]+)"', body)
        reply = END if b'"role":"tool"' in body else CALL
        if after:
            self.timer = asyncio.get_running_loop().call_later(
                float(after[1]), self._answer, reply)

    def _answer(self, reply):
        self.model.requests += 1
        self._over()
        self.transport.write(HEAD + reply)


class Model:
    """The server, on a thread of its own."""

    def __init__(self):
        self.waiting, self.most, self.requests = set(), 0, 0
        self.port = None
        self.loop = asyncio.new_event_loop()
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def __enter__(self):
        ready = threading.Event()

        async def serve():
            server = await self.loop.create_server(
                lambda: _Client(self), "127.0.0.1", 0, backlog=4096)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()

        def run():
            self.loop.run_until_complete(serve())
            self.loop.run_forever()

        threading.Thread(target=run, daemon=True).start()
        ready.wait()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
