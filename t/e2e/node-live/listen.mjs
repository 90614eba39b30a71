// SPDX-License-Identifier: Apache-2.0
//
// node listen.mjs LISTENERS: JSON, [{"url": ..., "headers": {...}}, ...]. Those
// of ws: are WebSockets, which come back with since; the others are left to
// EventSource and its Last-Event-ID, as a browser would. Prints "NUMBER SEQ"
// for each event, "NUMBER refused STATUS" for who is not let in.
import { EventSource } from "eventsource";
import WebSocket from "ws";

const PAUSE = 100; // ms

function hear(number, state, data) {
  const event = JSON.parse(data);
  if (event.seq === undefined) return;
  state.seq = event.seq;
  console.log(`${number} ${event.seq}`);
}

function listenWebSocket(number, { url, headers }, state) {
  const socket = new WebSocket(`${url}?since=${state.seq}`, { headers });
  let refused = false;
  socket.on("message", (data) => hear(number, state, data));
  socket.on("error", () => {});
  socket.on("unexpected-response", (request, answer) => {
    refused = answer.statusCode < 500;
    if (refused) console.log(`${number} refused ${answer.statusCode}`);
    request.destroy();
  });
  socket.on("close", () => {
    if (!refused)
      setTimeout(() => listenWebSocket(number, { url, headers }, state), PAUSE);
  });
}

function listenEvents(number, { url, headers }, state) {
  const source = new EventSource(`${url}?since=${state.seq}`, {
    fetch: (input, init) =>
      fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
  });
  source.onmessage = (message) => hear(number, state, message.data);
  source.onerror = (error) => {
    if (source.readyState !== EventSource.CLOSED) return;
    // It gives up at any answer that is no stream: 502, for one.
    if (error.code < 500) console.log(`${number} refused ${error.code}`);
    else
      setTimeout(() => listenEvents(number, { url, headers }, state), PAUSE);
  };
}

JSON.parse(process.argv[2]).forEach((listener, number) => {
  const listen = listener.url.startsWith("ws:")
    ? listenWebSocket
    : listenEvents;
  listen(number, listener, { seq: 0 });
});
