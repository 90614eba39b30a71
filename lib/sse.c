/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/sse.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

static int
dispatch(struct sse *sse)
{
	struct sse_event event = {
		.type = sse->type,
		.id = sse->id,
		.data = buf_str(&sse->data),
		.len = sse->data.len,
	};
	int rc = OK;

	if (sse->has_data)
		rc = sse->event(sse->arg, &event);
	sse->has_data = false;
	sse->type[0] = '\0';
	buf_reset(&sse->data);
	return rc;
}

static bool
is_field(const char *line, size_t len, const char *name)
{
	return len == strlen(name) && memcmp(line, name, len) == 0;
}

/* A word that is too long is no word of a protocol that we speak. */
static void
take_word(char *word, const char *value, size_t len)
{
	if (len > SSE_WORD_MAX || memchr(value, '\0', len) != NULL)
		return;
	memcpy(word, value, len);
	word[len] = '\0';
}

static int
take_field(struct sse *sse, const char *line, size_t name_len,
    const char *value, size_t len)
{
	if (is_field(line, name_len, "data")) {
		if (sse->has_data)
			buf_addc(&sse->data, '\n');
		sse->has_data = true;
		return buf_add(&sse->data, value, len);
	}
	if (is_field(line, name_len, "event"))
		take_word(sse->type, value, len);
	else if (is_field(line, name_len, "id"))
		take_word(sse->id, value, len);
	else if (is_field(line, name_len, "retry") && len > 0 && len < 10 &&
	    strspn(value, "0123456789") >= len)
		sse->retry_ms = strtol(value, NULL, 10);
	return OK;
}

static int
on_line(void *arg, const char *line, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct sse *sse = arg;
	const char *colon, *value;

	if (!sse->started && len >= 3 && memcmp(line, mark, 3) == 0) {
		line += 3;
		len -= 3;
	}
	sse->started = true;
	if (len == 0)
		return dispatch(sse);
	colon = memchr(line, ':', len);
	if (colon == NULL)
		return take_field(sse, line, len, line + len, 0);
	value = colon + 1;
	if (value < line + len && *value == ' ')
		value++;
	return take_field(sse, line, (size_t)(colon - line), value,
	    (size_t)(line + len - value));
}

void
sse_init(struct sse *sse, size_t max, sse_told *event, void *arg)
{
	memset(sse, 0, sizeof(*sse));
	lines_init(&sse->lines, max, on_line, sse);
	sse->lines.lone_cr = true;
	buf_init(&sse->data, max);
	sse->retry_ms = -1;
	sse->event = event;
	sse->arg = arg;
}

void
sse_free(struct sse *sse)
{
	lines_free(&sse->lines);
	buf_free(&sse->data);
}

int
sse_feed(struct sse *sse, const char *bytes, size_t len)
{
	return lines_feed(&sse->lines, bytes, len);
}

int
sse_end(struct sse *sse)
{
	int rc = lines_end(&sse->lines);

	return rc == OK ? dispatch(sse) : rc;
}
