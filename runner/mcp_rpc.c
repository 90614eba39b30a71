/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/mcp_rpc.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/utf8.h"

struct batch {
	json_element_told *told;
	void *arg;
	int count;
};

static int
tell_one(void *arg, const char *text, size_t len)
{
	struct batch *batch = arg;

	if (++batch->count > RPC_BATCH_MAX)
		return E_LIMIT;
	return batch->told(batch->arg, text, len);
}

static bool
is_batch(const char *text, size_t len)
{
	size_t blank = 0;

	while (blank < len && strchr(" \t\r\n", text[blank]) != NULL &&
	    text[blank] != '\0')
		blank++;
	return blank < len && text[blank] == '[';
}

int
mcp_rpc_each(const char *text, size_t len, json_element_told *told, void *arg)
{
	struct batch batch = { .told = told, .arg = arg };
	int rc;

	if (is_batch(text, len))
		return json_elements(text, len, tell_one, &batch);
	rc = json_check(text, len, NULL);
	return rc != OK ? rc : told(arg, text, len);
}

/* The number of an id that we gave: a few digits. */
static int64_t
read_number(struct mcp_text id)
{
	int64_t number = 0;

	if (id.text == NULL || id.len > 15)
		return -1;
	for (size_t i = 0; i < id.len; i++) {
		if (id.text[i] < '0' || id.text[i] > '9')
			return -1;
		number = number * 10 + (id.text[i] - '0');
	}
	return number;
}

static bool
is_id(struct mcp_text id)
{
	enum json_kind kind = mcp_text_kind(id);

	return kind == JSON_STRING || kind == JSON_NUMBER;
}

static void
read_error(struct mcp_message *message, struct mcp_text error)
{
	double code = mcp_text_number(mcp_text_get(error, "code"), 0);

	message->kind = MCP_ERROR;
	message->code = code > -1e9 && code < 1e9 ? (int)code : 0;
	message->data = mcp_text_get(error, "data");
	mcp_text_copy(mcp_text_get(error, "message"), message->reason,
	    sizeof(message->reason));
}

int
mcp_rpc_read(const char *text, size_t len, struct mcp_message *message)
{
	enum { ID, METHOD, PARAMS, RESULT, ERROR, COUNT };
	struct json_part parts[COUNT] = {
		[ID] = { .key = "id" },
		[METHOD] = { .key = "method" },
		[PARAMS] = { .key = "params" },
		[RESULT] = { .key = "result" },
		[ERROR] = { .key = "error" },
	};
	int rc = json_parts(text, len, parts, COUNT);

	if (rc != OK)
		return rc;
	*message = (struct mcp_message){
		.id = { parts[ID].text, parts[ID].len },
		.params = { parts[PARAMS].text, parts[PARAMS].len },
		.result = { parts[RESULT].text, parts[RESULT].len },
	};
	if (!is_id(message->id))
		message->id = (struct mcp_text){ NULL, 0 };
	message->number = read_number(message->id);
	if (parts[METHOD].text != NULL) {
		mcp_text_copy((struct mcp_text){ parts[METHOD].text,
		    parts[METHOD].len }, message->method,
		    sizeof(message->method));
		message->kind = message->id.text != NULL ? MCP_REQUEST :
		    MCP_NOTIFICATION;
		return message->method[0] != '\0' ? OK : E_INVALID;
	}
	if (parts[ERROR].text != NULL && *parts[ERROR].text == '{') {
		read_error(message, (struct mcp_text){ parts[ERROR].text,
		    parts[ERROR].len });
		return OK;
	}
	message->kind = MCP_RESULT;
	return message->id.text != NULL && message->result.text != NULL ? OK :
	    E_INVALID;
}

static void
add_params(struct buf *out, const char *members, const char *meta)
{
	buf_adds(out, ",\"params\":{");
	if (members != NULL)
		buf_adds(out, members);
	if (meta != NULL)
		buf_addf(out, "%s\"_meta\":{%s}", members != NULL &&
		    *members != '\0' ? "," : "", meta);
	buf_addc(out, '}');
}

int
mcp_rpc_request(struct buf *out, int64_t id, const char *method,
    const char *members, const char *meta)
{
	buf_addf(out, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"%s\"",
	    (long long)id, method);
	add_params(out, members, meta);
	return buf_addc(out, '}');
}

int
mcp_rpc_notification(struct buf *out, const char *method, const char *members)
{
	buf_addf(out, "{\"jsonrpc\":\"2.0\",\"method\":\"%s\"", method);
	if (members != NULL)
		add_params(out, members, NULL);
	return buf_addc(out, '}');
}

int
mcp_rpc_result(struct buf *out, struct mcp_text id, const char *result)
{
	buf_adds(out, "{\"jsonrpc\":\"2.0\",\"id\":");
	buf_add(out, id.text, id.len);
	return buf_addf(out, ",\"result\":%s}", result);
}

int
mcp_rpc_refusal(struct buf *out, struct mcp_text id, int code,
    const char *reason)
{
	buf_adds(out, "{\"jsonrpc\":\"2.0\",\"id\":");
	buf_add(out, id.text, id.len);
	buf_addf(out, ",\"error\":{\"code\":%d,\"message\":", code);
	buf_add_json(out, reason, strlen(reason));
	return buf_adds(out, "}}");
}

/* A value's first character tells, as it is known to be JSON. */
enum json_kind
mcp_text_kind(struct mcp_text value)
{
	if (value.text == NULL || value.len == 0)
		return JSON_NONE;
	switch (*value.text) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STRING;
	case 't':
	case 'f':
		return JSON_BOOL;
	case 'n':
		return JSON_NULL;
	}
	return JSON_NUMBER;
}

struct mcp_text
mcp_text_get(struct mcp_text object, const char *key)
{
	struct mcp_text value = { NULL, 0 };

	if (mcp_text_kind(object) == JSON_OBJECT)
		value.text = json_span(object.text, object.len, key,
		    &value.len);
	return value;
}

bool
mcp_text_is(struct mcp_text value, const char *plain)
{
	char text[256];

	mcp_text_copy(value, text, sizeof(text));
	return mcp_text_kind(value) == JSON_STRING && strcmp(text, plain) == 0;
}

double
mcp_text_number(struct mcp_text value, double missing)
{
	char text[JSON_NUMBER_MAX + 1];

	if (mcp_text_kind(value) != JSON_NUMBER || value.len >= sizeof(text))
		return missing;
	memcpy(text, value.text, value.len);
	text[value.len] = '\0';
	return strtod(text, NULL);
}

bool
mcp_text_bool(struct mcp_text value, bool missing)
{
	return mcp_text_kind(value) != JSON_BOOL ? missing :
	    *value.text == 't';
}

int
mcp_text_string(struct mcp_text value, struct buf *out)
{
	struct json_error error;
	struct json *tree;

	if (mcp_text_kind(value) != JSON_STRING)
		return E_INVALID;
	/* Most need no tree. */
	if (memchr(value.text, '\\', value.len) == NULL)
		return buf_add(out, value.text + 1, value.len - 2);
	tree = json_parse(value.text, value.len, &error);
	if (tree == NULL)
		return error.rc;
	buf_adds(out, json_string(tree));
	json_free(tree);
	return out->rc;
}

int
mcp_text_copy(struct mcp_text value, char *out, size_t size)
{
	struct buf text;
	size_t len;
	int rc;

	buf_init(&text, value.len);
	*out = '\0';
	rc = mcp_text_string(value, &text);
	if (rc == OK) {
		len = utf8_cut(buf_str(&text), text.len, size - 1);
		memcpy(out, buf_str(&text), len);
		out[len] = '\0';
	}
	buf_free(&text);
	return rc;
}
