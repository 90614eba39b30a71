/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a person's verdict is answered, whichever route it came by.
 *
 *	rc = gate_decide(request_writer(req), &verdict, &result);
 *	return rc == OK ? verdict_answer(req, &verdict, reply) :
 *	    verdict_refuse(req, reply, rc, &result);
 */
#ifndef FCGI_VERDICT_H
#define FCGI_VERDICT_H

#include "sql/gate.h"

struct input;
struct reply;
struct request;

/*
 * verdict_read reads "decision", one of the words, which NULL ends, and
 * "version", what the person saw of the gate.
 */
void verdict_read(struct input *in, struct verdict *verdict,
    const char *const words[]);

/* verdict_by fills in who votes; said: who the client says it is, or NULL. */
void verdict_by(const struct input *in, struct verdict *verdict,
    const char *said);

/* verdict_answer writes the verdict and the session as it is now; 200. */
int verdict_answer(const struct request *req, const struct verdict *verdict,
    struct reply *reply);

/*
 * verdict_version is what the person saw of the gate, from If-Match (its
 * version in quotes) or from "version"; 0: they do not say.
 */
int64_t verdict_version(struct input *in);

/*
 * verdict_refuse answers a verdict that failed with rc; on 409 the details
 * say who decided what, and when, if anybody has, and what the person did
 * here before. 412: If-Match named another version of a gate that is open.
 */
int verdict_refuse(const struct request *req, struct reply *reply, int rc,
    const struct verdict_result *result);

#endif
