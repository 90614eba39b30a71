/* SPDX-License-Identifier: Apache-2.0 */
/* Which connections the kernel is asked about, and what of it is believed. */
#include "stream/peer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "t/unit/unit.h"

static void
test_who_can_be_asked_about(void **state)
{
	static const struct {
		const char *text;
		int family;
	} rows[] = {
		{ "192.0.2.7 51022 198.51.100.1 443", AF_INET },
		{ "2001:db8::7 51022 2001:db8::1 443", AF_INET6 },
		{ "::ffff:192.0.2.7 51022 ::ffff:198.51.100.1 443", AF_INET6 },
		/* this machine is there as long as we are */
		{ "127.0.0.1 51022 127.0.0.1 443", 0 },
		{ "127.8.9.1 51022 127.0.0.1 443", 0 },
		{ "::1 51022 ::1 443", 0 },
		{ "::ffff:127.0.0.1 51022 ::ffff:127.0.0.1 443", 0 },
		/* what nginx says of a unix socket, and what it does not */
		{ "unix:  unix:/run/gatehouse.sock ", 0 },
		{ "192.0.2.7 51022 2001:db8::1 443", 0 },
		{ "192.0.2.7 51022 198.51.100.1", 0 },
		{ "192.0.2.777 51022 198.51.100.1 443", 0 },
		{ "192.0.2.7", 0 },
		{ "", 0 },
	};
	struct peer peer;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		peer_read(&peer, rows[i].text);
		if (peer.family != rows[i].family)
			fail_msg("%s: %d", rows[i].text, peer.family);
	}
	peer_read(&peer, rows[0].text);
	assert_int_equal(ntohs(peer.id.idiag_dport), 51022);
	assert_int_equal(ntohs(peer.id.idiag_sport), 443);
	assert_int_equal(peer.id.idiag_dst[0], inet_addr("192.0.2.7"));
	assert_int_equal(peer.id.idiag_src[0], inet_addr("198.51.100.1"));
}

/* A peer that has vanished takes two machines: t/e2e/0770-live-gone.t. */
static void
test_nothing_is_known_of_no_connection(void **state)
{
	struct peer peer;
	int fd = peer_open();

	(void)state;
	peer_read(&peer, "192.0.2.7 51022 198.51.100.1 443");
	assert_int_equal(peer_silent_ms(fd, &peer), 0);
	assert_int_equal(peer_silent_ms(-1, &peer), 0);
	peer.family = 0;
	assert_int_equal(peer_silent_ms(fd, &peer), 0);
	if (fd >= 0)
		close(fd);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_can_be_asked_about),
		cmocka_unit_test(test_nothing_is_known_of_no_connection),
	};

	return cmocka_run_group_tests_name("peer", tests, NULL, NULL);
}
