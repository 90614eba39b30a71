/* SPDX-License-Identifier: Apache-2.0 */
/* Figures for Prometheus: GET /metrics; docs/metrics.md has each. */
#include <config.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "fcgi/access.h"
#include "fcgi/handlers.h"
#include "fcgi/meter.h"
#include "fcgi/reply.h"
#include "lib/err.h"
#include "lib/metric.h"
#include "sql/db.h"

enum { LABELS = 2 };

/* What the rows tell: a query for each family, a line for each row. */
static const struct family {
	const char *name, *type;
	enum query query;
	const char *types;		/* of its parameters */
	const char *labels[LABELS + 1];
	const char *help;
} families[] = {
	{ "gatehouse_sessions", "gauge", Q_METRIC_SESSIONS, "",
	    { "app", "status" }, "Sessions, deleted ones too." },
	{ "gatehouse_open_gates", "gauge", Q_METRIC_GATES, "l",
	    { "kind", "age" }, "Gates that wait for people, by their age." },
	{ "gatehouse_oldest_open_gate_seconds", "gauge", Q_METRIC_OLDEST_GATE,
	    "l", { NULL }, "Age of the gate that waits longest; 0: none." },
	{ "gatehouse_runner_lag_seconds", "gauge", Q_METRIC_LAG, "l",
	    { NULL }, "How long the oldest ready session waits for a runner." },
	{ "gatehouse_runner_start_time_seconds", "gauge",
	    Q_METRIC_RUNNER_START, "", { "runner" },
	    "When a runner started, since 1970." },
	{ "gatehouse_runner_seen_time_seconds", "gauge", Q_METRIC_RUNNER_SEEN,
	    "", { "runner" }, "Its last sign of life, since 1970." },
	{ "gatehouse_model_calls_total", "counter", Q_METRIC_MODEL_CALLS, "",
	    { "runner", "outcome" }, "Models asked since the runner started." },
	{ "gatehouse_model_tokens_total", "counter", Q_METRIC_TOKENS, "",
	    { "runner", "direction" }, "Tokens as the models counted them." },
	{ "gatehouse_tool_calls_total", "counter", Q_METRIC_TOOL_CALLS, "",
	    { "runner", "outcome" }, "Calls of programs and tool servers." },
};

static int
print_family(struct db *db, const struct family *family, int64_t now_ms,
    struct buf *out)
{
	struct rows rows = db_query(db, family->query, family->types, now_ms);
	int column;

	metric_family(out, family->name, family->type, family->help);
	while (rows_next(&rows)) {
		metric_begin(out, family->name);
		for (column = 0; family->labels[column] != NULL; column++)
			metric_label(out, family->labels[column],
			    rows_str(&rows, column));
		metric_end(out, rows_real(&rows, column));
	}
	return rows_end(&rows);
}

static double
file_bytes(const char *path, const char *suffix)
{
	char name[PATH_MAX];
	struct stat file;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return stat(name, &file) == 0 ? (double)file.st_size : 0;
}

static void
print_disk(const char *path, struct buf *out)
{
	struct statvfs disk;

	metric_one(out, "gatehouse_database_bytes", "gauge",
	    "Size of the database.", file_bytes(path, ""));
	metric_one(out, "gatehouse_wal_bytes", "gauge",
	    "Size of its write-ahead log.", file_bytes(path, "-wal"));
	if (statvfs(path, &disk) != 0)
		return;
	metric_one(out, "gatehouse_disk_free_bytes", "gauge",
	    "Room where the database is.",
	    (double)disk.f_bavail * (double)disk.f_frsize);
	metric_one(out, "gatehouse_disk_size_bytes", "gauge",
	    "Size of that file system.",
	    (double)disk.f_blocks * (double)disk.f_frsize);
}

static void
print_build(struct buf *out)
{
	static const char name[] = "gatehouse_build_info";

	metric_family(out, name, "gauge", "Always 1; the version of the API.");
	metric_begin(out, name);
	metric_label(out, "version", PACKAGE_VERSION);
	metric_end(out, 1);
}

int
metrics_get(const struct request *req, struct reply *reply)
{
	struct db *db = request_reader(req);
	struct buf *out = &reply->body;
	int rc = OK;

	reply->type = METRIC_TYPE;
	print_build(out);
	meter_print(req->access->meter, out);
	for (size_t i = 0; rc == OK &&
	    i < sizeof(families) / sizeof(families[0]); i++)
		rc = print_family(db, &families[i], req->now_ms, out);
	print_disk(db_path(db), out);
	return rc == OK ? 200 : reply_failure(reply, rc, "");
}
