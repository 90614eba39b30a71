/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/conf_scalar.h"

static void
scalar_to_json(const struct conf *node, struct buf *out)
{
	char number[CONF_NUMBER_SIZE];

	switch (conf_scalar_type(node)) {
	case CONF_NULL:
		buf_adds(out, "null");
		break;
	case CONF_BOOL:
		buf_adds(out, strchr("tT", node->text[0]) ? "true" : "false");
		break;
	case CONF_NUMBER:
		conf_scalar_number(node->text, number);
		buf_adds(out, number);
		break;
	case CONF_STRING:
		buf_add_json(out, node->text, strlen(node->text));
		break;
	}
}

static void
children_to_json(const struct conf *node, const char *brackets,
    struct buf *out)
{
	const struct conf *child;

	buf_addc(out, brackets[0]);
	for (child = node->first; child != NULL; child = child->next) {
		if (child->key != NULL) {
			buf_add_json(out, child->key, strlen(child->key));
			buf_addc(out, ':');
		}
		conf_to_json(child, out);
		if (child->next != NULL)
			buf_addc(out, ',');
	}
	buf_addc(out, brackets[1]);
}

int
conf_to_json(const struct conf *node, struct buf *out)
{
	if (node == NULL)
		buf_adds(out, "null");
	else if (node->kind == CONF_LIST)
		children_to_json(node, "[]", out);
	else if (node->kind == CONF_MAP)
		children_to_json(node, "{}", out);
	else
		scalar_to_json(node, out);
	return out->rc;
}
