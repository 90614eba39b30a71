/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written to listeners: notes, events, signs of life; as Server-Sent
 * Events or messages of a WebSocket.
 */
#ifndef STREAM_SEND_H
#define STREAM_SEND_H

struct client;
struct clients;

/*
 * send_waiting writes what waits for a listener, and asks to go on when there
 * is more. Returns 0, or -1: it is to be closed.
 */
int send_waiting(struct clients *clients, struct client *client);

/*
 * send_woken writes to everybody whom the feed has woken: at once, since to ask
 * first whether a connection takes it costs more than to write. To be called
 * after whatever polls the feed.
 */
void send_woken(struct clients *clients);

#endif
