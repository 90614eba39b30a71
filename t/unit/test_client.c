/* SPDX-License-Identifier: Apache-2.0 */
/* Which listeners are let go, and which get a sign of life, and when. */
#include "stream/client.h"

#include <libwebsockets.h>
#include <stdint.h>

#include "stream/peer.h"
#include "stream/server.h"
#include "t/unit/unit.h"

enum { START = 1000 * 1000, SECOND = 1000 };

/* What libwebsockets was asked for; a wsi is the address of such a row. */
struct asked {
	bool later, to_end;	/* when it looks; and at once */
};

void __wrap_lws_set_timeout(struct lws *wsi, enum pending_timeout reason,
	int seconds);
struct lws_context *__wrap_lws_get_context(const struct lws *wsi);
void __wrap_lws_cancel_service(struct lws_context *context);

void
__wrap_lws_set_timeout(struct lws *wsi, enum pending_timeout reason,
    int seconds)
{
	(void)reason;
	assert_int_equal(seconds, LWS_TO_KILL_ASYNC);
	assert_false(((struct asked *)(void *)wsi)->later);
	((struct asked *)(void *)wsi)->later = true;
}

struct lws_context *
__wrap_lws_get_context(const struct lws *wsi)
{
	return (struct lws_context *)(uintptr_t)wsi;
}

void
__wrap_lws_cancel_service(struct lws_context *context)
{
	struct asked *asked = (struct asked *)(void *)context;

	asked->to_end = asked->later;
}

int64_t __wrap_peer_silent_ms(int fd, const struct peer *peer);

/* The kernel: the family of a peer stands for so many seconds. */
int64_t
__wrap_peer_silent_ms(int fd, const struct peer *peer)
{
	(void)fd;
	return (int64_t)peer->family * SECOND;
}

static struct client
a_client(struct asked *asked)
{
	return (struct client){ .wsi = (struct lws *)(void *)asked,
	    .sign_ms = START, .looked_ms = START, .ends_ms = INT64_MAX,
	    .reader.cursor = 17 };
}

/* One listener, looked at so many seconds later. */
static struct asked
sweep(struct client *client, int seconds)
{
	struct clients clients = { .first = client };
	struct asked *asked = (struct asked *)(void *)client->wsi;

	*asked = (struct asked){ 0 };
	clients_sweep(&clients, START + (int64_t)seconds * SECOND);
	return *asked;
}

static void
test_a_sign_of_life_every_10_s(void **state)
{
	struct asked asked;
	struct client client = a_client(&asked);

	(void)state;
	assert_false(sweep(&client, 9).to_end);
	assert_false(client.beat || client.woken);
	assert_false(sweep(&client, 10).to_end);
	assert_true(client.beat && client.woken);
	client.sign_ms = START + 10 * SECOND;	/* written */
	client.beat = client.woken = false;
	assert_false(sweep(&client, 19).to_end);
	assert_false(client.beat || client.woken);
}

static void
test_who_takes_nothing_for_60_s_is_dropped(void **state)
{
	struct asked asked;
	struct client client = a_client(&asked);

	(void)state;
	client.asked_ms = START;
	assert_false(sweep(&client, 60).to_end);
	assert_true(sweep(&client, 61).to_end);
	assert_int_equal(client.reader.cursor, 17);	/* goes on there */
	assert_false(sweep(&client, 62).to_end);	/* once is enough */
	client.dropped = false;
	client.asked_ms = START + 30 * SECOND;		/* took something */
	assert_false(sweep(&client, 61).to_end);
	client.asked_ms = 0;		/* nothing was to be written */
	assert_false(sweep(&client, 61).to_end);
	assert_false(sweep(&client, 121).to_end);
	assert_true(client.woken);
}

static void
test_a_websocket_that_is_silent_for_45_s_is_dropped(void **state)
{
	struct asked asked;
	struct client client = a_client(&asked);

	(void)state;
	client.heard_ms = START;
	assert_false(sweep(&client, 45).to_end);
	assert_true(sweep(&client, 46).to_end);
	client.heard_ms = START + 30 * SECOND;
	assert_false(sweep(&client, 46).to_end);
	client.heard_ms = 0;		/* SSE cannot answer */
	assert_false(sweep(&client, 59).to_end);
}

static void
test_a_machine_that_acknowledges_nothing_for_30_s_has_gone(void **state)
{
	struct asked asked;
	struct client client = a_client(&asked);

	(void)state;
	client.peer.family = 30;
	assert_false(sweep(&client, 10).to_end);
	client.peer.family = 31;
	assert_false(sweep(&client, 19).to_end);	/* asked just now */
	assert_true(sweep(&client, 20).to_end);
}

static void
test_who_is_asked_comes_back_after_5_min(void **state)
{
	struct asked asked;
	struct client client = a_client(&asked);

	(void)state;
	client.ends_ms = START + SERVER_LIFE_MS;
	client.sign_ms = START + 295 * SECOND;
	assert_int_equal(SERVER_LIFE_MS, 300 * SECOND);
	assert_false(sweep(&client, 299).to_end);
	assert_true(sweep(&client, 300).to_end);
	client.ends_ms = INT64_MAX;	/* nobody is asked */
	assert_false(sweep(&client, 300).to_end);
}

static void
test_each_by_itself(void **state)
{
	struct asked of_first, of_second;
	struct client first = a_client(&of_first);
	struct client second = a_client(&of_second);

	(void)state;
	of_second = (struct asked){ 0 };
	first.next = &second;
	first.asked_ms = START;
	second.sign_ms = START + 60 * SECOND;
	assert_true(sweep(&first, 61).to_end);
	assert_false(of_second.to_end);
	assert_false(second.woken);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_sign_of_life_every_10_s),
		cmocka_unit_test(test_who_takes_nothing_for_60_s_is_dropped),
		cmocka_unit_test(
		    test_a_websocket_that_is_silent_for_45_s_is_dropped),
		cmocka_unit_test(
	    test_a_machine_that_acknowledges_nothing_for_30_s_has_gone),
		cmocka_unit_test(test_who_is_asked_comes_back_after_5_min),
		cmocka_unit_test(test_each_by_itself),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
