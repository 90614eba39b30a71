/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/probe.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "lib/err.h"
#include "lib/http.h"
#include "lib/json.h"
#include "runner/server_spec.h"
#include "runner/server_tools.h"
#include "sql/db.h"

enum {
	ANSWER_MAX = 8 * 1024 * 1024,	/* bytes of an answer */
	END_MS = 4000,			/* for programs that do not end */
};

struct probe {
	struct db *db;
	uv_loop_t loop;
	uv_timer_t guard;
	struct http *http;
	struct probed *first, **last;
	int waiting;
};

/* One server. */
struct probed {
	struct probed *next;
	struct probe *probe;
	int64_t app_id;
	char *app, *name, *transport, *protocol;
	struct server_spec *spec;
	struct mcp *mcp;
	struct server_tools tools;
	struct buf reason, problems;	/* problems: the inside of a list */
};

static void __attribute__((format(printf, 2, 3)))
add_problem(struct probed *probed, const char *format, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, SERVER_WHY_MAX);
	va_start(ap, format);
	buf_vaddf(&text, format, ap);
	va_end(ap);
	if (probed->problems.len > 0)
		buf_addc(&probed->problems, ',');
	buf_add_json(&probed->problems, buf_str(&text), text.len);
	buf_free(&text);
}

static void
on_left_out(void *arg, const char *name, const char *why)
{
	add_problem(arg, "its tool \"%s\" cannot be used: %s", name, why);
}

static bool
has(const struct probed *probed, const char *name)
{
	return server_tools_find(&probed->tools, name) != NULL;
}

/* What the configuration names, the server should have. */
static void
compare(struct probed *probed)
{
	const struct json *tool = json_first(server_spec_overrides(
		probed->spec));
	struct rows rows = db_query(probed->probe->db, Q_SERVER_NAMED, "ls",
	    probed->app_id, probed->name);

	for (; tool != NULL; tool = json_next(tool))
		if (!has(probed, json_key(tool)))
			add_problem(probed, "it has no tool \"%s\", which "
			    "its \"tools\" name", json_key(tool));
	while (rows_next(&rows))
		if (!has(probed, rows_str(&rows, 1)))
			add_problem(probed, "it has no tool \"%s\", which %s "
			    "names", rows_str(&rows, 1), rows_str(&rows, 0));
	if (rows_end(&rows) != OK)
		add_problem(probed, "the database cannot be read");
}

static void
settle(struct probed *probed)
{
	mcp_close(probed->mcp);
	probed->mcp = NULL;
	probed->probe->waiting--;
}

static void
on_ready(void *arg, const struct mcp_tool *tools, int count)
{
	struct probed *probed = arg;
	const char *protocol = mcp_version(probed->mcp);

	if (protocol != NULL)
		probed->protocol = strdup(protocol);
	if (server_tools_take(&probed->tools, probed->spec, tools, count) ==
	    OK)
		compare(probed);
	else
		buf_adds(&probed->reason, err_text(E_NOMEM));
	settle(probed);
}

static void
on_down(void *arg, const char *why)
{
	struct probed *probed = arg;

	buf_adds(&probed->reason, why);
	server_spec_mask(probed->spec, probed->reason.data);
	settle(probed);
}

static void
start(struct probed *probed, const struct server_row *row)
{
	struct probe *probe = probed->probe;

	if (server_spec_open(&probed->spec, row, &probed->reason) != OK)
		return;
	probed->spec->mcp.ready = on_ready;
	probed->spec->mcp.down = on_down;
	probed->spec->mcp.arg = probed;
	probed->mcp = mcp_open(&probe->loop, probe->http, &probed->spec->mcp);
	if (probed->mcp != NULL)
		probe->waiting++;
	else
		buf_adds(&probed->reason, err_text(E_NOMEM));
}

static int
add(struct probe *probe, const struct rows *rows, const struct sandbox *box)
{
	struct probed *probed = calloc(1, sizeof(*probed));
	struct server_row row = {
		.name = rows_str(rows, 0), .transport = rows_str(rows, 1),
		.config = rows_str(rows, 2), .dir = rows_str(rows, 3),
		.box = box,
	};

	if (probed == NULL)
		return E_NOMEM;
	*probe->last = probed;
	probe->last = &probed->next;
	probed->probe = probe;
	probed->app_id = rows_int(rows, 4);
	probed->app = strdup(rows_str(rows, 5));
	probed->name = strdup(row.name);
	probed->transport = strdup(row.transport);
	probed->tools.left_out = on_left_out;
	probed->tools.arg = probed;
	buf_init(&probed->reason, SERVER_WHY_MAX);
	buf_init(&probed->problems, ANSWER_MAX);
	if (probed->app == NULL || probed->name == NULL ||
	    probed->transport == NULL)
		return E_NOMEM;
	start(probed, &row);
	return OK;
}

static void
add_text(struct buf *line, const char *key, const char *text)
{
	buf_addf(line, ",\"%s\":", key);
	if (text != NULL)
		buf_add_json(line, text, strlen(text));
	else
		buf_adds(line, "null");
}

/* True: all is well with it. */
static bool
tell(const struct probed *probed, FILE *out)
{
	bool available = probed->reason.len == 0;
	struct buf line;

	buf_init(&line, 2 * ANSWER_MAX);
	buf_addf(&line, "{\"available\":%s", available ? "true" : "false");
	add_text(&line, "app", probed->app);
	add_text(&line, "server", probed->name);
	add_text(&line, "transport", probed->transport);
	add_text(&line, "reason", available ? NULL : buf_str(&probed->reason));
	add_text(&line, "protocol", probed->protocol);
	buf_adds(&line, ",\"tools\":[");
	for (int i = 0; i < probed->tools.count; i++) {
		const char *name = probed->tools.list[i].name;

		if (i > 0)
			buf_addc(&line, ',');
		buf_add_json(&line, name, strlen(name));
	}
	buf_addf(&line, "],\"problems\":[%s]}\n", buf_str(&probed->problems));
	fputs(buf_str(&line), out);
	buf_free(&line);
	return available && probed->problems.len == 0;
}

static void
free_probed(struct probed *probed)
{
	mcp_close(probed->mcp);
	server_spec_close(probed->spec);
	server_tools_free(&probed->tools);
	buf_free(&probed->reason);
	buf_free(&probed->problems);
	free(probed->app);
	free(probed->name);
	free(probed->transport);
	free(probed->protocol);
	free(probed);
}

static void
on_given_up(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

/* Programs end as the loop turns. */
static void
close_loop(struct probe *probe)
{
	uv_timer_init(&probe->loop, &probe->guard);
	uv_timer_start(&probe->guard, on_given_up, END_MS, 0);
	uv_unref((uv_handle_t *)&probe->guard);
	uv_run(&probe->loop, UV_RUN_DEFAULT);
	http_close(probe->http);
	uv_close((uv_handle_t *)&probe->guard, NULL);
	uv_run(&probe->loop, UV_RUN_NOWAIT);
	uv_loop_close(&probe->loop);
}

int
probe_servers(struct db *db, const struct sandbox *box, const char *app,
    FILE *out)
{
	struct probe probe = { .db = db };
	struct rows rows = db_query(db, Q_SERVER_NEWEST, "s", app);
	struct probed *probed;
	int rc = OK, end, bad = 0;

	uv_loop_init(&probe.loop);
	probe.last = &probe.first;
	probe.http = http_open(&probe.loop);
	if (probe.http == NULL)
		rc = E_NOMEM;
	while (rc == OK && rows_next(&rows))
		rc = add(&probe, &rows, box);
	end = rows_end(&rows);
	if (rc == OK)
		rc = end;
	while (rc == OK && probe.waiting > 0)
		uv_run(&probe.loop, UV_RUN_ONCE);
	while ((probed = probe.first) != NULL) {
		probe.first = probed->next;
		if (rc == OK)
			bad += !tell(probed, out);
		free_probed(probed);
	}
	close_loop(&probe);
	return rc != OK ? rc : bad;
}
