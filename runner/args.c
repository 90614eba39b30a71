/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/args.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/schema.h"
#include "runner/app.h"

enum { PLACE_MAX = 512 };

static void
tell(void *arg, const struct schema_place *at, const char *message)
{
	struct buf *why = arg, path;

	buf_init(&path, PLACE_MAX);
	schema_path(at, &path);
	if (why->len == 0)
		buf_adds(why, "the arguments do not fit the tool's "
		    "parameters:");
	buf_addf(why, "\n- %s %s", path.len > 0 ? buf_str(&path) : "the whole",
	    message);
	buf_free(&path);
}

int
args_check(const struct tool *tool, const char *args, struct buf *why)
{
	struct json_error error;
	struct json *value = json_parse_exact(args, strlen(args), &error);
	int rc;

	if (value == NULL && error.rc == E_INVALID)
		buf_addf(why, "arguments are not JSON: %s at byte %zu",
		    error.message, error.offset);
	if (value == NULL)
		return error.rc;
	if (json_kind(value) != JSON_OBJECT) {
		buf_adds(why, "arguments must be a JSON object");
		rc = E_INVALID;
	} else {
		rc = schema_check(tool->parameters, value, tell, why);
	}
	json_free(value);
	if (rc != E_TOOBIG)
		return rc;
	buf_adds(why, "the arguments are too complex to be checked");
	return E_INVALID;
}

static void
warn(void *arg, const struct schema_place *at, const char *message)
{
	const struct tool *tool = arg;
	struct buf path;

	buf_init(&path, PLACE_MAX);
	schema_path(at, &path);
	log_warn("tool_schema", "tool=%s left_out=\"%s\" why=\"%s\"",
	    tool->name, buf_str(&path), message);
	buf_free(&path);
}

void
args_warn(const struct tool *tool)
{
	if (schema_problems(tool->parameters, warn, (void *)tool) == E_TOOBIG)
		log_warn("tool_schema", "tool=%s why=\"it is too large\"",
		    tool->name);
}
