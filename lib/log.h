/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: one event, one line, one write(2) to standard error. The event is
 * a word; what belongs to it follows as key=value.
 *
 *	log_open("gatehouse-runner", LOG_INFO);
 *	log_info("session_claimed", "session=%s epoch=%d", id, epoch);
 *	log_warn("tool_failed", "tool=%s error=\"%s\"", tool, reason);
 *
 * Under systemd's journal a line carries its priority ("<6>...") and leaves
 * time and program to the journal; elsewhere it starts with both. Never log
 * secrets; prompts and bodies only at LOG_DEBUG.
 *
 * Every line can be taken apart again, whatever its values hold: one that is
 * not a single word stands in quotes, written in the format or not, and
 * within them " and \ have a backslash before them. Control characters and
 * bytes that are not UTF-8 are escapes (\n, \x1b). A line is at most
 * LOG_LINE_MAX bytes; "..." marks one that was cut.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

/* The numbers are those of syslog(3). */
enum log_level {
	LOG_NONE = 0,		/* the program says everything itself */
	LOG_ERROR = 3,		/* something that was asked for is not done */
	LOG_WARN = 4,		/* it goes on, but somebody should look */
	LOG_INFO = 6,		/* what happened, a few lines per session */
	LOG_DEBUG = 7,		/* how it happened */
};

enum { LOG_LINE_MAX = 4096 };	/* bytes, with the newline */

/*
 * log_open names the program (kept, not copied) and drops what is less
 * urgent than level. Call it once, before any thread starts; without it
 * the log has no name and the level LOG_INFO.
 */
void log_open(const char *program, enum log_level level);

/*
 * Each writes one line; format is NULL for an event without values. Its
 * conversions are %s, %.*s, %d, %ld, %lld, %zu, %g and %m; no others.
 */
void log_error(const char *event, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_warn(const char *event, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_info(const char *event, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_debug(const char *event, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
