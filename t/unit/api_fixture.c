/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/api_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/flight.h"
#include "fcgi/meter.h"
#include "fcgi/route.h"
#include "lib/err.h"
#include "lib/strikes.h"
#include "sql/pool.h"
#include "t/unit/unit.h"

/* The SHA-256 of {"n":1}. */
#define DIGEST \
	"2bfd14f43d17fc7cea24e0917a8879b4b2f880b8baeec1b9d90fbaad655e71bd"

const char api_running[] =
    "INSERT INTO session (id, app_id, query, environment, submitter, node,"
    " ready_at, extra_fields, created_at, updated_at)"
    " VALUES ('" ID "', 1, 'why so slow', 'dev',"
    " '{\"id\":\"sam\",\"team\":\"ops\"}', 'first', 10, '{\"k\":1}', 10, 10);"
    "UPDATE session SET owner = 'r', epoch = 1, ready_at = 1000;"
    "INSERT INTO move (session_id, from_status, to_status, cause, actor, at)"
    " VALUES ('" ID "', 'new', 'in_progress', 'claimed', 'r', 11);"
    "INSERT INTO agent_run (id, session_id, agent, kind, epoch, started_at)"
    " VALUES (1, '" ID "', 'first', 'responsive', 1, 12)";

const char api_waiting[] =
    "INSERT INTO tool_call (id, session_id, ordinal, run_id, agent, tool,"
    " call_key, args, args_sha256, action, gate_reason, risk, repeatable,"
    " status, epoch, created_at)"
    " VALUES (1, '" ID "', 0, 1, 'first', 's:fix', 'c1', '{\"n\":1}',"
    " '" DIGEST "', 'approve', 'high_risk_tool', 'high', 0, 'planned', 1, 14);"
    "INSERT INTO gate (id, session_id, kind, reason, question, tool_call_id,"
    " args_sha256, opened_at)"
    " VALUES (1, '" ID "', 'tool', 'high_risk_tool', 'Run it?', 1,"
    " '" DIGEST "', 20)";

const char api_unsure[] =
    "INSERT INTO gate (id, session_id, kind, reason, question, detail,"
    " opened_at)"
    " VALUES (1, '" ID "', 'confidence', 'low_confidence', 'Go on?',"
    " '{\"reason\":\"low_confidence\",\"upstream_agent\":\"first\"}', 20)";

static const char *
get_param(void *arg, const char *name)
{
	const struct api *a = arg;

	for (int i = 0; a->params[i] != NULL; i += 2)
		if (strcmp(name, a->params[i]) == 0)
			return a->params[i + 1];
	if (strcmp(name, "REQUEST_METHOD") == 0)
		return a->method;
	if (strcmp(name, "DOCUMENT_URI") == 0)
		return a->path;
	if (strcmp(name, "QUERY_STRING") == 0)
		return a->query;
	if (strcmp(name, "HTTP_ACCEPT") == 0)
		return a->accept;
	if (strcmp(name, "CONTENT_TYPE") == 0)
		return "application/json";
	if (strcmp(name, "SERVER_ADDR") == 0)
		return "127.0.0.1";
	return NULL;
}

static int
read_body(void *arg, char *data, int len)
{
	struct api *a = arg;
	size_t n = a->left < (size_t)len ? a->left : (size_t)len;

	memcpy(data, a->rest, n);
	a->rest += n;
	a->left -= n;
	return (int)n;
}

int
api_open(void **state)
{
	struct api *a = calloc(1, sizeof(*a));

	if (a == NULL || fixture_open((void **)&a->fixture) != 0)
		return -1;
	a->access.off = true;
	a->access.meter = meter_open();
	a->access.flights = flights_open(1);
	if (a->access.meter == NULL || a->access.flights == NULL)
		return -1;
	request_init(&a->req, &a->reading, a->fixture->db, &a->access);
	reply_init(&a->reply);
	*state = a;
	return pool_open(&a->reading.pool, a->fixture->path, 1);
}

int
api_close(void **state)
{
	struct api *a = *state;
	int status;

	pool_close(a->reading.pool);
	flights_close(a->access.flights);
	meter_close(a->access.meter);
	request_free(&a->req);
	reply_free(&a->reply);
	status = fixture_close((void **)&a->fixture);
	free(a);
	return status;
}

int
api_open_strict(void **state)
{
	int status = api_open(state);
	struct api *a = *state;

	a->access.off = false;
	a->access.strikes = strikes_open();
	return a->access.strikes != NULL ? status : -1;
}

int
api_close_strict(void **state)
{
	strikes_close(((struct api *)*state)->access.strikes);
	return api_close(state);
}

void
api_bring(struct api *a, const char *name, const char *value)
{
	a->params[0] = value != NULL ? name : NULL;
	a->params[1] = value;
	a->params[2] = "REMOTE_ADDR";
	a->params[3] = "192.0.2.7";
	a->params[4] = NULL;
}

void
api_also(struct api *a, const char *name, const char *value)
{
	int i = 0;

	while (a->params[i] != NULL)
		i += 2;
	a->params[i] = name;
	a->params[i + 1] = value;
	a->params[i + 2] = NULL;
}

const char *
api_token(struct api *a, const char *roles, char header[96])
{
	const struct token_new new = { .person = "ann", .roles = roles,
	    .by = "root", .now_ms = 1 };
	char text[TOKEN_TEXT_SIZE], why[DB_WHY_MAX];
	int64_t id;

	assert_int_equal(auth_token_add(a->fixture->db, &new, &id, text, why),
	    OK);
	snprintf(header, 96, "Bearer %s", text);
	return header;
}

int
api_send(struct api *a, const char *method, const char *path, const char *body,
    size_t body_len)
{
	const struct source source = { get_param, read_body, a };
	size_t len = strcspn(path, "?");
	char why[DB_WHY_MAX];
	int status;

	snprintf(a->path, sizeof(a->path), "%.*s", (int)len, path);
	a->method = method;
	a->query = path[len] != '\0' ? path + len + 1 : "";
	a->rest = body;
	a->left = body_len;
	reply_reset(&a->reply);
	status = request_read(&a->req, &source, &a->reply);
	a->reading.db = pool_take(a->reading.pool, why);
	if (a->reading.db == NULL)
		return 503;
	if (status == 0)
		status = route_dispatch(&a->req, &a->reply);
	access_note(&a->req);
	request_rest(&a->req);
	return status;
}

int
api_ask(struct api *a, const char *method, const char *path, const char *body)
{
	return api_send(a, method, path, body, strlen(body));
}

int
api_get(struct api *a, const char *path)
{
	return api_ask(a, "GET", path, "");
}

int
api_post(struct api *a, const char *path, const char *body)
{
	return api_ask(a, "POST", path, body);
}

void
api_is(struct api *a, const char *path, const char *want)
{
	const char *got = NULL;
	sqlite3_stmt *stmt = NULL;

	assert_int_equal(sqlite3_prepare_v2(a->fixture->db->sqlite,
	    "SELECT ?1 ->> ?2", -1, &stmt, NULL), SQLITE_OK);
	sqlite3_bind_text(stmt, 1, buf_str(&a->reply.body), -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, path, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		got = (const char *)sqlite3_column_text(stmt, 0);
	else
		fail_msg("%s: %s", path,
		    sqlite3_errmsg(a->fixture->db->sqlite));
	if (want == NULL ? got != NULL : got == NULL || strcmp(got, want) != 0)
		fail_msg("%s is %s, not %s", path, got != NULL ? got : "null",
		    want != NULL ? want : "null");
	sqlite3_finalize(stmt);
}

void
api_answers(struct api *a, const char *want)
{
	assert_string_equal(buf_str(&a->reply.body), want);
}

void
api_refused(struct api *a, const char *code, const char *message,
    const char *details)
{
	api_is(a, "$.error.code", code);
	api_is(a, "$.error.message", message);
	api_is(a, "$.error.details", details);
}
