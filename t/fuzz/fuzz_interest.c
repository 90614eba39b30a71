/* SPDX-License-Identifier: Apache-2.0 */
/* The lines are a listener's path, Last-Event-ID and query string. */
#include "t/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "stream/interest.h"

static void
take_items(const char *list)
{
	char item[16];

	for (int i = 0; interest_item(list, i, item, sizeof(item)); i++)
		fuzz_check(strlen(item) < sizeof(item));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *next = text, *line;
	char why[DB_WHY_MAX] = "";
	struct interest interest;
	int rc;

	line = strsep(&next, "\n");
	rc = interest_path(&interest, line);
	fuzz_check(rc == OK || rc == E_NOTFOUND);
	line = strsep(&next, "\n");
	if (rc == OK && line != NULL)
		rc = interest_last_id(&interest, line, why);
	if (rc == OK && next != NULL)
		rc = interest_query(&interest, next, why);
	fuzz_check(rc == OK || rc == E_NOTFOUND ||
	    (rc == E_INVALID && *why != '\0'));
	fuzz_check(interest.since >= 0);
	fuzz_check(interest.session_count <= INTEREST_SESSIONS_MAX);
	take_items(interest.sessions);
	take_items(interest.kinds);
	interest_free(&interest);
	free(text);
	return 0;
}
