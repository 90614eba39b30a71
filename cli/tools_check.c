/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/tools_check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/runner_exec.h"
#include "cli/table.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/lines.h"

enum { LINE_BYTES = 17 * 1024 * 1024 };	/* of one server */

struct check {
	struct table table;
	struct buf problems;		/* lines for people */
	const char *before;		/* between elements of a list */
	bool json;
};

static const char *
text(const struct json *server, const char *key)
{
	return json_string(json_get(server, key));
}

static void
take_problems(struct check *check, const struct json *server)
{
	const struct json *problem = json_first(json_get(server,
		"problems"));

	if (text(server, "reason") != NULL)
		buf_addf(&check->problems, "%s: %s\n", text(server, "server"),
		    text(server, "reason"));
	for (; problem != NULL; problem = json_next(problem))
		buf_addf(&check->problems, "%s: %s\n", text(server, "server"),
		    json_string(problem));
}

static int
on_line(void *arg, const char *line, size_t len)
{
	struct check *check = arg;
	struct json *server = json_parse(line, len, NULL);
	bool available;

	if (server == NULL)
		return E_INVALID;
	available = json_bool(json_get(server, "available"), false);
	if (check->json) {
		printf("%s%s", check->before, line);
		check->before = ",\n";
	} else {
		table_cell(&check->table, text(server, "server"));
		table_cell(&check->table, text(server, "transport"));
		table_cell(&check->table, available ? "available" :
		    "unavailable");
		table_cell(&check->table, text(server, "protocol"));
		table_number(&check->table,
		    (int64_t)json_size(json_get(server, "tools")));
		table_cell(&check->table, text(server, "app"));
		take_problems(check, server);
	}
	json_free(server);
	return OK;
}

/* The new process: the runner, asked for nothing but this. */
static void
run_child(const struct cli *cli, int out, pid_t parent)
{
	char program[] = RUNNER_PROGRAM, db[] = "--db", check[PATH_MAX];
	char *argv[] = { program, db, (char *)cli->db_path, check, NULL };

	snprintf(check, sizeof(check), "--check-servers%s%s",
	    cli->app != NULL ? "=" : "", cli->app != NULL ? cli->app : "");
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || dup2(out, STDOUT_FILENO) < 0)
		_exit(127);
	runner_exec(argv);
	_exit(127);
}

static pid_t
start(const struct cli *cli, int *out)
{
	pid_t parent = getpid(), pid;
	int ends[2];

	fflush(stdout);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		run_child(cli, ends[1], parent);
	close(ends[1]);
	if (pid < 0)
		close(ends[0]);
	else
		*out = ends[0];
	return pid;
}

/* What the runner says, to its end; then how it ended: its exit code. */
static int
listen_to(pid_t pid, int out, struct check *check)
{
	struct lines lines;
	char piece[16 * 1024];
	int rc = OK, end = 0;
	ssize_t got;

	lines_init(&lines, LINE_BYTES, on_line, check);
	while (rc == OK && (got = read(out, piece, sizeof(piece))) != 0)
		if (got > 0)
			rc = lines_feed(&lines, piece, (size_t)got);
		else if (errno != EINTR)
			rc = E_IO;
	lines_free(&lines);
	close(out);
	while (waitpid(pid, &end, 0) < 0 && errno == EINTR)
		;
	return rc == OK && WIFEXITED(end) ? WEXITSTATUS(end) : -1;
}

static void
print(struct check *check)
{
	const char *line = buf_str(&check->problems), *end;

	table_print(&check->table, TABLE_CUT);
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		struct buf one;

		buf_init(&one, LINE_BYTES);
		buf_add(&one, line, (size_t)(end - line));
		line_print(buf_str(&one), TABLE_WHOLE);
		buf_free(&one);
	}
}

int
tools_check(struct cli *cli)
{
	static const char *const heads[] = {
		"SERVER", "TRANSPORT", "STATE", "PROTOCOL", "TOOLS", "APP",
		NULL
	};
	struct check check = { .before = "", .json = cli->json };
	int out = -1, code;
	pid_t pid = start(cli, &out);

	if (pid < 0)
		return cli_fail(cli, E_IO, "cannot start " RUNNER_PROGRAM
		    ": %s", strerror(errno));
	table_init(&check.table, heads);
	buf_init(&check.problems, LINE_BYTES);
	if (cli->json)
		putchar('[');
	code = listen_to(pid, out, &check);
	if (cli->json)
		puts("]");
	print(&check);
	buf_free(&check.problems);
	if (code == 0 || code == 1)
		return code == 0 ? EXIT_OK : EXIT_PROBLEM;
	return cli_fail(cli, E_IO, "the servers cannot be checked");
}
