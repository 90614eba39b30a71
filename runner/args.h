/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do arguments fit the schema of their tool? Asked before anything is
 * decided about a call, and again when a person has edited its arguments.
 *
 *	struct buf why;
 *
 *	buf_init(&why, 8192);
 *	rc = args_check(tool, "{\"region\":\"mars\"}", &why);
 *	if (rc == E_INVALID)
 *		answer_the_model(buf_str(&why));
 *	buf_free(&why);
 */
#ifndef RUNNER_ARGS_H
#define RUNNER_ARGS_H

struct buf;
struct tool;

/*
 * args_check appends to why, as far as there is room, what the model should
 * change, fault by fault. OK; E_INVALID, also for what is no JSON object or
 * takes too long to check; E_NOMEM.
 */
int args_check(const struct tool *tool, const char *args, struct buf *why);

/*
 * args_warn logs what of a tool's schema cannot be used and is left out, as
 * a server may have sent it.
 */
void args_warn(const struct tool *tool);

#endif
