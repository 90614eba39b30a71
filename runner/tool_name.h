/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tool's full name is SERVER:TOOL, wherever it is stored or shown. The
 * configuration may also use the bare name, the text after the first colon.
 *
 *	tool_name_bare("remediation:apply_fix")			"apply_fix"
 *	tool_name_is("remediation:apply_fix", "apply_fix")	true
 */
#ifndef RUNNER_TOOL_NAME_H
#define RUNNER_TOOL_NAME_H

#include <stdbool.h>

/* tool_name_bare returns a part of full; all of it if there is no colon. */
const char *tool_name_bare(const char *full);

/* tool_name_is: does name, full or bare, mean this tool? */
bool tool_name_is(const char *full, const char *name);

#endif
