/* SPDX-License-Identifier: Apache-2.0 */
/* How long who would write waits for another process, by a clock of ours. */
#include "sql/tx.h"

#include <stdbool.h>

#include "t/unit/unit.h"

#include "lib/clock.h"
#include "lib/err.h"
#include "sql/lock.h"
#include "t/unit/sql_fixture.h"

enum { WAIT = 15000, LEAST = 100, FORGET = 5000 };	/* milliseconds */

/* Another process, which has the file or not, and what it was asked for. */
static struct {
	int64_t now_ms;
	bool has_file;
	int wait_ms;		/* of who asked last */
} other = { .now_ms = 1000 * 1000 };

int64_t __wrap_clock_mono_ms(void);
int __wrap_lock_take(int fd, int wait_ms);
int __real_lock_take(int fd, int wait_ms);

int64_t
__wrap_clock_mono_ms(void)
{
	return other.now_ms;
}

int
__wrap_lock_take(int fd, int wait_ms)
{
	other.wait_ms = wait_ms;
	if (!other.has_file)
		return __real_lock_take(fd, wait_ms);
	other.now_ms += wait_ms;
	return E_BUSY;
}

static void
nothing(struct tx *tx, void *arg)
{
	(void)tx;
	(void)arg;
}

/* Both ways to a transaction: of its own, and in a crowd. */
static void
waits(struct fixture *f, int wait_ms)
{
	struct tx alone = TX(f->db), crowd = TX(f->db);
	int64_t before = other.now_ms;
	int rc = other.has_file ? E_BUSY : OK;

	while (tx_loop(&alone))
		nothing(&alone, NULL);
	assert_int_equal(alone.rc, rc);
	assert_int_equal(other.wait_ms, wait_ms);
	other.now_ms = before + (other.has_file ? wait_ms : 0);
	assert_int_equal(tx_do(&crowd, nothing, NULL), rc);
	assert_int_equal(other.wait_ms, other.has_file ? LEAST : WAIT);
}

static void
test_who_comes_after_one_that_gave_up_shares_its_wait(void **state)
{
	struct fixture *f = *state;

	other.has_file = true;
	waits(f, WAIT);
	waits(f, LEAST);
	other.now_ms += FORGET;
	waits(f, LEAST);
	other.now_ms += FORGET + 1;
	waits(f, WAIT);
	other.has_file = false;
}

static void
test_who_got_the_file_ends_that(void **state)
{
	struct fixture *f = *state;
	struct tx tx = TX(f->db);

	other.now_ms += FORGET + 1;
	other.has_file = true;
	waits(f, WAIT);
	other.has_file = false;
	while (tx_loop(&tx))
		nothing(&tx, NULL);
	assert_int_equal(tx.rc, OK);
	assert_int_equal(other.wait_ms, LEAST);
	waits(f, WAIT);
	other.has_file = true;
	waits(f, WAIT);
	other.has_file = false;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(
		    test_who_comes_after_one_that_gave_up_shares_its_wait),
		FIXTURE_TEST(test_who_got_the_file_ends_that),
	};

	return cmocka_run_group_tests_name("tx_wait", tests, NULL, NULL);
}
