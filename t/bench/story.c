/* SPDX-License-Identifier: Apache-2.0 */
#include "t/bench/story.h"

#include <stdlib.h>
#include <string.h>

/*
 * The answers are our own and their shape is known: a text member is found
 * by its name.
 */
static bool
read_member(const char *body, const char *name, char *out, size_t size)
{
	const char *found = strstr(body, name), *end;

	if (found == NULL)
		return false;
	found += strlen(name);
	end = strchr(found, '"');
	if (end == NULL || (size_t)(end - found) >= size)
		return false;
	memcpy(out, found, (size_t)(end - found));
	out[end - found] = '\0';
	return true;
}

static void
acknowledge(const struct client *client, const char *what, const char *id)
{
	if (client->plan->acknowledged != NULL)
		fprintf(client->plan->acknowledged, "%s %s\n", what, id);
}

static void
path_given(struct client *client, struct buf *out)
{
	const char *path = client->plan->path, *hole = strstr(path, "{}");

	if (hole == NULL) {
		buf_adds(out, path);
		return;
	}
	buf_add(out, path, (size_t)(hole - path));
	buf_addf(out, "%07u%s", (unsigned)rand_r(&client->seed) %
	    client->plan->numbers + 1, hole + 2);
}

static void
path_sessions(struct client *client, struct buf *out)
{
	(void)client;
	buf_adds(out, "/api/v1/sessions");
}

static void
path_session(struct client *client, struct buf *out)
{
	buf_addf(out, "/api/v1/sessions/%s", client->session);
}

/* The newest that wait: what a person looks at. */
static void
path_queue(struct client *client, struct buf *out)
{
	(void)client;
	buf_adds(out, "/api/v1/sessions?status=awaiting_input&limit=1");
}

static void
path_gates(struct client *client, struct buf *out)
{
	buf_addf(out, "/api/v1/sessions/%s/approvals", client->session);
}

static void
path_gate(struct client *client, struct buf *out)
{
	buf_addf(out, "/api/v1/sessions/%s/approvals/%s", client->session,
	    client->gate);
}

static const char *
body_session(const struct client *client)
{
	return client->plan->body;
}

static const char *
body_approve(const struct client *client)
{
	(void)client;
	return "{\"decision\":\"approve\",\"approver\":\"bench\"}";
}

static enum verdict
answer_good(struct client *client)
{
	return client->http.status == 200 ? VERDICT_ON : VERDICT_FAIL;
}

static enum verdict
answer_created(struct client *client)
{
	if (client->http.status != 201 ||
	    !read_member(client->http.body, "\"session_id\":\"",
		client->session, sizeof(client->session)))
		return VERDICT_FAIL;
	acknowledge(client, "session", client->session);
	return VERDICT_ON;
}

static enum verdict
answer_queued(struct client *client)
{
	if (client->http.status != 200)
		return VERDICT_FAIL;
	return strstr(client->http.body, client->session) != NULL ?
	    VERDICT_ON : VERDICT_WAIT;
}

static enum verdict
answer_gates(struct client *client)
{
	if (client->http.status != 200)
		return VERDICT_FAIL;
	return read_member(client->http.body, "\"gate_id\":\"", client->gate,
	    sizeof(client->gate)) ? VERDICT_ON : VERDICT_WAIT;
}

static enum verdict
answer_approved(struct client *client)
{
	if (client->http.status != 200)
		return VERDICT_FAIL;
	acknowledge(client, "gate", client->gate);
	return VERDICT_ON;
}

static enum verdict
answer_ended(struct client *client)
{
	char status[32];

	if (client->http.status != 200 ||
	    !read_member(client->http.body, "\"status\":\"", status,
		sizeof(status)))
		return VERDICT_FAIL;
	return strcmp(status, client->plan->status) == 0 ?
	    VERDICT_ON : VERDICT_WAIT;
}

#define CREATE { "POST", path_sessions, body_session, answer_created }
#define APPROVE { "GET", path_gates, NULL, answer_gates }, \
	{ "POST", path_gate, body_approve, answer_approved }, \
	{ "GET", path_session, NULL, answer_ended }

static const struct story stories[] = {
	{ "get", 1, { { "GET", path_given, NULL, answer_good } } },
	{ "post", 1, { CREATE } },
	{ "cycle", 4, { CREATE, APPROVE } },
	/* Until it is in the queue; the rest only empties it again. */
	{ "gate", 2, { CREATE, { "GET", path_queue, NULL, answer_queued },
		APPROVE } },
};

const struct story *
story_find(const char *name)
{
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		if (strcmp(stories[i].name, name) == 0)
			return &stories[i];
	return NULL;
}
