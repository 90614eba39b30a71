/* SPDX-License-Identifier: Apache-2.0 */
/* The text of running replies, and who listens to it. */
#include "runner/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/json.h"
#include "runner/subscriber.h"
#include "t/unit/nomem_fixture.h"
#include "t/unit/unit.h"

#define ALL "\"all\""
#define ONLY_A "[\"A\"]"
#define PIECE(session, run, at, text) "{\"session\":\"" session "\"," \
	"\"agent\":\"triage\",\"run\":" #run ",\"reply\":1,\"at\":" #at "," \
	"\"text\":\"" text "\",\"final\":false}"
#define END(session, run, how) "{\"session\":\"" session "\"," \
	"\"agent\":\"triage\",\"run\":" #run ",\"reply\":1,\"end\":\"" how "\"}"

enum { DEADLINE_MS = 60000 };

struct bench {
	uv_loop_t loop;
	struct progress *progress;
	struct progress_reply a, b;
	struct buf line;
	char dir[64], path[96], key_path[104];
};

static int
set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	signal(SIGPIPE, SIG_IGN);
	if (b == NULL)
		return -1;
	*state = b;
	snprintf(b->dir, sizeof(b->dir), "/tmp/gatehouse-test.XXXXXX");
	if (mkdtemp(b->dir) == NULL)
		return -1;
	snprintf(b->path, sizeof(b->path), "%s/db-progress-runner", b->dir);
	snprintf(b->key_path, sizeof(b->key_path), "%s-key", b->path);
	buf_init(&b->line, 1024 * 1024);
	uv_loop_init(&b->loop);
	if (progress_open(&b->progress, &b->loop, b->path) != OK)
		return -1;
	b->a.progress = b->b.progress = b->progress;
	return 0;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;

	progress_end(&b->a, false);
	progress_end(&b->b, false);
	progress_close(b->progress);
	uv_run(&b->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&b->loop), 0);
	assert_int_not_equal(access(b->path, F_OK), 0);
	assert_int_not_equal(access(b->key_path, F_OK), 0);
	rmdir(b->dir);
	buf_free(&b->line);
	free(b);
	return 0;
}

static int
join(struct bench *b)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", b->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address,
		sizeof(address)), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void
say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* Wants to hear of these sessions. */
static void
wish(struct bench *b, int fd, const char *sessions)
{
	char key[PROGRESS_KEY_SIZE] = "", line[256];
	int file = open(b->key_path, O_RDONLY);

	assert_int_equal(read(file, key, sizeof(key)), sizeof(key) - 1);
	close(file);
	snprintf(line, sizeof(line), "{\"key\":\"%s\",\"sessions\":%s}\n",
	    key, sessions);
	say(fd, line);
}

/* The next byte, while the loop turns; false: the other side has closed. */
static bool
next_byte(struct bench *b, int fd, char *byte)
{
	int64_t end_ms = clock_mono_ms() + DEADLINE_MS;
	ssize_t got;

	while ((got = read(fd, byte, 1)) < 0 && errno == EAGAIN) {
		if (clock_mono_ms() > end_ms)
			fail_msg("nothing comes");
		uv_run(&b->loop, UV_RUN_NOWAIT);
	}
	return got == 1;
}

/* The next line, or "" when the other side has closed. */
static const char *
next_line(struct bench *b, int fd)
{
	char byte;

	buf_reset(&b->line);
	while (next_byte(b, fd, &byte) && byte != '\n')
		buf_addc(&b->line, byte);
	return buf_str(&b->line);
}

static void
hears(struct bench *b, int fd, const char *line)
{
	assert_string_equal(next_line(b, fd), line);
}

static int
listen_to(struct bench *b, const char *sessions)
{
	int fd = join(b);

	wish(b, fd, sessions);
	hears(b, fd, "{\"subscribed\":true}");
	return fd;
}

static void
told(struct progress_reply *reply, const char *text)
{
	progress_text(reply, text, strlen(text));
}

static void
test_said(void **state)
{
	struct bench *b = *state;
	int fd;

	progress_begin(&b->a, "A", "triage", 7, 1);
	assert_false(progress_heard(b->progress));
	fd = listen_to(b, ALL);
	assert_true(progress_heard(b->progress));
	told(&b->a, "It is");
	told(&b->a, "It is");
	told(&b->a, "It is h\xc3\xa9r\"e");
	hears(b, fd, PIECE("A", 7, 0, "It is"));
	hears(b, fd, PIECE("A", 7, 5, " h\xc3\xa9r\\\"e"));
	progress_end(&b->a, true);
	progress_end(&b->a, false);
	hears(b, fd, END("A", 7, "complete"));
	told(&b->a, "more");
	progress_begin(&b->a, "A", "triage", 8, 1);
	told(&b->a, "Again");
	hears(b, fd, PIECE("A", 8, 0, "Again"));
	progress_end(&b->a, false);
	hears(b, fd, END("A", 8, "lost"));
	close(fd);
}

static void
test_sessions(void **state)
{
	struct bench *b = *state;
	int a = listen_to(b, ONLY_A), all = listen_to(b, ALL);

	progress_begin(&b->b, "B", "triage", 2, 1);
	progress_begin(&b->a, "A", "triage", 1, 1);
	told(&b->b, "b");
	told(&b->a, "a");
	progress_end(&b->b, true);
	progress_end(&b->a, true);
	hears(b, a, PIECE("A", 1, 0, "a"));
	hears(b, a, END("A", 1, "complete"));
	hears(b, all, PIECE("B", 2, 0, "b"));
	hears(b, all, PIECE("A", 1, 0, "a"));
	hears(b, all, END("B", 2, "complete"));
	hears(b, all, END("A", 1, "complete"));
	close(all);
	close(a);
}

/* Who comes late, or asks for more, hears what was said: once. */
static void
test_late(void **state)
{
	struct bench *b = *state;
	int fd;

	progress_begin(&b->a, "A", "triage", 1, 1);
	progress_begin(&b->b, "B", "triage", 2, 1);
	told(&b->a, "one");
	told(&b->b, "uno");
	fd = listen_to(b, ONLY_A);
	hears(b, fd, PIECE("A", 1, 0, "one"));
	told(&b->b, "uno due");
	wish(b, fd, "[\"B\",\"A\"]");
	hears(b, fd, "{\"subscribed\":true}");
	hears(b, fd, PIECE("B", 2, 0, "uno due"));
	told(&b->a, "one two");
	hears(b, fd, PIECE("A", 1, 3, " two"));
	close(fd);
}

/* Pieces end between characters; catching up has a limit. */
static void
test_long(void **state)
{
	struct bench *b = *state;
	size_t len = PROGRESS_CATCH_UP_MAX + PROGRESS_PIECE_MAX, sum = 0;
	char *text = malloc(len + 4);
	struct json *line;
	const char *said;
	int fd;

	/* Three bytes each: no piece is a multiple of that. */
	assert_non_null(text);
	for (size_t i = 0; i < len + 3; i += 3)
		memcpy(text + i, "\xe2\x82\xac", 3);
	progress_begin(&b->a, "A", "triage", 1, 1);
	progress_text(&b->a, text, len / 3 * 3);
	fd = listen_to(b, ALL);
	for (int i = 0; i < PROGRESS_CATCH_UP_MAX / PROGRESS_PIECE_MAX; i++) {
		said = next_line(b, fd);
		line = json_parse(said, strlen(said), NULL);
		assert_int_equal(json_number(json_get(line, "at"), -1), sum);
		said = json_string(json_get(line, "text"));
		assert_int_equal(strlen(said), PROGRESS_PIECE_MAX / 3 * 3);
		sum += strlen(said);
		json_free(line);
	}
	progress_text(&b->a, text, len / 3 * 3 + 3);
	said = next_line(b, fd);
	line = json_parse(said, strlen(said), NULL);
	assert_int_equal(json_number(json_get(line, "at"), 0), len / 3 * 3);
	json_free(line);
	close(fd);
	progress_end(&b->a, false);
	free(text);
}

static void
test_refused(void **state)
{
	static const char *const wrong[] = { "x\n",
	    "{\"sessions\":\"all\"}\n" };
	struct bench *b = *state;
	char *flood = malloc(WISH_LINE_MAX + 2);

	for (size_t i = 0; i < COUNT(wrong); i++) {
		int fd = listen_to(b, ALL);

		say(fd, wrong[i]);
		assert_non_null(strstr(next_line(b, fd), "{\"error\":\""));
		hears(b, fd, "");
		close(fd);
	}
	assert_non_null(flood);
	memset(flood, ' ', WISH_LINE_MAX + 1);
	flood[WISH_LINE_MAX + 1] = '\0';
	int fd = join(b);

	say(fd, flood);
	hears(b, fd, "{\"error\":\"the line is too long\"}");
	hears(b, fd, "");
	close(fd);
	free(flood);
	assert_false(progress_heard(b->progress));
}

static void
test_too_many(void **state)
{
	struct bench *b = *state;
	int fds[PROGRESS_SUBSCRIBERS_MAX], fd;

	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = listen_to(b, ALL);
	fd = join(b);
	hears(b, fd, "{\"error\":\"too many subscribers\"}");
	hears(b, fd, "");
	close(fd);
	close(fds[3]);
	for (int i = 0; i < 10; i++)
		uv_run(&b->loop, UV_RUN_NOWAIT);
	fds[3] = listen_to(b, ALL);
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
}

/* One that never reads is dropped; its neighbour misses nothing. */
static void
test_stuck(void **state)
{
	struct bench *b = *state;
	int stuck = listen_to(b, "[\"B\"]");
	int fd = listen_to(b, ONLY_A), lines = 0;
	char text[1024];

	memset(text, 'x', sizeof(text));
	for (int n = 0; n < 2 * SUBSCRIBER_QUEUE_MAX / 512; n++) {
		progress_begin(&b->b, "B", "triage", n, 1);
		progress_text(&b->b, text, sizeof(text));
		progress_end(&b->b, true);
		uv_run(&b->loop, UV_RUN_NOWAIT);
	}
	progress_begin(&b->a, "A", "triage", 1, 1);
	told(&b->a, "a");
	hears(b, fd, PIECE("A", 1, 0, "a"));
	while (*next_line(b, stuck) != '\0')
		lines++;
	assert_in_range(lines, 1, 2 * SUBSCRIBER_QUEUE_MAX / 512);
	close(stuck);
	close(fd);
}

/* A socket that somebody left behind is replaced. */
static void
test_socket(void **state)
{
	struct bench *b = *state;
	struct progress *second = NULL;
	char path[200];
	struct stat st;

	assert_int_equal(stat(b->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_int_equal(stat(b->key_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(st.st_size, PROGRESS_KEY_SIZE - 1);
	assert_int_equal(progress_open(&second, &b->loop, b->path), OK);
	close(join(b));
	progress_close(second);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(progress_open(&second, &b->loop, path), E_TOOBIG);
	snprintf(path, sizeof(path), "%s/none/sock", b->dir);
	assert_int_equal(progress_open(&second, &b->loop, path), E_IO);
	assert_null(second);
}

static void
test_memory(void **state)
{
	struct bench *b = *state;
	struct progress *none;
	int fd = join(b), n;

	nomem_arm(0);
	uv_run(&b->loop, UV_RUN_NOWAIT);
	uv_run(&b->loop, UV_RUN_NOWAIT);
	assert_true(nomem_disarm());
	wish(b, fd, ALL);	/* it waits until there is memory again */
	hears(b, fd, "{\"subscribed\":true}");
	progress_begin(&b->a, "A", "triage", 1, 1);
	nomem_arm(0);
	told(&b->a, "lost");
	assert_true(nomem_disarm());
	told(&b->a, "lost, said");
	hears(b, fd, PIECE("A", 1, 4, ", said"));
	close(fd);
	nomem_arm(0);
	assert_int_equal(progress_open(&none, &b->loop, b->path), E_NOMEM);
	assert_true(nomem_disarm());
	for (n = 0; n < 100; n++) {
		fd = join(b);
		uv_run(&b->loop, UV_RUN_NOWAIT);
		nomem_arm(n);
		wish(b, fd, ONLY_A);
		uv_run(&b->loop, UV_RUN_NOWAIT);
		if (!nomem_disarm())
			break;
		assert_string_not_equal(next_line(b, fd), "{}");
		close(fd);
	}
	assert_in_range(n, 3, 50);
	close(fd);
}

/* Without anybody to listen nothing is done, nor without a channel. */
static void
test_unheard(void **state)
{
	struct bench *b = *state;
	struct progress_reply reply = { .progress = NULL };

	progress_begin(&b->a, "A", "triage", 1, 1);
	nomem_arm(0);
	told(&b->a, "a");
	progress_end(&b->a, true);
	assert_false(nomem_disarm());
	progress_begin(&reply, "A", "triage", 1, 1);
	told(&reply, "a");
	progress_end(&reply, true);
	assert_false(progress_heard(NULL));
	progress_close(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_said), TEST(test_sessions), TEST(test_late),
		TEST(test_long), TEST(test_refused), TEST(test_too_many),
		TEST(test_stuck), TEST(test_socket), TEST(test_memory),
		TEST(test_unheard),
	};

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
