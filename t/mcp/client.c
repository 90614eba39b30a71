/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The MCP client of the runner, and as little as possible around it, so that
 * tests can talk to servers with it.
 *
 *	mcp-conformance-client [-a CAPABILITIES] [-e ERA] [-h "NAME: VALUE"]...
 *	    [-c CALL_MS] [-m CALL_MAX_MS] [-s START_MS] [-b MESSAGE_MAX]
 *	    { URL | -- PROGRAM ARGUMENT... }
 *
 * It takes commands on stdin, a line each, and says what happens on stdout,
 * a line of JSON each:
 *
 *	call 1 echo {"message":"hi"}	-> {"call":1,"error":false,...}
 *	cancel 1
 *	trace 00-...			of the calls that follow
 *	quit
 *
 * With MCP_CONFORMANCE_SCENARIO in its environment it acts by itself, as the
 * conformance suite wants: conformance.c.
 */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "lib/err.h"
#include "lib/http.h"
#include "lib/lines.h"
#include "lib/log.h"
#include "lib/trace.h"
#include "runner/mcp.h"
#include "t/mcp/client.h"

enum { LINE_MAX_BYTES = 16 * 1024 * 1024, HEADERS_MAX = 16, CALLS_MAX = 64 };

struct client {
	uv_loop_t loop;
	struct http *http;
	struct mcp *mcp;
	uv_pipe_t in;
	struct lines lines;
	char chunk[65536];
	struct conformance *conformance;
	struct slot {
		struct client *client;
		struct mcp_call *call;
	} slots[CALLS_MAX];
	char trace[TRACE_SIZE];
	bool down;
};

static void
say(struct buf *out)
{
	buf_addc(out, '\n');
	if (out->rc == OK)
		fwrite(out->data, 1, out->len, stdout);
	fflush(stdout);
	buf_free(out);
}

static void
quit(struct client *c)
{
	mcp_close(c->mcp);
	c->mcp = NULL;
	if (!uv_is_closing((uv_handle_t *)&c->in))
		uv_close((uv_handle_t *)&c->in, NULL);
}

static void
add_tool(struct buf *out, const struct mcp_tool *tool)
{
	buf_adds(out, "{\"name\":");
	buf_add_json(out, tool->name, strlen(tool->name));
	buf_adds(out, ",\"title\":");
	buf_add_json(out, tool->title, strlen(tool->title));
	buf_addf(out, ",\"read_only\":%s,\"schema\":%s}",
	    tool->read_only ? "true" : "false", tool->schema);
}

static void
on_ready(void *arg, const struct mcp_tool *tools, int count)
{
	struct client *c = arg;
	struct buf out;

	buf_init(&out, LINE_MAX_BYTES);
	buf_addf(&out, "{\"ready\":%d,\"era\":\"%s\",\"version\":\"%s\","
	    "\"tools\":[", count, mcp_found(c->mcp) == MCP_MODERN ? "modern" :
	    "legacy", mcp_version(c->mcp));
	for (int i = 0; i < count; i++) {
		buf_adds(&out, i > 0 ? "," : "");
		add_tool(&out, &tools[i]);
	}
	buf_adds(&out, "]}");
	say(&out);
	if (c->conformance != NULL)
		conformance_ready(c->conformance, c->mcp, tools, count);
}

static void
on_down(void *arg, const char *why)
{
	struct client *c = arg;
	struct buf out;

	c->down = true;
	buf_init(&out, LINE_MAX_BYTES);
	buf_adds(&out, "{\"down\":");
	buf_add_json(&out, why, strlen(why));
	buf_addc(&out, '}');
	say(&out);
	if (c->conformance != NULL)
		quit(c);
}

static void
on_over(void *arg)
{
	quit(arg);
}

static int
on_asked(void *arg, const char *method, const char *params, struct buf *out)
{
	(void)arg;
	return conformance_answer(method, params, out);
}

/* ---- commands ---- */

static void
on_called(void *arg, const struct mcp_result *result)
{
	struct slot *slot = arg;
	struct buf out;

	slot->call = NULL;
	buf_init(&out, LINE_MAX_BYTES);
	buf_addf(&out, "{\"call\":%d,\"error\":%s,\"lost\":%s,\"result\":%s}",
	    (int)(slot - slot->client->slots),
	    result->is_error ? "true" : "false",
	    result->lost ? "true" : "false", result->json);
	say(&out);
}

static int
on_command(void *arg, const char *line, size_t len)
{
	struct client *c = arg;
	char *text = strndup(line, len), *name = NULL, *args = NULL;
	int number = 0, used = 0;

	if (text == NULL || c->mcp == NULL)
		goto out;
	if (strcmp(text, "quit") == 0) {
		quit(c);
	} else if (sscanf(text, "cancel %d", &number) == 1) {
		if (c->slots[number % CALLS_MAX].call != NULL)
			mcp_call_cancel(c->slots[number % CALLS_MAX].call);
	} else if (sscanf(text, "trace %55s", c->trace) == 1) {
		;
	} else if (sscanf(text, "call %d %n", &number, &used) == 1) {
		name = text + used;
		args = strchr(name, ' ');
		if (args == NULL)
			goto out;
		*args++ = '\0';
		c->slots[number % CALLS_MAX].client = c;
		c->slots[number % CALLS_MAX].call = mcp_call(c->mcp, name,
		    args, c->trace, on_called, &c->slots[number % CALLS_MAX]);
	}
out:
	free(text);
	return OK;
}

static void
on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *space)
{
	struct client *c = handle->data;

	(void)size;
	*space = uv_buf_init(c->chunk, sizeof(c->chunk));
}

static void
on_input(uv_stream_t *stream, ssize_t count, const uv_buf_t *space)
{
	struct client *c = stream->data;

	if (count < 0)
		quit(c);
	else
		lines_feed(&c->lines, space->base, (size_t)count);
}

static void
take_commands(struct client *c)
{
	lines_init(&c->lines, LINE_MAX_BYTES, on_command, c);
	uv_pipe_init(&c->loop, &c->in, 0);
	c->in.data = c;
	if (c->conformance == NULL && uv_pipe_open(&c->in, 0) == 0)
		uv_read_start((uv_stream_t *)&c->in, on_alloc, on_input);
}

/* ---- what it is to talk to ---- */

static enum mcp_era
read_era(const char *name)
{
	return strcmp(name, "legacy") == 0 ? MCP_LEGACY :
	    strcmp(name, "modern") == 0 ? MCP_MODERN : MCP_AUTO;
}

static bool
read_options(int argc, char **argv, struct mcp_spec *spec,
    const char **headers)
{
	int option, count = 0;

	while ((option = getopt(argc, argv, "+a:e:h:c:m:s:b:")) != -1)
		switch (option) {
		case 'a':
			spec->capabilities = optarg;
			break;
		case 'e':
			spec->era = read_era(optarg);
			break;
		case 'h':
			if (count < HEADERS_MAX)
				headers[count++] = optarg;
			break;
		case 'c':
			spec->call_ms = atoi(optarg);
			break;
		case 'm':
			spec->call_max_ms = atoi(optarg);
			break;
		case 's':
			spec->start_ms = atoi(optarg);
			break;
		case 'b':
			spec->message_max = (size_t)atol(optarg);
			break;
		default:
			return false;
		}
	if (optind >= argc)
		return false;
	if (strcmp(argv[optind - 1], "--") == 0)
		spec->argv = (const char *const *)argv + optind;
	else
		spec->url = argv[optind];
	return true;
}

int
main(int argc, char **argv)
{
	static struct client c;
	const char *headers[HEADERS_MAX + 1] = { NULL };
	struct mcp_spec spec = { .name = "test", .dir = ".",
	    .env = (const char *const *)environ, .headers = headers,
	    .start_ms = 20000, .call_ms = 10000, .call_max_ms = 25000,
	    .message_max = 4 * 1024 * 1024, .ready = on_ready,
	    .down = on_down, .arg = &c };

	if (!read_options(argc, argv, &spec, headers)) {
		fputs("usage: mcp-conformance-client [options] "
		    "{ URL | -- PROGRAM ARGUMENT... }\n", stderr);
		return 2;
	}
	log_open("client", getenv("MCP_CLIENT_DEBUG") != NULL ? LOG_DEBUG :
	    LOG_WARN);
	signal(SIGPIPE, SIG_IGN);
	c.conformance = conformance_open(on_over, &c);
	if (c.conformance != NULL)
		spec.capabilities = conformance_capabilities(c.conformance);
	if (spec.capabilities != NULL)
		spec.answer = on_asked;
	uv_loop_init(&c.loop);
	take_commands(&c);
	c.http = http_open(&c.loop);
	c.mcp = mcp_open(&c.loop, c.http, &spec);
	uv_run(&c.loop, UV_RUN_DEFAULT);
	http_close(c.http);
	uv_run(&c.loop, UV_RUN_DEFAULT);
	lines_free(&c.lines);
	conformance_close(c.conformance);
	uv_loop_close(&c.loop);
	return c.down ? 1 : 0;
}
