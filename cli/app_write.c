/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app.h"

#include <stdarg.h>
#include <string.h>

#include "lib/err.h"
#include "lib/sha256.h"
#include "sql/tx.h"

enum { DIGEST_MAX = 512 * 1024 * 1024 };

static const char *const kinds[] = {
	[KIND_RESPONSIVE] = "responsive",
	[KIND_SUPERVISOR] = "supervisor",
	[KIND_MONITOR] = "monitor",
};

/* Appends texts (NULL among them) so that no two lists of them look alike. */
static void
add(struct buf *b, int count, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, count);
	while (count-- > 0) {
		text = va_arg(ap, const char *);
		if (text == NULL)
			buf_adds(b, "-");
		else
			buf_addf(b, "%zu:%s", strlen(text), text);
	}
	va_end(ap);
	buf_addc(b, '\n');
}

/* Every column of every row, but for the time and the version. */
static int
digest(const struct app *app, char hex[65])
{
	struct buf b;
	int rc;

	buf_init(&b, DIGEST_MAX);
	add(&b, 11, app->name, app->dir_absolute, app->config,
	    app->session_prefix, app->entry_agent, app->default_status,
	    app->escalate_tool, app->escalate_status, app->escalate_team,
	    app->escalation_teams, app->gate_on_timeout);
	buf_addf(&b, "%lld %d %d\n", (long long)app->gate_timeout_ms,
	    app->gate_quorum, app->submitter_may_approve);
	for (int i = 0; i < app->status_count; i++)
		add(&b, 3, app->statuses[i].name, app->statuses[i].kind,
		    app->statuses[i].terminal ? "terminal" : "live");
	for (int i = 0; i < app->model_count; i++)
		add(&b, 4, app->models[i].name, app->models[i].provider->name,
		    app->models[i].provider->kind, app->models[i].config);
	for (int i = 0; i < app->server_count; i++)
		if (app->servers[i].config != NULL)
			add(&b, 4, app->servers[i].name,
			    app->servers[i].transport,
			    app->servers[i].category, app->servers[i].config);
	for (int i = 0; i < app->tool_count; i++)
		add(&b, 8, app->tools[i].name, app->tools[i].transport,
		    app->tools[i].server->category, app->tools[i].description,
		    app->tools[i].parameters, app->tools[i].risk,
		    app->tools[i].repeatable ? "repeatable" : "once",
		    app->tools[i].config);
	for (int i = 0; i < app->agent_count; i++)
		add(&b, 8, app->agents[i].name, kinds[app->agents[i].kind],
		    app->agents[i].description, app->agents[i].model,
		    app->agents[i].prompt, app->agents[i].tools,
		    app->agents[i].routes, app->agents[i].config);
	for (int i = 0; i < app->budget_count; i++) {
		add(&b, 2, app->budgets[i].agent, app->budgets[i].name);
		buf_addf(&b, "%lld\n", (long long)app->budgets[i].amount);
	}
	rc = b.rc;
	if (rc == OK)
		sha256_hex(b.data, b.len, hex);
	buf_free(&b);
	return rc;
}

static int64_t
insert_app(struct tx *tx, const struct app *app, const char *hex,
    int64_t version, int64_t now_ms)
{
	return tx_insert(tx, Q_APP_INSERT, "slssssssssss" "lsiil", app->name,
	    version, hex, app->dir_absolute, app->config, app->session_prefix,
	    app->entry_agent, app->default_status, app->escalate_tool,
	    app->escalate_status, app->escalate_team, app->escalation_teams,
	    app->gate_timeout_ms, app->gate_on_timeout, app->gate_quorum,
	    (int)app->submitter_may_approve, now_ms);
}

static void
insert_parts(struct tx *tx, const struct app *app, int64_t id)
{
	for (int i = 0; i < app->status_count; i++) {
		const struct app_status *s = &app->statuses[i];

		if (!s->framework)
			tx_run(tx, Q_STATUS_INSERT, "lsis", id, s->name,
			    (int)s->terminal, s->kind);
	}
	for (int i = 0; i < app->model_count; i++) {
		const struct app_model *m = &app->models[i];

		tx_run(tx, Q_MODEL_INSERT, "lssss", id, m->name,
		    m->provider->name, m->provider->kind, m->config);
	}
	for (int i = 0; i < app->server_count; i++) {
		const struct app_server *s = &app->servers[i];

		if (s->config != NULL)
			tx_run(tx, Q_TOOL_SERVER_INSERT, "lssss", id, s->name,
			    s->transport, s->category, s->config);
	}
	for (int i = 0; i < app->tool_count; i++) {
		const struct app_tool *t = &app->tools[i];

		tx_run(tx, Q_TOOL_INSERT, "lsssssssis", id, t->name,
		    t->server->name, t->transport, t->server->category,
		    t->description, t->parameters, t->risk,
		    (int)t->repeatable, t->config);
	}
	for (int i = 0; i < app->agent_count; i++) {
		const struct app_agent *a = &app->agents[i];

		tx_run(tx, Q_AGENT_INSERT, "lssssssss", id, a->name,
		    kinds[a->kind], a->description, a->model, a->prompt,
		    a->tools, a->routes, a->config);
	}
	for (int i = 0; i < app->budget_count; i++)
		tx_run(tx, Q_BUDGET_INSERT, "lssl", id, app->budgets[i].agent,
		    app->budgets[i].name, app->budgets[i].amount);
}

/* The newest version; *same: it is this one. */
static int64_t
read_latest(struct tx *tx, const char *name, const char *hex, bool *same)
{
	struct rows rows = tx_query(tx, Q_APP_LATEST, "s", name);
	int64_t version = 0;

	*same = false;
	if (rows_next(&rows)) {
		version = rows_int(&rows, 1);
		*same = strcmp(rows_str(&rows, 2), hex) == 0;
	}
	rows_end(&rows);
	return version;
}

int
app_write(const struct app *app, struct db *db, int64_t now_ms,
    struct app_loaded *loaded)
{
	struct tx tx = TX(db);
	char hex[65];
	bool same;
	int rc = digest(app, hex);

	memset(loaded, 0, sizeof(*loaded));
	if (rc != OK)
		return rc;
	while (tx_loop(&tx)) {
		loaded->version = read_latest(&tx, app->name, hex, &same);
		loaded->changed = !same;
		if (same)
			continue;
		loaded->version++;
		insert_parts(&tx, app, insert_app(&tx, app, hex,
		    loaded->version, now_ms));
	}
	memcpy(loaded->why, tx.why, sizeof(loaded->why));
	return tx.rc;
}
