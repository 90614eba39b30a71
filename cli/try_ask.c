/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/try.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/table.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/utf8.h"
#include "sql/db.h"
#include "sql/gate.h"

enum {
	ANSWER_MAX = 64 * 1024,	/* bytes of one line */
	CHECK_MS = 250,		/* between looks whether it was decided */
	AMOUNT_DIGITS = 13,	/* of what the database takes, and more */
};

/* An open gate, as it is asked. */
struct question {
	int64_t gate_id;
	struct json *verdicts;
};

/* Verdicts for which the rest of the line is no rationale. */
static const struct answer {
	const char *verdict;
	const char *word;	/* as it is typed */
	const char *rest;	/* what follows it */
} answers[] = {
	{ "resume_with_input", "answer", "TEXT" },
	{ "escalate", "escalate", "[TEAM]" },
	{ "raise", "raise", "[N] [WHY]" },
	{ NULL, NULL, "[WHY]" },	/* any other is typed as it is */
};

static struct answer
answer_for(const char *verdict)
{
	struct answer answer;
	int i;

	for (i = 0; answers[i].verdict != NULL; i++)
		if (strcmp(answers[i].verdict, verdict) == 0)
			return answers[i];
	answer = answers[i];
	answer.verdict = answer.word = verdict;
	return answer;
}

/* The open gate; false: there is none, or it could not be read. */
static bool
find_gate(struct cli *cli, const char *session_id, struct rows *rows)
{
	*rows = db_query(cli->db, Q_TRY_GATE, "s", session_id);
	return rows_next(rows);
}

static void
print_question(const struct rows *rows, const struct json *verdicts)
{
	const struct json *item = json_first(verdicts);
	struct buf line;

	buf_init(&line, 2 * 1024 * 1024);
	buf_addf(&line, "gate g%" PRId64 "  %s", rows_int(rows, 0),
	    rows_str(rows, 3));
	line_print(buf_str(&line), TABLE_WHOLE);
	buf_reset(&line);
	if (!rows_null(rows, 4)) {
		buf_addf(&line, "        %s %s", rows_str(rows, 4),
		    rows_str(rows, 5));
		line_print(buf_str(&line), TABLE_WHOLE);
		buf_reset(&line);
	}
	buf_addf(&line, "        %s; say: ", rows_str(rows, 2));
	for (; item != NULL; item = json_next(item)) {
		struct answer answer = answer_for(json_string(item));

		buf_addf(&line, "%s %s, ", answer.word, answer.rest);
	}
	buf_adds(&line, "or quit");
	line_print(buf_str(&line), TABLE_WHOLE);
	buf_free(&line);
}

/* The verdict that a word, or the start of one, means; "": not one alone. */
static struct answer
pick(const struct json *verdicts, const char *word, size_t len)
{
	const struct json *item = json_first(verdicts);
	struct answer found = { .verdict = "" };

	for (; item != NULL && len > 0; item = json_next(item)) {
		struct answer answer = answer_for(json_string(item));

		if (strncmp(answer.word, word, len) != 0)
			continue;
		if (*found.verdict != '\0')
			return (struct answer){ .verdict = "" };
		found = answer;
	}
	return found;
}

/* What follows the verdict is what that verdict is about. */
static void
read_rest(struct verdict *verdict, const char *rest)
{
	size_t digits = strspn(rest, "0123456789");

	if (strcmp(verdict->verdict, "raise") == 0 && digits > 0 &&
	    digits <= AMOUNT_DIGITS && (rest[digits] == '\0' ||
		rest[digits] == ' ')) {
		verdict->amount = strtoll(rest, NULL, 10);
		rest += digits + strspn(rest + digits, " ");
	}
	if (*rest == '\0')
		return;
	if (strcmp(verdict->verdict, "resume_with_input") == 0)
		verdict->input = rest;
	else if (strcmp(verdict->verdict, "escalate") == 0)
		verdict->team = rest;
	else
		verdict->rationale = rest;
}

/* Casts the vote that a line is; an error is told, and asked again. */
static void
decide(struct cli *cli, const char *session_id, const struct question *q,
    const char *line)
{
	size_t len = strcspn(line, " ");
	struct answer answer = pick(q->verdicts, line, len);
	char origin[CLI_ORIGIN_MAX];
	struct verdict verdict = { .session_id = session_id,
	    .gate_id = q->gate_id, .verdict = answer.verdict,
	    .actor = cli->actor, .origin = cli_origin(cli, origin),
	    .now_ms = clock_ms() };
	struct verdict_result result;

	if (*answer.verdict == '\0') {
		puts("? one of the words above, or the start of it");
		return;
	}
	read_rest(&verdict, line + len + strspn(line + len, " "));
	if (gate_decide(cli->db, &verdict, &result) != OK)
		line_print(result.why, TABLE_WHOLE);
}

/* Without the blanks at its ends; "": it has none, or is no text. */
static const char *
clean_line(struct buf *line)
{
	char *text = line->data;
	size_t len = line->len;

	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	if (len == 0 || line->rc != OK || !utf8_valid(text, len) ||
	    memchr(text, '\0', len) != NULL)
		return "";
	text[len] = '\0';
	return text + strspn(text, " \t");
}

enum heard { HEARD_LINE, HEARD_NOTHING, HEARD_END };

/* What is typed, once it is a line, for at most CHECK_MS. */
static enum heard
hear(int stop, struct buf *line)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
	    { .fd = stop, .events = POLLIN } };
	char bytes[1024];
	ssize_t got;

	if (poll(fds, 2, CHECK_MS) <= 0)
		return HEARD_NOTHING;
	if (fds[1].revents != 0)
		return HEARD_END;
	got = read(STDIN_FILENO, bytes, sizeof(bytes));
	if (got <= 0)
		return got < 0 && errno == EINTR ? HEARD_NOTHING : HEARD_END;
	buf_add(line, bytes, (size_t)got);
	return bytes[got - 1] == '\n' ? HEARD_LINE : HEARD_NOTHING;
}

static bool
is_open(struct cli *cli, const char *session_id, int64_t gate_id)
{
	struct rows rows;
	bool open = find_gate(cli, session_id, &rows) &&
	    rows_int(&rows, 0) == gate_id;

	rows_end(&rows);
	return open;
}

/* What was typed before the question was there does not answer it. */
static void
prompt(void)
{
	tcflush(STDIN_FILENO, TCIFLUSH);
	fputs("> ", stdout);
	fflush(stdout);
}

static void
ask(struct cli *cli, const char *session_id, const struct question *q,
    int stop, bool *left)
{
	struct buf line;
	const char *text;

	buf_init(&line, ANSWER_MAX);
	prompt();
	while (!*left && is_open(cli, session_id, q->gate_id)) {
		enum heard heard = hear(stop, &line);

		*left = heard == HEARD_END;
		if (heard != HEARD_LINE)
			continue;
		text = clean_line(&line);
		*left = strcmp(text, "quit") == 0;
		if (!*left && *text != '\0')
			decide(cli, session_id, q, text);
		buf_reset(&line);
		if (!*left && is_open(cli, session_id, q->gate_id))
			prompt();
	}
	buf_free(&line);
	if (*left)
		putchar('\n');
}

int
try_ask(struct cli *cli, const char *session_id, int stop, bool *left)
{
	struct question q = { .gate_id = 0 };
	struct rows rows;
	int status = EXIT_OK;

	if (find_gate(cli, session_id, &rows)) {
		q.gate_id = rows_int(&rows, 0);
		q.verdicts = json_parse(rows_str(&rows, 7),
		    strlen(rows_str(&rows, 7)), NULL);
		if (cli->json || !isatty(STDIN_FILENO))
			status = cli_waits(cli, "gate g%" PRId64 " waits for a "
			    "person, and this is no terminal: %s", q.gate_id,
			    rows_str(&rows, 3));
		else
			print_question(&rows, q.verdicts);
	}
	/* No read may stay open while a person thinks. */
	if (cli_end(cli, &rows) != EXIT_OK)
		status = EXIT_DATABASE;
	if (status == EXIT_OK && q.gate_id != 0)
		ask(cli, session_id, &q, stop, left);
	json_free(q.verdicts);
	return status;
}
