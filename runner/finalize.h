/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a session ends when its graph is done: the newest call that matches a
 * rule of orchestrator.terminal_tools says so; without one the application's
 * default_terminal_status does, and a person should look.
 *
 *	struct finalize f;
 *	int rc = finalize_infer(&f, app_config, calls, count);
 *
 *	if (rc == OK) {
 *		merge_extra_fields(session, buf_str(&f.extra));
 *		rc = move(session, f.status, f.cause);
 *	}
 *	finalize_free(&f);
 */
#ifndef RUNNER_FINALIZE_H
#define RUNNER_FINALIZE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

#define FINALIZE_EXTRA_MAX (1024 * 1024)	/* bytes of extra */

struct json;

/* One tool call of the session, as its row has it. */
struct finalize_call {
	const char *tool;	/* full name */
	const char *args;	/* JSON text */
	const char *result;	/* JSON text, or NULL */
	const char *status;
	bool ended;		/* an approved call may not have run yet */
	bool is_error;
};

struct finalize {
	const char *status;	/* part of the configuration */
	const char *cause;	/* the tool's bare name, part of its call, */
				/* or "default_terminal_status" */
	bool needs_review;	/* no call matched */
	struct buf extra;	/* JSON object: what to merge into */
				/* extra_fields, "{}" if nothing */
};

/*
 * finalize_infer looks at calls (oldest first), newest first. A call counts
 * if it ended without error as executed, executed_with_notify or approved;
 * it matches a rule if tool_name is its name and each of match_args is
 * exactly that argument. Of each of the rule's extract_fields the first path
 * (`args.X`, `result.X`) whose value is true in Python's sense goes into
 * extra, digit by digit; for a status of kind escalation `team` is also
 * `escalated_to`. Without a match extra says why a person should look.
 *
 * Call finalize_free whatever it returns. E_NOTFOUND: no call matched and
 * there is no default, so the status stays. E_TOOBIG: FINALIZE_EXTRA_MAX
 * passed. E_NOMEM.
 */
int finalize_infer(struct finalize *f, const struct json *app_config,
    const struct finalize_call *calls, size_t count);
void finalize_free(struct finalize *f);

#endif
