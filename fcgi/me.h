/* SPDX-License-Identifier: Apache-2.0 */
/* Who one is to this server. */
#ifndef FCGI_ME_H
#define FCGI_ME_H

struct identity;
struct reply;
struct request;

/* me_write writes who that is, what they may do and why not; returns 200. */
int me_write(const struct request *req, const struct identity *who,
    struct reply *reply);

#endif
