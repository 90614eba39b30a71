/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/hint.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "t/unit/unit.h"

#include "sql/tx.h"
#include "t/unit/sql_fixture.h"

/* Returns the number of hints that arrived. */
static int
hints(int fd)
{
	char byte;
	int count = 0;

	while (recv(fd, &byte, 1, MSG_DONTWAIT) >= 0)
		count++;
	return count;
}

static void
test_hints_are_sent_only_on_change(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s-wake",
	    f->path);
	db_wake(f->db, WAKE_RUNNER);
	for (int i = 0; i < 5; i++) {
		struct tx tx = TX(f->db);

		while (tx_loop(&tx)) {
			if (i != 2)
				fixture_count_up(&tx, "a");
			if (i == 3)
				fixture_stumble(&tx);
		}
		/* Nobody listens to the first one. */
		if (i == 0)
			assert_int_equal(bind(fd, (struct sockaddr *)&address,
			    sizeof(address)), 0);
		else
			assert_int_equal(hints(fd), i == 1 || i == 4);
	}
	close(fd);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_hints_are_sent_only_on_change),
	};

	return cmocka_run_group_tests_name("hint", tests, NULL, NULL);
}
