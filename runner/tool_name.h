/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tool's full name is SERVER:TOOL, wherever it is stored or shown. The
 * configuration may also use the bare name, the text after the first colon.
 * A model knows it by a name that every provider takes.
 *
 *	tool_name_bare("remediation:apply_fix")			"apply_fix"
 *	tool_name_is("remediation:apply_fix", "apply_fix")	true
 *	tool_name_safe("remediation:apply_fix", safe)	"remediation__apply_fix"
 */
#ifndef RUNNER_TOOL_NAME_H
#define RUNNER_TOOL_NAME_H

#include <stdbool.h>

enum { TOOL_NAME_SAFE_SIZE = 64 + 1 };

/* tool_name_bare returns a part of full; all of it if there is no colon. */
const char *tool_name_bare(const char *full);

/* tool_name_is: does name, full or bare, mean this tool? */
bool tool_name_is(const char *full, const char *name);

/*
 * tool_name_safe writes any name as 1 to 64 of [A-Za-z0-9_-]. What cannot be
 * told back from that alone, since it was changed beyond its colon or could
 * be mistaken, ends with sixteen digits of its SHA-256, so that two names of
 * tools are never the same, even if a server looks for one that is; a name
 * that is safe already stays as it is.
 */
void tool_name_safe(const char *full, char safe[TOOL_NAME_SAFE_SIZE]);

#endif
