/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/server.h"

#include <config.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/strikes.h"
#include "sql/db.h"
#include "sql/hint.h"
#include "stream/client.h"
#include "stream/feed.h"
#include "stream/note.h"
#include "stream/partial.h"
#include "stream/send.h"

enum {
	HEADERS_MAX = 56 * 1024, /* bytes: two buffers of nginx's, and ours */
	/* Requests whose headers are coming, and clients that just left. */
	HEADER_POOL = 1024,
	HEADERS_S = 10,			/* for all of them to arrive */
	ACCEPT_MAX = 64,		/* connections in one turn */
	SWEEP_MS = 1000,
	/* Longer ones libwebsockets cuts, and takes a turn for each piece. */
	WRITE_MAX = 2 * SERVER_CHUNK,
};

struct server {
	uv_loop_t loop;
	uv_poll_t listener, hints;
	uv_timer_t tick;
	uv_signal_t term, interrupt, quit;
	struct db *db;
	struct feed *feed;
	struct lws_context *context;
	struct lws_vhost *vhost;
	struct clients clients;
	struct hint hint;
	int listen_fd;
	int64_t swept_ms;
};

static void on_tick(uv_timer_t *tick);

static void
tick_in(struct server *server, int ms)
{
	uv_timer_start(&server->tick, on_tick, (uint64_t)ms, 0);
}

static void
on_tick(uv_timer_t *tick)
{
	struct server *server = tick->data;
	int64_t now = clock_mono_ms();
	bool more = feed_poll(server->feed);

	send_woken(&server->clients);
	if (now - server->swept_ms >= SWEEP_MS) {
		server->swept_ms = now;
		clients_sweep(&server->clients, now);
		note_runner(&server->clients, server->db, clock_ms());
		partial_tick(server->clients.partial);
		send_woken(&server->clients);
	}
	tick_in(server, more ? 0 : SERVER_POLL_MS);
}

static void
on_hint(uv_poll_t *hints, int status, int events)
{
	struct server *server = hints->data;

	(void)status;
	(void)events;
	hint_drain(&server->hint);
	tick_in(server, 0);
}

static void
on_signal(uv_signal_t *watch, int number)
{
	struct server *server = watch->data;

	log_info("ending", "signal=%d listeners=%d", number,
	    server->clients.count);
	uv_stop(&server->loop);
}

static void
on_connection(uv_poll_t *listener, int status, int events)
{
	struct server *server = listener->data;
	int fd;

	(void)status;
	(void)events;
	for (int i = 0; i < ACCEPT_MAX; i++) {
		fd = accept4(server->listen_fd, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			break;
		if (lws_adopt_socket_vhost(server->vhost, fd) == NULL)
			log_warn("connection_refused", "listeners=%d",
			    server->clients.count);
	}
}

static int
on_client(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t len)
{
	struct server *server = lws_context_user(lws_get_context(wsi));

	(void)len;
	return client_event(&server->clients, wsi, (int)reason, user, in);
}

/*
 * Every path. Without a mount libwebsockets 4.1 takes a request for one that
 * has been answered, and then never reads again: who leaves stays, ready to
 * be read, and the loop spins until something is written to him.
 */
static const struct lws_http_mount every_path = {
	.mountpoint = "",
	.mountpoint_len = 0,
	.origin = "gatehouse",
	.origin_protocol = LWSMPRO_CALLBACK,
};

static int
open_context(struct server *server)
{
	static const struct lws_protocols protocols[] = {
		{ .name = "gatehouse", .callback = on_client,
		    .per_session_data_size = sizeof(struct client),
		    .tx_packet_size = WRITE_MAX },
		{ NULL }
	};
	void *loops[] = { &server->loop };
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = protocols,
		.mounts = &every_path,
		.user = server,
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
		.max_http_header_data2 = HEADERS_MAX,
		.max_http_header_pool = HEADER_POOL,
		.timeout_secs = HEADERS_S,
		.foreign_loops = loops,
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
		    LWS_SERVER_OPTION_LIBUV |
		    LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN,
	};

	lws_set_log_level(0, NULL);
	server->context = lws_create_context(&info);
	if (server->context != NULL)
		server->vhost = lws_create_vhost(server->context, &info);
	return server->vhost != NULL ? OK : E_NOMEM;
}

static void
watch(struct server *server, uv_poll_t *poll, int fd, uv_poll_cb on_readable)
{
	uv_poll_init(&server->loop, poll, fd);
	poll->data = server;
	uv_poll_start(poll, UV_READABLE, on_readable);
}

static void
watch_signal(struct server *server, uv_signal_t *signal, int number)
{
	uv_signal_init(&server->loop, signal);
	signal->data = server;
	uv_signal_start(signal, on_signal, number);
}

static void
start(struct server *server)
{
	uv_timer_init(&server->loop, &server->tick);
	server->tick.data = server;
	watch(server, &server->listener, server->listen_fd, on_connection);
	if (server->hint.fd >= 0)
		watch(server, &server->hints, server->hint.fd, on_hint);
	watch_signal(server, &server->term, SIGTERM);
	watch_signal(server, &server->interrupt, SIGINT);
	watch_signal(server, &server->quit, SIGQUIT);
	tick_in(server, 0);
}

int
server_open(struct server **out, struct db *db, int listen_fd, bool auth_off)
{
	struct server *server = calloc(1, sizeof(*server));
	int rc;

	*out = server;
	if (server == NULL)
		return E_NOMEM;
	uv_loop_init(&server->loop);
	clients_init(&server->clients);
	server->db = db;
	server->listen_fd = listen_fd;
	rc = hint_open(&server->hint, db_path(db), "live");
	if (rc != OK)
		log_warn("no_hints", "why=\"%s\"", err_text(rc));
	rc = feed_open(&server->feed, db, client_wake);
	server->clients.feed = server->feed;
	server->clients.access = (struct access){ .db = db, .off = auth_off,
	    .strikes = strikes_open() };
	server->clients.partial = partial_open(&server->loop, db_path(db),
	    &server->clients);
	if (rc == OK && (server->clients.access.strikes == NULL ||
		server->clients.partial == NULL))
		rc = E_NOMEM;
	if (rc == OK)
		rc = open_context(server);
	if (rc == OK)
		start(server);
	return rc;
}

void
server_run(struct server *server)
{
	uv_run(&server->loop, UV_RUN_DEFAULT);
}

/* libwebsockets closes its own in the loop's last turns. */
static void
close_handles(struct server *server)
{
	uv_handle_t *handles[] = { (uv_handle_t *)&server->tick,
		(uv_handle_t *)&server->listener,
		(uv_handle_t *)&server->hints,
		(uv_handle_t *)&server->term,
		(uv_handle_t *)&server->interrupt,
		(uv_handle_t *)&server->quit };

	for (size_t i = 0; i < sizeof(handles) / sizeof(handles[0]); i++)
		if (handles[i]->data != NULL)
			uv_close(handles[i], NULL);
}

void
server_close(struct server *server)
{
	if (server == NULL)
		return;
	close_handles(server);
	partial_close(server->clients.partial);
	if (server->context != NULL)
		lws_context_destroy(server->context);
	uv_run(&server->loop, UV_RUN_DEFAULT);
	if (server->context != NULL)
		lws_context_destroy(server->context);	/* second half */
	uv_loop_close(&server->loop);
	hint_close(&server->hint);
	strikes_close(server->clients.access.strikes);
	clients_free(&server->clients);
	feed_close(server->feed);
	free(server);
}
