/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/try.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/table.h"
#include "lib/err.h"
#include "lib/utf8.h"
#include "sql/db.h"

enum {
	RESULT_SHOWN = 2000,	/* bytes of a tool's result */
	LINE_MAX_BYTES = 4 * 1024 * 1024,
};

/* One line made from a format. */
static void __attribute__((format(printf, 1, 2)))
tell(const char *format, ...)
{
	struct buf line;
	va_list ap;

	buf_init(&line, LINE_MAX_BYTES);
	va_start(ap, format);
	buf_vaddf(&line, format, ap);
	va_end(ap);
	line_print(buf_str(&line), TABLE_WHOLE);
	buf_free(&line);
}

/* Text of several lines, set in. */
static void
tell_text(const char *text)
{
	size_t len;

	for (; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		fputs(len > 0 ? "    " : "", stdout);
		text_print(text, len);
		putchar('\n');
	}
}

static double
seconds(int64_t ms)
{
	return (double)(ms > 0 ? ms : 0) / 1000;
}

void
try_view_line(struct try_view *view)
{
	if (view->midline)
		putchar('\n');
	view->midline = false;
}

static void
forget_said(struct try_view *view)
{
	try_view_line(view);
	buf_reset(&view->said);
}

/* ---- text that is not final ---- */

static void
show_piece(struct try_view *view, const struct try_piece *piece)
{
	size_t len = strlen(piece->text);

	/* After a gap only the row knows what was said. */
	if (piece->at != view->said.len ||
	    buf_add(&view->said, piece->text, len) != OK)
		return;
	text_print(piece->text, len);
	if (len > 0)
		view->midline = piece->text[len - 1] != '\n';
	fflush(stdout);
}

void
try_view_said(struct try_view *view, const struct try_piece *piece)
{
	if (view->cli->json)
		return;
	if (piece->run != view->run_id)
		try_view_rows(view);
	if (piece->run != view->run_id || piece->reply != view->replies + 1)
		return;
	if (piece->text != NULL) {
		show_piece(view, piece);
	} else if (!piece->complete && view->said.len > 0) {
		forget_said(view);
		tell("  (that reply was lost)");
	}
}

/* ---- rows ---- */

static const char *
policy_text(const char *action)
{
	return strcmp(action, "approve") == 0 ? "a person decides" :
	    strcmp(action, "notify") == 0 ? "runs, people are told" : "runs";
}

static int
show_calls(struct try_view *view)
{
	struct rows rows = db_query(view->cli->db, Q_TRY_CALLS, "sll",
	    view->session_id, view->next_call, view->call_limit);

	while (rows_next(&rows)) {
		view->next_call = rows_int(&rows, 0) + 1;
		if (view->cli->json)
			continue;
		try_view_line(view);
		tell("call %" PRId64 "  %s %s", rows_int(&rows, 0),
		    rows_str(&rows, 1), rows_str(&rows, 2));
		if (strcmp(rows_str(&rows, 6), "refused") == 0)
			tell("        refused, it does not run");
		else
			tell("        %s risk: %s%s%s%s", rows_str(&rows, 3),
			    policy_text(rows_str(&rows, 4)),
			    rows_null(&rows, 5) ? "" : " (",
			    rows_str(&rows, 5),
			    rows_null(&rows, 5) ? "" : ")");
	}
	return cli_end(view->cli, &rows);
}

/* What was heard of it already is not said again. */
static void
show_reply(struct try_view *view, const struct rows *rows)
{
	const char *text = rows_str(rows, 2);
	size_t heard = view->said.len;

	if (heard > 0 && strncmp(text, buf_str(&view->said), heard) == 0) {
		text_print(text + heard, strlen(text + heard));
		if (text[heard] != '\0')
			view->midline = text[strlen(text) - 1] != '\n';
	} else if (*text != '\0') {
		try_view_line(view);
		text_print(text, strlen(text));
		view->midline = text[strlen(text) - 1] != '\n';
	}
	forget_said(view);
	tell("  (reply %d: %" PRId64 " tokens in, %" PRId64 " out, %.1f s)",
	    view->replies, rows_int(rows, 5), rows_int(rows, 6),
	    seconds(rows_int(rows, 4) - view->at_ms));
}

static void
show_result(const struct rows *rows)
{
	const char *text = rows_str(rows, 2);
	size_t len = strlen(text), shown = utf8_cut(text, len, RESULT_SHOWN);
	char rest[64] = "", took[64] = "";

	if (shown < len)
		snprintf(rest, sizeof(rest), "... (%zu bytes)", len);
	if (!rows_null(rows, 10))
		snprintf(took, sizeof(took), " in %.1f s",
		    seconds(rows_int(rows, 10)));
	tell("call %" PRId64 "  %s%s%s: %.*s%s", rows_int(rows, 7),
	    rows_str(rows, 8), took, rows_int(rows, 9) != 0 ? ", error" : "",
	    (int)shown, text, rest);
}

static int
show_message(struct try_view *view, const struct rows *rows)
{
	const char *role = rows_str(rows, 1);
	int status = EXIT_OK;

	if (strcmp(role, "assistant") == 0) {
		view->replies++;
		if (!view->cli->json)
			show_reply(view, rows);
		view->call_limit += rows_int(rows, 3);
		status = show_calls(view);
	} else if (!view->cli->json) {
		try_view_line(view);
		if (strcmp(role, "tool") == 0) {
			show_result(rows);
		} else {
			puts("the model reads:");
			tell_text(rows_str(rows, 2));
		}
	}
	view->message_id = rows_int(rows, 0);
	view->at_ms = rows_int(rows, 4);
	return status;
}

static int
show_messages(struct try_view *view)
{
	struct rows rows = db_query(view->cli->db, Q_TRY_MESSAGES, "ll",
	    view->run_id, view->message_id);
	int status = EXIT_OK, end;

	while (status == EXIT_OK && rows_next(&rows))
		status = show_message(view, &rows);
	end = cli_end(view->cli, &rows);
	return status != EXIT_OK ? status : end;
}

static void
show_run_end(const struct try_view *view, const struct rows *rows)
{
	const char *next = rows_text(rows, 7);
	struct buf line;

	if (view->cli->json)
		return;
	/* The trial ends here; the application would go on. */
	if (next != NULL && !view->cli->follow)
		next = try_app_next(view->app, rows_text(rows, 6));
	buf_init(&line, LINE_MAX_BYTES);
	buf_addf(&line, "== %s: %s", rows_str(rows, 1), rows_str(rows, 3));
	if (!rows_null(rows, 6))
		buf_addf(&line, ", signal %s", rows_str(rows, 6));
	if (!rows_null(rows, 4))
		buf_addf(&line, ", confidence %.2f", rows_real(rows, 4));
	if (!rows_null(rows, 5) && *rows_str(rows, 5) != '\0')
		buf_addf(&line, " (%s)", rows_str(rows, 5));
	if (next != NULL)
		buf_addf(&line, ", next %s", next);
	tell("%s; %" PRId64 " tokens in, %" PRId64 " out, %.1f s",
	    buf_str(&line), rows_int(rows, 8), rows_int(rows, 9),
	    seconds(rows_int(rows, 10)));
	buf_free(&line);
}

static int
show_run(struct try_view *view, const struct rows *rows)
{
	int status;

	if (rows_int(rows, 0) != view->run_id) {
		view->run_id = rows_int(rows, 0);
		view->run_open = true;
		view->replies = 0;
		forget_said(view);
		if (!view->cli->json)
			tell("== %s", rows_str(rows, 1));
	}
	if (!view->run_open)
		return EXIT_OK;
	status = show_messages(view);
	if (rows_int(rows, 2) != 0) {
		forget_said(view);
		show_run_end(view, rows);
		view->run_open = false;
	}
	return status;
}

static int
show_runs(struct try_view *view)
{
	struct rows rows = db_query(view->cli->db, Q_TRY_RUNS, "sl",
	    view->session_id, view->run_id);
	int status = EXIT_OK, end;

	while (status == EXIT_OK && rows_next(&rows))
		status = show_run(view, &rows);
	end = cli_end(view->cli, &rows);
	return status != EXIT_OK ? status : end;
}

static int
read_status(struct try_view *view)
{
	struct rows rows = db_query(view->cli->db, Q_TRY_SESSION, "s",
	    view->session_id);

	if (rows_next(&rows)) {
		snprintf(view->status, sizeof(view->status), "%s",
		    rows_str(&rows, 0));
		view->finished = rows_int(&rows, 1) == 0;
	}
	return cli_end(view->cli, &rows);
}

/* All as of one moment: a row of a call is there with its message. */
int
try_view_rows(struct try_view *view)
{
	int rc = db_snapshot(view->cli->db), status;

	if (rc != OK)
		return cli_fail(view->cli, rc, "%s", err_text(rc));
	status = read_status(view);
	if (status == EXIT_OK)
		status = show_runs(view);
	/* The framework calls tools too, after a person has escalated. */
	if (status == EXIT_OK && view->finished) {
		view->call_limit = INT64_MAX;
		status = show_calls(view);
	}
	db_snapshot_end(view->cli->db);
	fflush(stdout);
	return status;
}

int
try_view_end(struct try_view *view, int64_t took_ms)
{
	struct rows rows = db_query(view->cli->db, Q_TRY_SESSION, "s",
	    view->session_id);

	if (rows_next(&rows)) {
		tell("session %s: %s; %" PRId64 " replies, %" PRId64 " calls, "
		    "%" PRId64 " tokens in, %" PRId64 " out, %.1f s",
		    view->session_id, rows_str(&rows, 0), rows_int(&rows, 6),
		    rows_int(&rows, 5), rows_int(&rows, 3),
		    rows_int(&rows, 4), seconds(took_ms));
		if (!rows_null(&rows, 2))
			tell("why: %s", rows_str(&rows, 2));
	}
	return cli_end(view->cli, &rows);
}
