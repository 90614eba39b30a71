/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/input.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/err.h"
#include "lib/json.h"

/* More complaints than fit are cut: nobody reads them all. */
enum { DETAILS_MAX = 16 * 1024, FIELD_MAX = 80, KEY_MAX = 80 };

static void
parse_body(struct input *in)
{
	const struct buf *body = &in->req->body;
	struct json_error error;

	in->body = json_parse_exact(buf_str(body), body->len, &error);
	if (in->body == NULL && error.rc == E_NOMEM) {
		input_fail(in, E_NOMEM);
		return;
	}
	if (in->body == NULL) {
		input_complain(in, "body", "%s%s%.*s at byte %zu",
		    error.message, error.len > 0 ? " " : "",
		    (int)(error.len < KEY_MAX ? error.len : KEY_MAX),
		    buf_str(body) + error.offset, error.offset);
		return;
	}
	if (json_kind(in->body) == JSON_OBJECT)
		return;
	input_complain(in, "body", "must be an object");
	json_free(in->body);
	in->body = NULL;
}

void
input_open(struct input *in, const struct request *req, int flags)
{
	memset(in, 0, sizeof(*in));
	in->req = req;
	buf_init(&in->details, DETAILS_MAX);
	if (flags & INPUT_BODY)
		parse_body(in);
}

void
input_close(struct input *in)
{
	json_free(in->body);
	buf_free(&in->details);
}

/* Some of it may be the client's own words: no markup is told back. */
static void
blunt(char *text)
{
	for (char *p = text; (p = strpbrk(p, "<>&")) != NULL; p++)
		*p = '?';
}

/* A field is one member of the details: it has one complaint. */
static bool
is_noted(const struct input *in, const char *field)
{
	struct buf member;
	bool noted;

	buf_init(&member, 6 * FIELD_MAX + 4);
	buf_add_json(&member, field, strlen(field));
	buf_addc(&member, ':');
	noted = member.rc == OK &&
	    strstr(buf_str(&in->details), buf_str(&member)) != NULL;
	buf_free(&member);
	return noted;
}

void
input_complain(struct input *in, const char *told, const char *format, ...)
{
	char text[200], field[FIELD_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	snprintf(field, sizeof(field), "%s", told);
	blunt(field);
	blunt(text);
	if (in->details.rc != OK || is_noted(in, field))
		return;
	if (in->first[0] == '\0')
		snprintf(in->first, sizeof(in->first), "%s: %s", field, text);
	else
		buf_addc(&in->details, ',');
	buf_add_json(&in->details, field, strlen(field));
	buf_addc(&in->details, ':');
	buf_add_json(&in->details, text, strlen(text));
}

void
input_fail(struct input *in, int rc)
{
	if (in->rc == OK)
		in->rc = rc;
}

bool
input_failed(const struct input *in)
{
	return in->rc != OK || in->first[0] != '\0';
}

int
input_refuse(struct input *in, struct reply *reply)
{
	struct buf details;
	int status;

	if (in->rc != OK)
		return reply_failure(reply, in->rc, "");
	buf_init(&details, DETAILS_MAX + 2);
	buf_addf(&details, "{%s}", buf_str(&in->details));
	status = reply_refuse(reply, 422, NULL, in->first,
	    in->details.rc == OK && details.rc == OK ? details.data : NULL);
	buf_free(&details);
	return status;
}

const char *
input_query(struct input *in, const char *name)
{
	bool twice;
	const char *value = request_query(in->req, name, &twice);

	if (!twice)
		return value;
	input_complain(in, name, "given more than once");
	return NULL;
}

int64_t
input_query_int(struct input *in, const char *name, int64_t missing,
    int64_t min, int64_t max)
{
	const char *text = input_query(in, name);
	char *end;
	long long value;

	if (text == NULL)
		return missing;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (*text != '\0' && strspn(text, "-0123456789") == strlen(text) &&
	    *end == '\0' && errno == 0 && value >= min && value <= max)
		return value;
	input_complain(in, name, "must be an integer from %lld to %lld",
	    (long long)min, (long long)max);
	return missing;
}

int
input_query_word(struct input *in, const char *name,
    const char *const words[])
{
	const char *text = input_query(in, name);
	char known[128] = "";
	size_t len;
	int i;

	for (i = 0; text != NULL && words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0)
			return i;
		len = strlen(known);
		snprintf(known + len, sizeof(known) - len, "%s%s",
		    i > 0 ? ", " : "", words[i]);
	}
	if (text != NULL)
		input_complain(in, name, "must be one of %s", known);
	return 0;
}

static bool
is_one_of(const char *name, const char *const names[])
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

void
input_queries(struct input *in, const char *const names[])
{
	const struct buf *query = &in->req->query;
	const char *end = buf_str(query) + query->len, *value;

	for (const char *p = buf_str(query); p < end;
	    p = value + strlen(value) + 1) {
		value = p + strlen(p) + 1;
		if (!is_one_of(p, names))
			input_complain(in, p, "no such parameter");
	}
}

int
input_limit(const struct request *req, int missing, int *limit,
    struct reply *reply)
{
	static const char *const names[] = { "limit", NULL };
	struct input in;
	int status = 0;

	input_open(&in, req, 0);
	input_queries(&in, names);
	*limit = (int)input_query_int(&in, "limit", missing, 1,
	    INPUT_PAGE_MAX);
	if (input_failed(&in))
		status = input_refuse(&in, reply);
	input_close(&in);
	return status;
}

/* The member, NULL if it is null; complains if it must be there. */
static const struct json *
get(struct input *in, const char *key, int flags)
{
	const struct json *value = json_get(in->body, key);

	if (json_kind(value) == JSON_NULL)
		value = NULL;
	if (value == NULL && (flags & INPUT_REQUIRED) && in->body != NULL)
		input_complain(in, key, "required");
	return value;
}

static bool
is_name(const char *text)
{
	return text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_.-")] == '\0';
}

const char *
input_check(struct input *in, const char *field, const char *text, int flags,
    size_t max)
{
	if ((flags & INPUT_FILLED) && *text == '\0')
		input_complain(in, field, "must not be empty");
	else if (strlen(text) > max)
		input_complain(in, field, "longer than %zu bytes", max);
	else if ((flags & INPUT_NAME) && !is_name(text))
		input_complain(in, field,
		    "only letters, digits, \"_\", \".\" and \"-\"");
	else
		return text;
	return NULL;
}

const char *
input_string(struct input *in, const char *key, int flags, size_t max)
{
	const struct json *value = get(in, key, flags);

	if (value == NULL)
		return NULL;
	if (json_kind(value) == JSON_STRING)
		return input_check(in, key, json_string(value), flags, max);
	input_complain(in, key, "must be a string");
	return NULL;
}

const struct json *
input_object(struct input *in, const char *key)
{
	const struct json *value = get(in, key, 0);

	if (value == NULL || json_kind(value) == JSON_OBJECT)
		return value;
	input_complain(in, key, "must be an object");
	return NULL;
}

int64_t
input_int(struct input *in, const char *key, int64_t missing, int64_t min,
    int64_t max)
{
	const struct json *value = get(in, key, 0);
	double number = json_number(value, 0.5);

	if (value == NULL)
		return missing;
	if (number >= (double)min && number <= (double)max &&
	    number == (double)(int64_t)number)
		return (int64_t)number;
	input_complain(in, key, "must be an integer from %lld to %lld",
	    (long long)min, (long long)max);
	return missing;
}

bool
input_bool(struct input *in, const char *key, bool missing)
{
	const struct json *value = get(in, key, 0);

	if (value != NULL && json_kind(value) != JSON_BOOL)
		input_complain(in, key, "must be true or false");
	return json_bool(value, missing);
}

int
input_raw(const struct input *in, const char *key, struct buf *out)
{
	const struct buf *body = &in->req->body;
	size_t len = 0;
	const char *text = json_span(buf_str(body), body->len, key, &len);

	return buf_add(out, text, text != NULL ? len : 0);
}
