/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the listener's machine still there? nginx holds the connection and does
 * not look; the kernel knows, and tells everybody on this machine.
 *
 *	fd = peer_open();
 *	...
 *	peer_read(&peer, "192.0.2.7 51022 198.51.100.1 443");
 *	...
 *	if (peer_silent_ms(fd, &peer) > 30000)
 *		(it has gone)
 */
#ifndef STREAM_PEER_H
#define STREAM_PEER_H

#include <linux/inet_diag.h>
#include <stdint.h>

enum { PEER_TEXT_MAX = 128 };

/* A connection of nginx's; family 0: none that could be lost in silence. */
struct peer {
	uint8_t family;
	struct inet_diag_sockid id;
};

/* peer_open returns a descriptor to ask through, or -1: nobody will know. */
int peer_open(void);

/*
 * peer_read takes the listener's address and port, then nginx's. What is none
 * of TCP, or of this machine alone, has family 0.
 */
void peer_read(struct peer *peer, const char *text);

/*
 * peer_silent_ms tells for how long the peer has not acknowledged anything,
 * although there is something for it to acknowledge. 0: there is not, or
 * nothing is known of it, as with nginx in another network namespace.
 */
int64_t peer_silent_ms(int fd, const struct peer *peer);

#endif
