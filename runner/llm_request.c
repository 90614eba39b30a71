/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/llm_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/utf8.h"
#include "runner/world.h"
#include "sql/db.h"

/* All texts are freed at once, so they only have to be in a list. */
struct llm_texts {
	struct llm_texts *next;
	char data[];
};

struct reading {
	struct db *db;
	const struct job *job;
	struct llm_request *request;
	struct llm_texts *texts;
	size_t text_max;
	int rc;
};

static char *
take(struct reading *r, size_t size)
{
	struct llm_texts *text = malloc(sizeof(*text) + size);

	if (text == NULL) {
		r->rc = E_NOMEM;
		return NULL;
	}
	text->next = r->texts;
	r->texts = text;
	return text->data;
}

static const char *
keep(struct reading *r, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = take(r, size);

	return copy != NULL ? memcpy(copy, text, size) : "";
}

/* keep, but of a long text only the start and how much is missing. */
static const char *
keep_start(struct reading *r, const char *text)
{
	enum { NOTE_MAX = 64 };
	size_t len = strlen(text), kept = utf8_cut(text, len, r->text_max);
	char *copy;

	if (kept == len)
		return keep(r, text);
	copy = take(r, kept + NOTE_MAX);
	if (copy == NULL)
		return "";
	memcpy(copy, text, kept);
	snprintf(copy + kept, NOTE_MAX, "... [%zu bytes are left out]",
	    len - kept);
	return copy;
}

static void *
grow(struct reading *r, void *array, int count, size_t size)
{
	char *grown = realloc(array, (size_t)(count + 1) * size);

	if (grown == NULL)
		r->rc = E_NOMEM;
	else
		memset(grown + (size_t)count * size, 0, size);
	return grown;
}

static void
end(struct reading *r, struct rows *rows)
{
	int rc = rows_end(rows);

	if (r->rc == OK)
		r->rc = rc;
}

static void
read_prompt(struct reading *r)
{
	struct rows rows = db_query(r->db, Q_LLM_PROMPT, "ls", r->job->app_id,
	    r->job->agent);

	r->request->prompt = rows_next(&rows) ? keep(r, rows_str(&rows, 0)) :
	    "";
	end(r, &rows);
}

/* An injected argument is the framework's: the model does not see it. */
static const char *
hide(struct reading *r, const char *schema, const char *parameter)
{
	struct rows rows = db_query(r->db, Q_SCHEMA_HIDE, "ss", schema,
	    parameter);

	if (rows_next(&rows))
		schema = keep(r, rows_str(&rows, 0));
	end(r, &rows);
	return schema;
}

static void
hide_injected(struct reading *r)
{
	struct rows rows = db_query(r->db, Q_LLM_INJECTED, "l",
	    r->job->app_id);

	while (r->rc == OK && rows_next(&rows))
		for (int i = 0; i < r->request->tool_count; i++) {
			struct llm_tool *tool = &r->request->tools[i];

			tool->parameters = hide(r, tool->parameters,
			    rows_str(&rows, 0));
		}
	end(r, &rows);
}

static void
read_tools(struct reading *r)
{
	struct rows rows = db_query(r->db, Q_LLM_TOOLS, "ls", r->job->app_id,
	    r->job->agent);
	struct llm_tool *grown;

	while (r->rc == OK && rows_next(&rows)) {
		grown = grow(r, r->request->tools, r->request->tool_count,
		    sizeof(*grown));
		if (grown == NULL)
			break;
		r->request->tools = grown;
		grown += r->request->tool_count++;
		grown->full_name = keep(r, rows_str(&rows, 0));
		tool_name_safe(grown->full_name, grown->name);
		grown->description = keep(r, rows_str(&rows, 1));
		grown->parameters = keep(r, rows_str(&rows, 2));
	}
	end(r, &rows);
}

/* The row of the calls' query stands at the first one not yet taken. */
static bool
read_calls(struct reading *r, struct rows *rows, bool more, int64_t message_id,
    struct llm_message *message)
{
	struct llm_call *grown;

	while (r->rc == OK && more && rows_int(rows, 0) == message_id) {
		grown = grow(r, message->calls, message->call_count,
		    sizeof(*grown));
		if (grown == NULL)
			break;
		message->calls = grown;
		grown += message->call_count++;
		grown->id = keep(r, rows_str(rows, 1));
		tool_name_safe(rows_str(rows, 2), grown->name);
		grown->args = keep(r, rows_str(rows, 3));
		grown->result = keep_start(r, rows_str(rows, 4));
		more = rows_next(rows);
	}
	return more;
}

static void
read_messages(struct reading *r)
{
	struct rows rows = db_query(r->db, Q_LLM_MESSAGES, "l",
	    r->job->run_id);
	struct rows calls = db_query(r->db, Q_LLM_CALLS, "l", r->job->run_id);
	bool more = rows_next(&calls);
	struct llm_message *grown;

	while (r->rc == OK && rows_next(&rows)) {
		grown = grow(r, r->request->messages,
		    r->request->message_count, sizeof(*grown));
		if (grown == NULL)
			break;
		r->request->messages = grown;
		grown += r->request->message_count++;
		grown->by_model = strcmp(rows_str(&rows, 1), "assistant") == 0;
		grown->content = keep_start(r, rows_str(&rows, 2));
		more = read_calls(r, &calls, more, rows_int(&rows, 0), grown);
	}
	end(r, &rows);
	end(r, &calls);
}

int
llm_request_read(struct db *db, const struct job *job,
    struct llm_request *request, struct llm_texts **texts)
{
	struct reading r = { .db = db, .job = job, .request = request,
	    .text_max = job->compact ? LLM_COMPACT_MAX : LLM_RESULT_MAX };

	read_prompt(&r);
	if (r.rc == OK)
		read_tools(&r);
	if (r.rc == OK)
		hide_injected(&r);
	if (r.rc == OK)
		read_messages(&r);
	*texts = r.texts;
	return r.rc;
}

void
llm_request_free(struct llm_request *request, struct llm_texts *texts)
{
	struct llm_texts *next;

	for (int i = 0; i < request->message_count; i++)
		free(request->messages[i].calls);
	free(request->messages);
	free(request->tools);
	request->messages = NULL;
	request->tools = NULL;
	request->message_count = request->tool_count = 0;
	for (; texts != NULL; texts = next) {
		next = texts->next;
		free(texts);
	}
}
