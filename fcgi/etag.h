/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that a client may have already (RFC 9110, 8.8.3 and 13.1.2): the
 * tag is made of the body, so it is right whatever the body comes from.
 *
 *	return rc == OK ? etag_answer(req, reply, 0) :
 *	    reply_failure(reply, rc, not_found);
 */
#ifndef FCGI_ETAG_H
#define FCGI_ETAG_H

#include <stdbool.h>
#include <stddef.h>

struct reply;
struct request;

/*
 * etag_answer adds the header ETag to a reply whose body is complete. The
 * first so many bytes of it may differ from one moment to the next and do not
 * count; the tag is weak then. Returns 200; or 304, without the body, when
 * a GET's (HEAD's) If-None-Match has the tag, or is "*".
 */
int etag_answer(const struct request *req, struct reply *reply,
    size_t uncounted);

/* etag_matches: is that of the body as it is, all of it, among the tags? */
bool etag_matches(const struct reply *reply, const char *tags);

#endif
