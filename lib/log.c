/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/utf8.h"

struct line {
	char text[LOG_LINE_MAX];
	size_t len;
	bool cut;
};

/*
 * Where the log goes is one fact of the process, as standard error itself
 * is: set once by log_open, read by all threads after.
 */
static struct {
	const char *program;
	enum log_level level;
	bool journal;
} log_to = { .program = "gatehouse", .level = LOG_INFO };

/* Is standard error the stream that systemd named? See systemd.exec(5). */
static bool
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char ours[64];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return strcmp(stream, ours) == 0;
}

void
log_open(const char *program, enum log_level level)
{
	log_to.program = program;
	log_to.level = level;
	log_to.journal = is_journal();
}

/* Adds one character or escape whole; keeps room for "...\n". */
static void
line_put(struct line *l, const char *text, size_t len)
{
	if (l->cut)
		return;
	if (len > sizeof(l->text) - strlen("...\n") - l->len) {
		memcpy(l->text + l->len, "...", 3);
		l->len += 3;
		l->cut = true;
		return;
	}
	memcpy(l->text + l->len, text, len);
	l->len += len;
}

static void
line_escape(struct line *l, unsigned char c)
{
	char hex[5];

	if (c == '\n')
		line_put(l, "\\n", 2);
	else
		line_put(l, hex, (size_t)snprintf(hex, sizeof(hex), "\\x%02x",
		    (unsigned int)c));
}

static void
line_add(struct line *l, const char *text)
{
	size_t len = strlen(text), i, n;

	for (i = 0; i < len; i += n) {
		n = utf8_decode(text + i, len - i, NULL);
		if (n > 1 || (n == 1 && text[i] >= ' ' && text[i] != 0x7f)) {
			line_put(l, text + i, n);
		} else {
			line_escape(l, (unsigned char)text[i]);
			n = 1;
		}
	}
}

static void
line_start(struct line *l, enum log_level level)
{
	static const char *const word[] = {
		[LOG_ERROR] = "error",
		[LOG_WARN] = "warn",
		[LOG_INFO] = "info",
		[LOG_DEBUG] = "debug",
	};
	char at[ISO_SECONDS_SIZE], start[128];
	int64_t now = clock_ms();

	if (log_to.journal) {
		snprintf(start, sizeof(start), "<%d>", (int)level);
	} else {
		iso_seconds(now, at);
		snprintf(start, sizeof(start), "%.19s.%03dZ %.64s[%ld] %s ",
		    at, (int)(now % 1000), log_to.program, (long)getpid(),
		    word[level]);
	}
	line_add(l, start);
}

__attribute__((format(printf, 3, 0)))
static void
log_write(enum log_level level, const char *event, const char *format,
    va_list ap)
{
	struct line l = { .len = 0 };
	char values[LOG_LINE_MAX];
	int saved = errno;
	ssize_t written;

	if (level > log_to.level)
		return;
	line_start(&l, level);
	line_add(&l, event);
	errno = saved;		/* for a %m in format */
	if (format != NULL &&
	    vsnprintf(values, sizeof(values), format, ap) > 0) {
		line_add(&l, " ");
		line_add(&l, values);
	}
	l.text[l.len++] = '\n';
	do
		written = write(STDERR_FILENO, l.text, l.len);
	while (written < 0 && errno == EINTR);
	errno = saved;
}

#define LOG_FUNCTION(name, level)					\
void									\
name(const char *event, const char *format, ...)			\
{									\
	va_list ap;							\
									\
	va_start(ap, format);						\
	log_write(level, event, format, ap);				\
	va_end(ap);							\
}

LOG_FUNCTION(log_error, LOG_ERROR)
LOG_FUNCTION(log_warn, LOG_WARN)
LOG_FUNCTION(log_info, LOG_INFO)
LOG_FUNCTION(log_debug, LOG_DEBUG)
