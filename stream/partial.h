/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of running replies, from the runners' sockets beside the database
 * (runner/progress.h) to the listeners that asked for it. Connected only as
 * long as there are such. A runner that is not there is tried again.
 *
 *	partial = partial_open(&loop, db_path(db), &clients);
 *	-- once a second
 *	partial_tick(partial);
 *	...
 *	partial_close(partial);		and the loop turns once more
 */
#ifndef STREAM_PARTIAL_H
#define STREAM_PARTIAL_H

struct clients;
struct partial;
struct uv_loop_s;

enum { PARTIAL_RUNNERS_MAX = 4 };

/* partial_open returns NULL when memory is out. */
struct partial *partial_open(struct uv_loop_s *loop, const char *db_path,
	struct clients *clients);

/* partial_tick connects, or lets go. */
void partial_tick(struct partial *partial);

/* partial_close accepts NULL. */
void partial_close(struct partial *partial);

#endif
