/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/record.h"

#include <errno.h>
#include <stddef.h>
#include <sys/uio.h>

#include "lib/buf.h"
#include "lib/err.h"

/* FastCGI specification, section 8. */
enum {
	VERSION = 1,
	END_REQUEST = 3,
	STDOUT = 6,
	STDERR = 7,
	HEADER_SIZE = 8,
	END_BODY_SIZE = 8,
	CONTENT_MAX = 65528,	/* a multiple of 8: no padding is needed */
};

static void
put_header(unsigned char *to, int type, int request_id, size_t len)
{
	to[0] = VERSION;
	to[1] = (unsigned char)type;
	to[2] = (unsigned char)(request_id >> 8);
	to[3] = (unsigned char)request_id;
	to[4] = (unsigned char)(len >> 8);
	to[5] = (unsigned char)len;
	to[6] = 0;
	to[7] = 0;
}

static int
write_all(int fd, struct iovec *piece, int count)
{
	while (count > 0) {
		ssize_t n = writev(fd, piece, count);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return E_IO;
		for (; count > 0 && (size_t)n >= piece->iov_len; count--)
			n -= (ssize_t)piece++->iov_len;
		if (count > 0) {
			piece->iov_base = (char *)piece->iov_base + n;
			piece->iov_len -= (size_t)n;
		}
	}
	return OK;
}

/* One record of what is left of head and body; moves them on. */
static size_t
cut(struct iovec *piece, struct iovec rest[2])
{
	size_t room = CONTENT_MAX;

	for (int i = 0; i < 2; i++) {
		size_t len = rest[i].iov_len < room ? rest[i].iov_len : room;

		piece[i] = (struct iovec){ rest[i].iov_base, len };
		if (len == 0)	/* then there may be no address */
			continue;
		rest[i].iov_base = (char *)rest[i].iov_base + len;
		rest[i].iov_len -= len;
		room -= len;
	}
	return CONTENT_MAX - room;
}

int
record_answer(int fd, int request_id, const struct buf *head,
    const struct buf *body, bool last)
{
	unsigned char header[HEADER_SIZE];
	unsigned char end[3 * HEADER_SIZE + END_BODY_SIZE] = { 0 };
	struct iovec rest[2] = {
		{ head->data, head->len },
		{ body->data, body->len },
	};
	struct iovec piece[4];
	size_t len;
	int rc = OK, pieces;

	put_header(end, STDOUT, request_id, 0);
	put_header(end + HEADER_SIZE, END_REQUEST, request_id, END_BODY_SIZE);
	put_header(end + sizeof(end) - HEADER_SIZE, STDERR, request_id, 0);
	while (rc == OK && rest[0].iov_len + rest[1].iov_len > 0) {
		piece[0] = (struct iovec){ header, sizeof(header) };
		len = cut(piece + 1, rest);
		put_header(header, STDOUT, request_id, len);
		pieces = 3;
		if (rest[1].iov_len == 0)
			piece[pieces++] = (struct iovec){ end,
				sizeof(end) - (last ? 0 : HEADER_SIZE) };
		rc = write_all(fd, piece, pieces);
	}
	return rc;
}

int
record_let_go(int fd, int request_id)
{
	unsigned char header[HEADER_SIZE];
	struct iovec piece = { header, sizeof(header) };

	put_header(header, STDERR, request_id, 0);
	return write_all(fd, &piece, 1);
}
