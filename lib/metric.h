/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures as text that Prometheus reads (exposition format 0.0.4).
 *
 *	metric_family(out, "gatehouse_sessions", "gauge", "Sessions.");
 *	metric_begin(out, "gatehouse_sessions");
 *	metric_label(out, "status", "new");
 *	metric_end(out, 3);
 *
 * gives
 *
 *	# HELP gatehouse_sessions Sessions.
 *	# TYPE gatehouse_sessions gauge
 *	gatehouse_sessions{status="new"} 3
 *
 * Errors stick to out (lib/buf.h).
 */
#ifndef LIB_METRIC_H
#define LIB_METRIC_H

struct buf;

#define METRIC_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* metric_family says what comes next; help has neither \ nor a line's end. */
void metric_family(struct buf *out, const char *name, const char *type,
	const char *help);

/* A line: its name, any number of labels, its value. Values may be any text. */
void metric_begin(struct buf *out, const char *name);
void metric_label(struct buf *out, const char *name, const char *value);
void metric_end(struct buf *out, double value);

/* metric_one is a family of one line without labels. */
void metric_one(struct buf *out, const char *name, const char *type,
	const char *help, double value);

#endif
