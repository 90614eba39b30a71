/* SPDX-License-Identifier: Apache-2.0 */
/* Whether requests may be sent here: GET /ready, docs/metrics.md. */
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "fcgi/access.h"
#include "fcgi/handlers.h"
#include "fcgi/reply.h"
#include "lib/err.h"
#include "sql/migrate.h"
#include "sql/tx.h"

enum { FRESH_MS = 1000, WHY_MAX = 160, DETAILS_MAX = 2048 };

#define MIB (1024.0 * 1024)

static bool
schema_ok(const struct request *req, char why[WHY_MAX])
{
	char detail[DB_WHY_MAX];

	snprintf(why, WHY_MAX, "is not of this program's version; run "
	    "gatehouse init, or install the newer programs");
	return migrate_check(request_reader(req), detail) == OK;
}

/* A commit of a moment ago, by whichever process, is as good as one now. */
static bool
written_now(const struct request *req)
{
	struct rows rows = db_query(request_reader(req), Q_READY_WRITTEN, "");
	bool fresh = rows_next(&rows) && rows_int(&rows, 0) <= req->now_ms &&
	    rows_int(&rows, 0) > req->now_ms - FRESH_MS;

	return rows_end(&rows) == OK && fresh;
}

/* Only writing shows that one can: quotas and errors have no other sign. */
static int
write_now(const struct request *req)
{
	struct tx tx = TX(request_writer(req));

	while (tx_loop(&tx))
		tx_run(&tx, Q_READY_WRITE, "l", req->now_ms);
	return tx.rc;
}

static bool
database_ok(const struct request *req, char why[WHY_MAX])
{
	int rc = written_now(req) ? OK : write_now(req);

	snprintf(why, WHY_MAX, "cannot be written (%s); look at the log of "
	    "gatehouse-fcgi", err_text(rc));
	return rc == OK;
}

static bool
runner_ok(const struct request *req, char why[WHY_MAX])
{
	struct rows rows = db_query(request_reader(req), Q_LIVE_RUNNER, "l",
	    req->now_ms);
	bool lives = rows_next(&rows);

	snprintf(why, WHY_MAX, "gave no sign of life for 15 s; start "
	    "gatehouse-runner, or look at its log");
	return rows_end(&rows) == OK && lives;
}

static bool
disk_ok(const struct request *req, char why[WHY_MAX])
{
	double free_mib, least_mib = (double)req->access->free_min / MIB;
	struct statvfs disk;

	if (statvfs(db_path(request_reader(req)), &disk) != 0) {
		snprintf(why, WHY_MAX, "cannot be asked");
		return false;
	}
	free_mib = (double)disk.f_bavail * (double)disk.f_frsize / MIB;
	snprintf(why, WHY_MAX, "%.0f MiB are free where the database is, "
	    "less than %.0f; make room", free_mib, least_mib);
	return free_mib >= least_mib;
}

static const struct check {
	const char *name;
	bool (*ok)(const struct request *req, char why[WHY_MAX]);
} checks[] = {
	{ "schema", schema_ok },
	{ "database", database_ok },
	{ "runner", runner_ok },
	{ "disk", disk_ok },
};

int
ready_get(const struct request *req, struct reply *reply)
{
	char why[WHY_MAX], first[WHY_MAX + 16] = "";
	struct buf found;
	int status = 200;

	buf_init(&found, DETAILS_MAX);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		bool ok = checks[i].ok(req, why);

		if (!ok && status == 200)
			snprintf(first, sizeof(first), "%s: %s",
			    checks[i].name, why);
		status = ok ? status : 503;
		buf_addf(&found, ",\"%s\":", checks[i].name);
		buf_add_json(&found, ok ? "ok" : why,
		    ok ? strlen("ok") : strlen(why));
	}
	buf_addc(&found, '}');
	if (found.rc != OK)
		status = reply_failure(reply, found.rc, "");
	else if (status == 200)
		buf_addf(&reply->body, "{\"status\":\"ready\"%s", found.data);
	else {
		found.data[0] = '{';
		reply_refuse(reply, status, NULL, first, found.data);
	}
	buf_free(&found);
	return status;
}
