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

/* One line as it is made. */
struct line {
	char text[LOG_LINE_MAX];
	size_t len;
	bool quoted;		/* between a value's quotes */
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

/* Adds one character or escape whole; keeps room for ..."\n. */
static void
line_put(struct line *l, const char *text, size_t len)
{
	if (l->cut)
		return;
	if (len > sizeof(l->text) - strlen("...\"\n") - l->len) {
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
	char escape[5] = { '\\', (char)c, '\0' };

	if (c == '\n')
		escape[1] = 'n';
	else if (c != '"' && c != '\\')
		snprintf(escape, sizeof(escape), "\\x%02x", (unsigned int)c);
	line_put(l, escape, strlen(escape));
}

/* Between quotes, a quote that is part of the value has a backslash. */
static void
line_add(struct line *l, const char *text, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = utf8_decode(text + i, len - i, NULL);
		if (n > 1 || (n == 1 && text[i] >= ' ' && text[i] != 0x7f &&
			!(l->quoted && strchr("\"\\", text[i]) != NULL))) {
			line_put(l, text + i, n);
		} else {
			line_escape(l, (unsigned char)text[i]);
			n = 1;
		}
	}
}

static void
line_quote(struct line *l)
{
	line_put(l, "\"", 1);
	if (!l->cut)
		l->quoted = !l->quoted;
}

/* A text that would not be one word gets quotes, if it has none. */
static void
line_text(struct line *l, const char *text, size_t len)
{
	bool word = len > 0 && !l->quoted;

	for (size_t i = 0; i < len && word; i++)
		word = (unsigned char)text[i] > ' ' && text[i] != '"' &&
		    text[i] != '\\' && text[i] != 0x7f;
	if (l->quoted || word) {
		line_add(l, text, len);
		return;
	}
	line_quote(l);
	line_add(l, text, len);
	line_quote(l);
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
	line_add(l, start, strlen(start));
}

static void
line_string(struct line *l, const char *text, int max)
{
	if (text == NULL)
		text = "(null)";
	line_text(l, text, max < 0 ? strlen(text) : strnlen(text,
		(size_t)max));
}

/* The number that a conversion of this letter and so many l's stands for. */
static void
line_number(struct line *l, char letter, int longs, va_list *ap)
{
	char text[32];

	if (letter == 'g')
		snprintf(text, sizeof(text), "%g", va_arg(*ap, double));
	else if (letter == 'z')
		snprintf(text, sizeof(text), "%zu", va_arg(*ap, size_t));
	else if (longs == 0)
		snprintf(text, sizeof(text), "%d", va_arg(*ap, int));
	else
		snprintf(text, sizeof(text), "%lld", longs == 1 ?
		    va_arg(*ap, long) : va_arg(*ap, long long));
	line_text(l, text, strlen(text));
}

/*
 * Adds the value of the conversion after a % and returns that one's end. No
 * printf does it, since only here it is known where a value begins and ends.
 */
static const char *
line_value(struct line *l, const char *at, va_list *ap, int error)
{
	char message[256];
	int longs = 0, max = -1;

	if (strncmp(at, ".*", 2) == 0) {
		max = va_arg(*ap, int);
		at += 2;
	}
	for (; *at == 'l'; at++)
		longs++;
	if (*at == 's') {
		line_string(l, va_arg(*ap, const char *), max);
	} else if (*at == 'm') {
		errno = error;
		snprintf(message, sizeof(message), "%m");
		line_string(l, message, -1);
	} else {
		line_number(l, *at, longs, ap);
		at += *at == 'z';
	}
	return at + 1;
}

static void
line_values(struct line *l, const char *format, va_list *ap, int error)
{
	size_t len;

	for (; *format != '\0'; format += len) {
		len = strcspn(format, "%\"");
		line_add(l, format, len);
		if (format[len] == '"') {
			line_quote(l);
			len++;
		} else if (format[len] == '%') {
			format = line_value(l, format + len + 1, ap, error);
			len = 0;
		}
	}
}

static void
log_write(enum log_level level, const char *event, const char *format,
    va_list *ap)
{
	struct line l = { .len = 0 };
	int saved = errno;
	ssize_t written;

	if (level > log_to.level)
		return;
	line_start(&l, level);
	line_add(&l, event, strlen(event));
	if (format != NULL) {
		line_add(&l, " ", 1);
		line_values(&l, format, ap, saved);
	}
	if (l.quoted)
		l.text[l.len++] = '"';
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
	log_write(level, event, format, &ap);				\
	va_end(ap);							\
}

LOG_FUNCTION(log_error, LOG_ERROR)
LOG_FUNCTION(log_warn, LOG_WARN)
LOG_FUNCTION(log_info, LOG_INFO)
LOG_FUNCTION(log_debug, LOG_DEBUG)
