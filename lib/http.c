/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "lib/clock.h"
#include "lib/err.h"

enum { HEADERS_MAX = 256 * 1024 };	/* bytes of an answer's headers */

struct http {
	uv_loop_t *loop;
	uv_timer_t timer;		/* libcurl's own */
	CURLM *multi;
	struct http_call *calls;
};

enum clock { CLOCK_CONNECT, CLOCK_FIRST, CLOCK_IDLE };

struct http_call {
	struct http *http;
	struct http_spec spec;		/* url, headers and body are not kept */
	struct http_call *next, *prev;
	CURL *easy;
	struct curl_slist *headers;
	uv_timer_t timer;
	enum clock clock;
	int64_t clock_since, started;	/* of the monotonic clock */
	size_t body_len, headers_len;
	struct http_result result;
	bool added;			/* libcurl works on it */
	bool over;			/* the result is known */
	bool abandoned;			/* and nobody waits for it */
	char why[CURL_ERROR_SIZE];
};

/* A socket that libcurl wants to be watched. */
struct watch {
	uv_poll_t poll;
	struct http *http;
	curl_socket_t fd;
};

static void
free_data(uv_handle_t *handle)
{
	free(handle->data);
}

static void
unlink_call(struct http_call *call)
{
	if (call->prev != NULL)
		call->prev->next = call->next;
	else
		call->http->calls = call->next;
	if (call->next != NULL)
		call->next->prev = call->prev;
}

/* Takes a call apart; its memory goes when the loop has let go of it. */
static void
release(struct http_call *call)
{
	unlink_call(call);
	if (call->easy != NULL) {
		curl_multi_remove_handle(call->http->multi, call->easy);
		curl_easy_cleanup(call->easy);
	}
	curl_slist_free_all(call->headers);
	uv_close((uv_handle_t *)&call->timer, free_data);
}

/* Never from within libcurl: the handle is taken out of it. */
static void
finish(struct http_call *call)
{
	long status = 0;

	if (call->easy != NULL)
		curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	call->result.status = (int)status;
	call->result.sent = call->clock != CLOCK_CONNECT;
	if (!call->abandoned)
		call->spec.done(call->spec.arg, call, &call->result);
	release(call);
}

static void
decide(struct http_call *call, enum http_end end, const char *why)
{
	if (call->over)
		return;
	call->over = true;
	call->result.end = end;
	call->result.why = why;
}

/* What libcurl says, unless a callback of ours has said it before. */
static void
judge(struct http_call *call, CURLcode code)
{
	const char *why = call->why[0] != '\0' ? call->why :
	    curl_easy_strerror(code);

	if (code == CURLE_OK)
		decide(call, HTTP_DONE, "");
	else if (call->clock == CLOCK_CONNECT && (code == CURLE_URL_MALFORMAT ||
	    code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_OUT_OF_MEMORY))
		decide(call, HTTP_UNUSABLE, why);
	else
		decide(call, HTTP_BROKEN, why);
}

static void
collect(struct http *http)
{
	struct http_call *call;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
		    &call);
		judge(call, message->data.result);
		finish(call);
	}
}

static void
on_readiness(uv_poll_t *poll, int status, int events)
{
	struct watch *watch = poll->data;
	struct http *http = watch->http;
	int flags = 0, running;

	if (status < 0)
		flags = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	curl_multi_socket_action(http->multi, watch->fd, flags, &running);
	collect(http);
}

static struct watch *
watch_socket(struct http *http, curl_socket_t fd)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
	if (uv_poll_init_socket(http->loop, &watch->poll, fd) != 0) {
		free(watch);
		return NULL;
	}
	watch->http = http;
	watch->fd = fd;
	watch->poll.data = watch;
	curl_multi_assign(http->multi, fd, watch);
	return watch;
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct http *http = arg;
	struct watch *watch = socket_arg;
	int events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (watch != NULL) {
			curl_multi_assign(http->multi, fd, NULL);
			uv_close((uv_handle_t *)&watch->poll, free_data);
		}
		return 0;
	}
	if (watch == NULL)
		watch = watch_socket(http, fd);
	if (watch == NULL)
		return -1;
	if (what != CURL_POLL_OUT)
		events |= UV_READABLE;
	if (what != CURL_POLL_IN)
		events |= UV_WRITABLE;
	uv_poll_start(&watch->poll, events, on_readiness);
	return 0;
}

static void
on_curl_time(uv_timer_t *timer)
{
	struct http *http = timer->data;
	int running;

	curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0,
	    &running);
	collect(http);
}

static int
on_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct http *http = arg;

	(void)multi;
	if (timeout_ms < 0)
		uv_timer_stop(&http->timer);
	else
		/* libuv runs 0 at once, even from within: for ever. */
		uv_timer_start(&http->timer, on_curl_time,
		    timeout_ms > 0 ? (uint64_t)timeout_ms : 1, 0);
	return 0;
}

struct http *
http_open(struct uv_loop_s *loop)
{
	struct http *http = calloc(1, sizeof(*http));

	if (http == NULL)
		return NULL;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		http->multi = curl_multi_init();
	if (http->multi == NULL) {
		free(http);
		return NULL;
	}
	http->loop = loop;
	uv_timer_init(loop, &http->timer);
	http->timer.data = http;
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	return http;
}

void
http_close(struct http *http)
{
	if (http == NULL)
		return;
	while (http->calls != NULL)
		release(http->calls);
	curl_multi_cleanup(http->multi);
	curl_global_cleanup();
	uv_close((uv_handle_t *)&http->timer, free_data);
}

/*
 * The time at which the call ends unless something happens; which says what
 * it would then have been too slow in. INT64_MAX: never.
 */
static int64_t
deadline(const struct http_call *call, enum http_end *which)
{
	static const enum http_end ends[] = {
		[CLOCK_CONNECT] = HTTP_SLOW_CONNECT,
		[CLOCK_FIRST] = HTTP_SLOW_FIRST,
		[CLOCK_IDLE] = HTTP_SLOW_IDLE,
	};
	const int allowed[] = {
		[CLOCK_CONNECT] = call->spec.connect_ms,
		[CLOCK_FIRST] = call->spec.first_ms,
		[CLOCK_IDLE] = call->spec.idle_ms,
	};
	int64_t at = INT64_MAX, total = INT64_MAX;

	*which = ends[call->clock];
	if (allowed[call->clock] > 0)
		at = call->clock_since + allowed[call->clock];
	if (call->spec.total_ms > 0)
		total = call->started + call->spec.total_ms;
	if (total > at)
		return at;
	*which = HTTP_SLOW_TOTAL;
	return total;
}

static void
tell_clock(struct http_call *call, enum http_end which)
{
	const struct http_spec *spec = &call->spec;
	const struct { int ms; const char *what; } clocks[] = {
		[HTTP_SLOW_CONNECT] = { spec->connect_ms,
		    "without a connection" },
		[HTTP_SLOW_FIRST] = { spec->first_ms, "without an answer" },
		[HTTP_SLOW_IDLE] = { spec->idle_ms,
		    "of silence within the answer" },
		[HTTP_SLOW_TOTAL] = { spec->total_ms, "in all" },
	};

	snprintf(call->why, sizeof(call->why), "timed out after %g s %s",
	    clocks[which].ms / 1000.0, clocks[which].what);
	decide(call, which, call->why);
}

/* Bytes only note their time; this looks at it when it would be due. */
static void
on_clock(uv_timer_t *timer)
{
	struct http_call *call = timer->data;
	enum http_end which;
	int64_t at = deadline(call, &which), now = clock_mono_ms();

	/* Here, as libcurl takes none from within a callback of its own. */
	if (!call->added && !call->over && curl_multi_add_handle(
		call->http->multi, call->easy) != CURLM_OK)
		decide(call, HTTP_UNUSABLE, err_text(E_NOMEM));
	call->added = true;
	if (call->over) {
		finish(call);
	} else if (at <= now) {
		tell_clock(call, which);
		finish(call);
	} else if (at < INT64_MAX) {
		uv_timer_start(timer, on_clock, (uint64_t)(at - now), 0);
	}
}

static void
enter(struct http_call *call, enum clock clock)
{
	call->clock = clock;
	call->clock_since = clock_mono_ms();
	uv_timer_start(&call->timer, on_clock, 0, 0);
}

static int
on_connected(void *arg, char *remote, char *local, int remote_port,
    int local_port)
{
	struct http_call *call = arg;

	(void)remote;
	(void)local;
	(void)remote_port;
	(void)local_port;
	enter(call, CLOCK_FIRST);
	return CURL_PREREQFUNC_OK;
}

static size_t
on_header(char *bytes, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;

	(void)bytes;
	call->headers_len += size * count;
	if (call->headers_len <= HEADERS_MAX)
		return size * count;
	decide(call, HTTP_FLOOD, "the headers are too large");
	return 0;
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;
	size_t len = size * count;

	if (call->over)
		return CURL_WRITEFUNC_ERROR;
	if (call->clock != CLOCK_IDLE)
		enter(call, CLOCK_IDLE);
	call->clock_since = clock_mono_ms();
	if (len > call->spec.body_max - call->body_len) {
		decide(call, HTTP_FLOOD, "the answer is too large");
		return CURL_WRITEFUNC_ERROR;
	}
	call->body_len += len;
	call->result.rc = call->spec.data(call->spec.arg, call, bytes, len);
	if (call->result.rc == OK)
		return len;
	decide(call, HTTP_STOPPED, err_text(call->result.rc));
	return CURL_WRITEFUNC_ERROR;
}

static bool
add_header(struct http_call *call, const char *header)
{
	struct curl_slist *longer = curl_slist_append(call->headers, header);

	if (longer == NULL)
		return false;
	call->headers = longer;
	return true;
}

static bool
set_body(struct http_call *call, const struct http_spec *spec)
{
	if (spec->body == NULL)
		return true;
	curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)spec->body_len);
	return curl_easy_setopt(call->easy, CURLOPT_COPYPOSTFIELDS,
	    spec->body) == CURLE_OK;
}

static bool
set_up(struct http_call *call, const struct http_spec *spec)
{
	const char *const *header = spec->headers;
	CURL *easy = call->easy;
	/* No wait for "100 Continue", whatever the size of the body. */
	bool good = add_header(call, "Expect:");

	for (; good && header != NULL && *header != NULL; header++)
		good = add_header(call, *header);
	good = good && set_body(call, spec);
	if (!good || curl_easy_setopt(easy, CURLOPT_URL, spec->url) != CURLE_OK)
		return false;
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, spec->method);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "gatehouse");
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	/* Ours are stricter; libcurl's own would end a call after 300 s. */
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 0x7fffffffL);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->why);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	return true;
}

struct http_call *
http_start(struct http *http, const struct http_spec *spec)
{
	struct http_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return NULL;
	call->http = http;
	call->spec = *spec;
	uv_timer_init(http->loop, &call->timer);
	call->timer.data = call;
	call->next = http->calls;
	if (call->next != NULL)
		call->next->prev = call;
	http->calls = call;
	call->started = clock_mono_ms();
	enter(call, CLOCK_CONNECT);
	call->easy = curl_easy_init();
	if (call->easy != NULL && set_up(call, spec))
		return call;
	release(call);
	return NULL;
}

void
http_cancel(struct http_call *call)
{
	decide(call, HTTP_CANCELLED, "cancelled");
	uv_timer_start(&call->timer, on_clock, 0, 0);
}

void
http_abandon(struct http_call *call)
{
	call->abandoned = true;
	http_cancel(call);
}

int
http_status(const struct http_call *call)
{
	long status = 0;

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

const char *
http_header(const struct http_call *call, const char *name)
{
	struct curl_header *header;

	if (curl_easy_header(call->easy, name, 0, CURLH_HEADER, -1, &header) !=
	    CURLHE_OK)
		return NULL;
	return header->value;
}
