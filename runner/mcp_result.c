/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/mcp_result.h"

#include <string.h>

#include "lib/err.h"

static struct mcp_text
span(const char *text, size_t len)
{
	return (struct mcp_text){ text, len };
}

/* Base64, as a JSON string: the bytes that it stands for. */
static size_t
binary_size(struct mcp_text data)
{
	size_t len = data.len - 2;

	while (len > 0 && data.text[len] == '=')
		len--;
	return len * 3 / 4;
}

static void
add_member(struct buf *json, const char *key, struct mcp_text value)
{
	if (value.text == NULL)
		return;
	buf_addf(json, ",\"%s\":", key);
	buf_add(json, value.text, value.len);
}

static void
add_size(struct buf *json, struct mcp_text data)
{
	if (mcp_text_kind(data) == JSON_STRING)
		buf_addf(json, ",\"bytes\":%zu", binary_size(data));
}

/* The members that a model can use, in an order of ours. */
static void
add_parts(struct buf *json, struct mcp_text item)
{
	static const char *const keys[] = { "uri", "name", "title",
		"description", "mimeType", "text" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		add_member(json, keys[i], mcp_text_get(item, keys[i]));
	add_size(json, mcp_text_get(item, "data"));
	add_size(json, mcp_text_get(item, "blob"));
}

static int
add_item(void *arg, const char *text, size_t len)
{
	struct buf *json = arg;
	struct mcp_text item = span(text, len);
	struct mcp_text type = mcp_text_get(item, "type");

	if (mcp_text_kind(type) != JSON_STRING)
		return E_INVALID;
	if (json->data[json->len - 1] != '[')
		buf_addc(json, ',');
	buf_adds(json, "{\"type\":");
	buf_add(json, type.text, type.len);
	if (mcp_text_is(type, "resource"))
		item = mcp_text_get(item, "resource");
	add_parts(json, item);
	return buf_addc(json, '}');
}

/* The text of an item, and what was before it. */
static int
join_text(void *arg, const char *text, size_t len)
{
	struct buf *joined = arg;
	struct mcp_text value = mcp_text_get(span(text, len), "text");

	if (mcp_text_kind(value) != JSON_STRING)
		return OK;
	if (joined->len > 0)
		buf_addc(joined, '\n');
	return mcp_text_string(value, joined);
}

static int
count_item(void *arg, const char *text, size_t len)
{
	size_t *count = arg;

	(void)text;
	(void)len;
	++*count;
	return OK;
}

int
mcp_result_error(struct buf *json, const char *why)
{
	buf_adds(json, "{\"error\":");
	buf_add_json(json, why, strlen(why));
	return buf_addc(json, '}');
}

static int
write_error(struct mcp_text content, struct mcp_text structured,
    struct buf *json)
{
	struct buf joined;
	int rc;

	buf_init(&joined, json->max);
	rc = content.text == NULL ? OK :
	    json_elements(content.text, content.len, join_text, &joined);
	if (rc == OK && joined.len == 0 && structured.text != NULL)
		rc = buf_add(&joined, structured.text, structured.len);
	if (rc == OK)
		rc = mcp_result_error(json, joined.len > 0 ?
		    buf_str(&joined) : "the tool failed and does not say why");
	buf_free(&joined);
	return rc;
}

static bool
is_document(const struct buf *json)
{
	const char *text = buf_str(json);

	text += strspn(text, " \t\r\n");
	return (*text == '{' || *text == '[') &&
	    json_check(json->data, json->len, NULL) == OK;
}

/* Is it one text that is a document of its own? Then that is written. */
static int
write_document(struct mcp_text content, struct buf *json, bool *written)
{
	struct mcp_text first = { NULL, 0 };
	size_t count = 0;
	int rc;

	*written = false;
	rc = json_elements(content.text, content.len, count_item, &count);
	if (rc != OK || count != 1)
		return rc;
	first.text = json_element(content.text, content.len, 0, &first.len);
	if (!mcp_text_is(mcp_text_get(first, "type"), "text"))
		return OK;
	rc = mcp_text_string(mcp_text_get(first, "text"), json);
	if (rc == E_INVALID)
		return OK;
	if (rc != OK)
		return rc;
	*written = is_document(json);
	if (!*written)
		buf_reset(json);
	return OK;
}

static int
write_content(struct mcp_text content, struct buf *json)
{
	bool written;
	int rc = write_document(content, json, &written);

	if (rc != OK || written)
		return rc;
	buf_adds(json, "{\"content\":[");
	rc = json->rc != OK ? json->rc :
	    json_elements(content.text, content.len, add_item, json);
	return rc != OK ? rc : buf_adds(json, "]}");
}

int
mcp_result_json(struct mcp_text result, bool *is_error, struct buf *json)
{
	enum { CONTENT, STRUCTURED, IS_ERROR, COUNT };
	struct json_part parts[COUNT] = {
		[CONTENT] = { .key = "content" },
		[STRUCTURED] = { .key = "structuredContent" },
		[IS_ERROR] = { .key = "isError" },
	};
	struct mcp_text content, structured;
	int rc = json_parts(result.text, result.len, parts, COUNT);

	if (rc != OK)
		return rc;
	content = span(parts[CONTENT].text, parts[CONTENT].len);
	structured = span(parts[STRUCTURED].text, parts[STRUCTURED].len);
	*is_error = mcp_text_bool(span(parts[IS_ERROR].text,
	    parts[IS_ERROR].len), false);
	if (content.text != NULL && mcp_text_kind(content) != JSON_ARRAY)
		return E_INVALID;
	if (*is_error)
		return write_error(content, structured, json);
	if (structured.text != NULL)
		return buf_add(json, structured.text, structured.len);
	return content.text == NULL ? E_INVALID : write_content(content, json);
}
