/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/err.h"

#include <stddef.h>

const char *
err_text(int code)
{
	static const char *const text[] = {
		[-OK] = "ok",
		[-E_NOMEM] = "out of memory",
		[-E_IO] = "input/output error",
		[-E_INVALID] = "malformed input",
		[-E_NOTFOUND] = "not found",
		[-E_CONFLICT] = "conflict",
		[-E_DENIED] = "not allowed",
		[-E_BUSY] = "database is busy",
		[-E_FULL] = "disk is full or read-only",
		[-E_TOOBIG] = "too large",
		[-E_CORRUPT] = "database is damaged",
		[-E_SCHEMA] = "not a database of this version",
		[-E_FENCED] = "lease was lost",
		[-E_AGAIN] = "transaction must run again",
		[-E_MISUSE] = "interface used wrongly",
		[-E_TIMEOUT] = "time is over",
		[-E_LIMIT] = "too many at the same time",
	};

	if (code > 0 || -code >= (int)(sizeof(text) / sizeof(text[0])))
		return "unknown error";
	return text[-code];
}
