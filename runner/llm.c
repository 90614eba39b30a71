/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/llm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/log.h"
#include "runner/llm_answer.h"
#include "runner/llm_queue.h"
#include "runner/llm_request.h"
#include "runner/progress.h"
#include "runner/secret.h"
#include "sql/db.h"

enum {
	URL_MAX = 4096,			/* bytes */
	REQUEST_MAX = 32 * 1024 * 1024,
	ANSWER_MAX = 16 * 1024 * 1024,	/* all of it, as it is sent */
};

struct llm {
	struct db *db;
	struct http *http;
	struct llm_queues *queues;
	struct progress *progress;
	struct ask *asks;
	void (*done)(void *arg, struct job *job);
	void *arg;
};

/* One request, from the queue to its reply. */
struct ask {
	struct llm_entry entry;		/* first: the queue knows it by this */
	struct llm *llm;
	struct ask *next, *prev;
	struct job *job;
	char *provider_name;
	struct json *config;
	struct llm_request request;
	struct llm_texts *texts;
	struct llm_answer answer;
	struct progress_reply progress;
	struct buf key;
	struct http_call *call;
	int64_t started_ms;
};

static const struct json *
part(const struct ask *ask, const char *name)
{
	return json_get(ask->config, name);
}

static int
number(const struct json *object, const char *key)
{
	return (int)json_number(json_get(object, key), 0);
}

static void
free_ask(struct ask *ask)
{
	if (ask->prev != NULL)
		ask->prev->next = ask->next;
	else
		ask->llm->asks = ask->next;
	if (ask->next != NULL)
		ask->next->prev = ask->prev;
	progress_end(&ask->progress, false);
	llm_request_free(&ask->request, ask->texts);
	llm_answer_free(&ask->answer);
	secret_free(&ask->key);
	json_free(ask->config);
	free(ask->provider_name);
	free(ask);
}

/* Gives the job back, outcome and all. */
static void
deliver(struct ask *ask)
{
	struct llm *llm = ask->llm;
	struct job *job = ask->job;

	if (job->reply.error != NULL)
		secret_mask(&ask->key, job->reply.error);
	progress_end(&ask->progress, job->reply.error == NULL);
	free_ask(ask);
	llm->done(llm->arg, job);
}

static void
log_outcome(const struct ask *ask, const struct http_call *call,
    const struct http_result *result)
{
	const struct reply *reply = &ask->job->reply;
	const char *id = http_header(call, "x-request-id");
	long long ms = (long long)(clock_mono_ms() - ask->started_ms);

	if (id == NULL)
		id = http_header(call, "apim-request-id");
	if (reply->error == NULL)
		log_debug("model_answered", "session=%s provider=%s ms=%lld "
		    "input_tokens=%lld output_tokens=%lld",
		    ask->job->session_id, ask->provider_name, ms,
		    (long long)reply->input_tokens,
		    (long long)reply->output_tokens);
	else if (result->end != HTTP_CANCELLED)
		log_warn("model_failed", "session=%s provider=%s status=%d "
		    "ms=%lld request=%s why=\"%s\"", ask->job->session_id,
		    ask->provider_name, result->status, ms,
		    id != NULL ? id : "-", reply->error);
}

static int
on_data(void *arg, struct http_call *call, const char *bytes, size_t len)
{
	struct ask *ask = arg;
	const struct buf *content = &ask->answer.reply.content;
	int rc = llm_answer_data(&ask->answer, call, bytes, len);

	progress_text(&ask->progress, buf_str(content), content->len);
	return rc;
}

static void
on_done(void *arg, struct http_call *call, const struct http_result *result)
{
	struct ask *ask = arg;
	struct reply *reply = &ask->job->reply;
	enum throttle_outcome outcome;
	int64_t closed_ms;

	ask->call = NULL;
	outcome = llm_answer_finish(&ask->answer, call, result);
	if (reply->error != NULL)
		secret_mask(&ask->key, reply->error);
	log_outcome(ask, call, result);
	closed_ms = llm_queue_end(&ask->entry, outcome,
	    reply->input_tokens + reply->output_tokens,
	    reply->error != NULL ? reply->wait_ms : 0);
	/* The breaker opened: the provider failed, not this session. */
	if (outcome == THROTTLE_DOWN && closed_ms > 0) {
		reply->fault = REPLY_HELD;
		reply->wait_ms = closed_ms;
	}
	deliver(ask);
}

/* OK, or the job has failed. */
static int
read_key(struct ask *ask)
{
	const char *given = json_string(json_get(ask->request.provider,
		"api_key"));
	const char *reference = given;
	bool needed = ask->answer.provider->key_needed;
	int rc;

	if (reference == NULL || *reference == '\0')
		reference = ask->answer.provider->key_reference;
	else
		needed = true;
	if (reference == NULL)
		return OK;
	rc = secret_read(reference, &ask->key);
	if (rc == E_NOTFOUND && !needed)
		return OK;
	if (rc != OK)
		llm_fail(&ask->answer, REPLY_FINAL,
		    "cannot read the key %s: %s", reference, rc == E_NOTFOUND ?
		    "it is neither in the runner's environment nor among its "
		    "credentials" : err_text(rc));
	return rc;
}

static void
start_call(struct ask *ask, const char *url, const struct buf *body)
{
	const struct json *clocks = part(ask, "clocks");
	char trace[sizeof("traceparent: ") + TRACE_SIZE];
	struct buf key;
	const char *headers[] = { "Content-Type: application/json",
		ask->request.stream && ask->answer.provider->events ?
		"Accept: text/event-stream" : "Accept: application/json",
		NULL, NULL, NULL };
	const char **next = &headers[2];
	struct http_spec spec = {
		.method = "POST", .url = url, .headers = headers,
		.body = buf_str(body), .body_len = body->len,
		.connect_ms = number(clocks, "connect_ms"),
		.first_ms = number(clocks, "first_byte_ms"),
		.idle_ms = number(clocks, "idle_ms"),
		.total_ms = number(clocks, "total_ms"),
		.body_max = ANSWER_MAX,
		.data = on_data, .done = on_done, .arg = ask,
	};

	buf_init(&key, SECRET_MAX + 64);
	if (ask->key.len > 0) {
		buf_adds(&key, ask->answer.provider->key_header);
		buf_adds(&key, buf_str(&ask->key));
		*next++ = buf_str(&key);
	}
	if (ask->job->trace[0] != '\0') {
		snprintf(trace, sizeof(trace), "traceparent: %s",
		    ask->job->trace);
		*next = trace;
	}
	if (key.rc == OK)
		ask->call = http_start(ask->llm->http, &spec);
	secret_free(&key);
	if (ask->call == NULL)
		llm_fail(&ask->answer, REPLY_TRANSIENT, "%s",
		    err_text(E_NOMEM));
	else
		progress_begin(&ask->progress, ask->job->session_id,
		    ask->job->agent, ask->job->run_id, ask->job->turn);
}

static void
build_and_start(struct ask *ask)
{
	struct buf url, body;
	int rc;

	buf_init(&url, URL_MAX);
	buf_init(&body, REQUEST_MAX);
	rc = llm_request_read(ask->llm->db, ask->job, &ask->request,
	    &ask->texts);
	if (rc != OK) {
		llm_fail(&ask->answer, REPLY_TRANSIENT,
		    "cannot read the messages: %s", err_text(rc));
		goto out;
	}
	rc = ask->answer.provider->url(&ask->request, &url);
	if (rc != OK) {
		llm_fail(&ask->answer, REPLY_FINAL, "its configuration names "
		    "no address (base_url, endpoint or deployment)");
		goto out;
	}
	rc = ask->answer.provider->build(&ask->request, &body);
	if (rc != OK)
		llm_fail(&ask->answer, rc == E_TOOBIG ? REPLY_TOO_LONG :
		    REPLY_TRANSIENT, "cannot build the request: %s",
		    err_text(rc));
	else if (read_key(ask) == OK)
		start_call(ask, buf_str(&url), &body);
out:
	buf_free(&url);
	buf_free(&body);
}

static void
on_go(struct llm_entry *entry)
{
	struct ask *ask = (struct ask *)entry;

	ask->started_ms = clock_mono_ms();
	build_and_start(ask);
	if (ask->call != NULL)
		return;
	llm_queue_end(entry, THROTTLE_UNKNOWN, 0, 0);
	deliver(ask);
}

static void
on_hold(struct llm_entry *entry, int64_t wait_ms)
{
	struct ask *ask = (struct ask *)entry;

	llm_fail(&ask->answer, REPLY_HELD, "it takes no requests now");
	ask->job->reply.wait_ms = wait_ms;
	deliver(ask);
}

/* The kind, name and configuration of the job's model; false: none. */
static bool
read_model(struct ask *ask)
{
	struct rows rows = db_query(ask->llm->db, Q_LLM_MODEL, "ls",
	    ask->job->app_id, ask->job->model);

	const struct llm_provider *provider = NULL;

	if (rows_next(&rows)) {
		provider = llm_provider(rows_str(&rows, 0));
		ask->config = json_parse(rows_str(&rows, 1),
		    strlen(rows_str(&rows, 1)), NULL);
		ask->provider_name = strdup(rows_str(&rows, 2));
	}
	if (rows_end(&rows) != OK || provider == NULL || ask->config == NULL ||
	    ask->provider_name == NULL)
		return false;
	llm_answer_init(&ask->answer, provider, ask->provider_name, ask->job);
	ask->answer.request = &ask->request;
	ask->request.model = part(ask, "model");
	ask->request.provider = part(ask, "provider");
	return true;
}

static void
enqueue(struct ask *ask)
{
	const struct json *limits = part(ask, "limits");
	const struct json *stream = json_get(ask->request.provider, "stream");
	struct throttle_terms terms = {
		.concurrency = number(limits, "concurrency"),
		.requests_per_minute = number(limits, "requests_per_minute"),
		.tokens_per_minute = number(limits, "tokens_per_minute"),
		.breaker_failures = number(limits, "breaker_failures"),
		.breaker_ms = number(limits, "breaker_ms"),
	};
	struct buf url;

	ask->request.stream = json_bool(stream, true);
	buf_init(&url, URL_MAX);
	buf_addf(&url, "%s ", ask->provider_name);
	ask->answer.provider->url(&ask->request, &url);
	if (llm_queue_add(ask->llm->queues, buf_str(&url), &terms,
		&ask->entry) != OK) {
		llm_fail(&ask->answer, REPLY_TRANSIENT, "%s",
		    err_text(E_NOMEM));
		deliver(ask);
	}
	buf_free(&url);
}

static struct ask *
make_ask(struct llm *llm, struct job *job)
{
	struct ask *ask = calloc(1, sizeof(*ask));

	if (ask == NULL)
		return NULL;
	ask->entry.go = on_go;
	ask->entry.hold = on_hold;
	ask->llm = llm;
	ask->progress.progress = llm->progress;
	ask->job = job;
	ask->next = llm->asks;
	if (ask->next != NULL)
		ask->next->prev = ask;
	llm->asks = ask;
	buf_init(&ask->key, SECRET_MAX);
	return ask;
}

void
llm_ask(struct llm *llm, struct job *job)
{
	struct ask *ask = make_ask(llm, job);

	if (ask == NULL) {
		job->reply.fault = REPLY_TRANSIENT;
		job_fail(job, "out of memory");
		llm->done(llm->arg, job);
		return;
	}
	job->handle = ask;
	if (!read_model(ask)) {
		job_fail(job, "model \"%s\" cannot be asked by this version",
		    job->model);
		deliver(ask);
		return;
	}
	enqueue(ask);
}

void
llm_cancel(struct job *job)
{
	struct ask *ask = job->handle;

	if (ask->call != NULL) {
		http_cancel(ask->call);
	} else if (llm_queue_remove(&ask->entry)) {
		llm_fail(&ask->answer, REPLY_HELD, "cancelled");
		deliver(ask);
	}
}

struct llm *
llm_open(struct uv_loop_s *loop, struct db *db, struct progress *progress,
    void (*done)(void *arg, struct job *job), void *arg)
{
	struct llm *llm = calloc(1, sizeof(*llm));

	if (llm == NULL)
		return NULL;
	*llm = (struct llm){ .db = db, .progress = progress, .done = done,
	    .arg = arg, .http = http_open(loop),
	    .queues = llm_queues_open(loop) };
	if (llm->http != NULL && llm->queues != NULL)
		return llm;
	llm_close(llm);
	return NULL;
}

void
llm_close(struct llm *llm)
{
	if (llm == NULL)
		return;
	http_close(llm->http);
	llm_queues_close(llm->queues);
	while (llm->asks != NULL)
		free_ask(llm->asks);
	free(llm);
}
