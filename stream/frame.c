/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/frame.h"

#include "lib/buf.h"
#include "lib/clock.h"

/* Valid JSON has raw line breaks only between its tokens. */
static void
add_on_one_line(struct buf *out, const char *json)
{
	size_t start = out->len;

	if (buf_adds(out, json) != 0)
		return;
	for (; start < out->len; start++)
		if (out->data[start] == '\n' || out->data[start] == '\r')
			out->data[start] = ' ';
}

int
frame_add(struct buf *out, const struct event *event)
{
	char at[ISO_SECONDS_SIZE];

	iso_seconds(event->ts, at);
	buf_addf(out, "{\"seq\":%lld,\"session_id\":\"%s\",\"kind\":\"%s\","
	    "\"payload\":", (long long)event->seq, event->session_id,
	    event->kind);
	add_on_one_line(out, event->payload);
	return buf_addf(out, ",\"ts\":\"%.19s.%03d000+00:00\"}", at,
	    (int)(event->ts % 1000));
}
