/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the conformance suite wants of a client, scenario by scenario.
 *
 *	struct conformance *conformance = conformance_open(on_over, arg);
 *
 *	spec.capabilities = conformance_capabilities(conformance);
 *	on_ready:  conformance_ready(conformance, mcp, tools, count);
 *	on_over:   mcp_close(mcp)
 */
#ifndef T_MCP_CLIENT_H
#define T_MCP_CLIENT_H

#include "lib/buf.h"
#include "runner/mcp.h"

struct conformance;

/* conformance_open: NULL without a scenario in the environment. */
struct conformance *conformance_open(void (*over)(void *arg), void *arg);
void conformance_close(struct conformance *conformance);

/* conformance_capabilities: what to declare; NULL: nothing. */
const char *conformance_capabilities(const struct conformance *conformance);

/* conformance_ready makes the calls of the scenario, one after the other. */
void conformance_ready(struct conformance *conformance, struct mcp *mcp,
	const struct mcp_tool *tools, int count);

/* conformance_answer accepts each elicitation with what its schema offers. */
int conformance_answer(const char *method, const char *params,
	struct buf *out);

#endif
