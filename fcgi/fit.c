/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/fit.h"

#include <string.h>

#include "fcgi/input.h"
#include "lib/err.h"
#include "lib/schema.h"

enum { PLACE_MAX = 512 };

struct fit {
	struct input *in;
	const char *field;
	bool (*ignore)(const char *member);
};

static void
tell(void *arg, const struct schema_place *at, const char *message)
{
	const struct schema_place *top = at;
	struct fit *fit = arg;
	struct buf place;

	while (top != NULL && top->up != NULL)
		top = top->up;
	if (fit->ignore != NULL && top != NULL && top->key != NULL &&
	    fit->ignore(top->key))
		return;
	buf_init(&place, PLACE_MAX);
	buf_adds(&place, fit->field);
	schema_path(at, &place);
	input_complain(fit->in, buf_str(&place), "%s", message);
	buf_free(&place);
}

void
fit_check(struct input *in, const char *field, const struct json *schema,
    const struct json *value, bool (*ignore)(const char *member))
{
	struct fit fit = { .in = in, .field = field, .ignore = ignore };
	int rc = schema_check(schema, value, tell, &fit);

	if (rc == E_TOOBIG)
		input_complain(in, field, "too complex to be checked");
	else if (rc == E_NOMEM)
		input_fail(in, rc);
}
