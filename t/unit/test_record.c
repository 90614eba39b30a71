/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/record.h"
#include "lib/buf.h"
#include "lib/err.h"

enum { REQUEST_ID = 0x1234, CONTENT_MAX = 65528 };

static const char head_text[] = "Status: 200 OK\r\n\r\n";

struct answer {
	int fd;
	struct buf head, body;
	bool last;
	int rc;
};

/* A socket holds less than the larger answers: read and write at once. */
static void *
write_answer(void *arg)
{
	struct answer *a = arg;

	a->rc = record_answer(a->fd, REQUEST_ID, &a->head, &a->body, a->last);
	close(a->fd);
	return NULL;
}

/* All that arrives for a body of len bytes; the caller frees. */
static unsigned char *
receive(size_t len, bool last, size_t *received)
{
	unsigned char *data = malloc(len + 4096);
	struct answer a = { .last = last };
	pthread_t thread;
	int fd[2];
	ssize_t n;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	a.fd = fd[1];
	buf_init(&a.head, 1024);
	buf_init(&a.body, 1024 * 1024);
	buf_adds(&a.head, head_text);
	for (size_t i = 0; i < len; i++)
		buf_addc(&a.body, (char)('a' + i % 26));
	pthread_create(&thread, NULL, write_answer, &a);
	for (*received = 0; (n = read(fd[0], data + *received,
		len + 4096 - *received)) > 0; *received += (size_t)n)
		;
	pthread_join(thread, NULL);
	assert_int_equal(a.rc, OK);
	close(fd[0]);
	buf_free(&a.head);
	buf_free(&a.body);
	return data;
}

/* Checks the record at data; returns its whole size. */
static size_t
check_record(const unsigned char *data, int type, size_t *len)
{
	assert_int_equal(data[0], 1);
	assert_int_equal(data[1], type);
	assert_int_equal(data[2] << 8 | data[3], REQUEST_ID);
	*len = (size_t)(data[4] << 8 | data[5]);
	return 8 + *len + data[6];
}

static void
check_answer(size_t body_len, bool last)
{
	size_t received, at = 0, len, total = 0;
	unsigned char *data = receive(body_len, last, &received);

	do {
		size_t size = check_record(data + at, 6, &len);

		for (size_t i = 0; i < len; i++) {
			size_t n = total + i;
			char want = n < sizeof(head_text) - 1 ? head_text[n] :
			    (char)('a' + (n - sizeof(head_text) + 1) % 26);

			if ((char)data[at + 8 + i] != want)
				fail_msg("byte %zu of %zu", n, body_len);
		}
		total += len;
		at += size;
	} while (len > 0);
	assert_int_equal(total, sizeof(head_text) - 1 + body_len);
	at += check_record(data + at, 3, &len);
	assert_int_equal(len, 8);
	if (last) {
		at += check_record(data + at, 7, &len);
		assert_int_equal(len, 0);
	}
	assert_int_equal(received, at);
	free(data);
}

static void
test_sizes(void **state)
{
	static const size_t rows[] = {
		0, 1, 7, 8, 2000, CONTENT_MAX - sizeof(head_text),
		CONTENT_MAX - sizeof(head_text) + 1,
		CONTENT_MAX - sizeof(head_text) + 2, CONTENT_MAX,
		CONTENT_MAX + 1, 3 * CONTENT_MAX, 800000,
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		check_answer(rows[i], false);
		check_answer(rows[i], true);
	}
}

static void
test_let_go(void **state)
{
	unsigned char data[64];
	size_t len;
	int fd[2];
	(void)state;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	assert_int_equal(record_let_go(fd[1], REQUEST_ID), OK);
	close(fd[1]);
	assert_int_equal(read(fd[0], data, sizeof(data)), 8);
	assert_int_equal(check_record(data, 7, &len), 8);
	assert_int_equal(len, 0);
	close(fd[0]);
}

static void
test_nobody_reads(void **state)
{
	struct answer a = { .last = false };
	int fd[2];
	(void)state;

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	close(fd[0]);
	buf_init(&a.head, 1024);
	buf_init(&a.body, 1024);
	buf_adds(&a.head, head_text);
	a.fd = fd[1];
	write_answer(&a);
	assert_int_equal(a.rc, E_IO);
	buf_free(&a.head);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_let_go),
		cmocka_unit_test(test_nobody_reads),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
