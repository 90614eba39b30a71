/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notes: what listeners are told and nobody keeps. They have no seq, are not
 * told again to who was away, and one that does not fit is left out.
 *
 *	{"kind":"presence","payload":{"gate_id":"g7","people":["ann"]}}
 *	{"kind":"runner","payload":{"running":true}}
 *	{"kind":"partial","payload":{...}}	see runner/progress.h
 */
#ifndef STREAM_NOTE_H
#define STREAM_NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "sql/db.h"

struct client;
struct clients;

enum { NOTES_MAX = 64 * 1024 };	/* bytes that wait for one listener */

/*
 * note_partial tells a piece of a running reply of a session, a JSON object,
 * to those who asked for such.
 */
void note_partial(struct clients *clients, const char *session_id,
	const char *json, size_t len);

/* note_partial_wanted tells whether anybody asked for them. */
bool note_partial_wanted(const struct clients *clients);

/*
 * note_presence tells everybody whom it concerns who looks at a gate, after
 * client, who looks at it, came or before it goes.
 */
void note_presence(struct clients *clients, const struct client *client);

/* note_runner looks whether a runner lives, and tells when that changes. */
void note_runner(struct clients *clients, struct db *db, int64_t now_ms);

/* note_welcome tells a new listener how things are. */
void note_welcome(struct clients *clients, struct client *client);

#endif
