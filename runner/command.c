/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/log.h"
#include "lib/utf8.h"
#include "runner/app.h"
#include "runner/child.h"
#include "runner/sandbox.h"

enum {
	ARGV_MAX = 32,
	PATHS_MAX = 16,		/* of one kind; the loader knows it too */
	ENV_BYTES = 4352,
	/* Where the configuration says nothing; see its reference. */
	TIMEOUT_S = 30,
	MEMORY_MB = 512,
	OUTPUT_KB = 1024,
	TOLD_MAX = 2048,	/* bytes of stderr that the model reads */
};

struct command {
	struct job *job;
	struct child *child;
	void (*done)(void *arg, struct job *job);
	void *arg;
	int timeout_ms;
	const char *argv[ARGV_MAX + 1];
	const char *read[PATHS_MAX + 1], *write[PATHS_MAX + 1];
	char data[ENV_BYTES], session[128], key[160];
};

static void
log_stderr(const struct job *job, const struct buf *err)
{
	const char *line = buf_str(err);
	size_t len;

	while (*line != '\0') {
		len = strcspn(line, "\n");
		log_info("tool_stderr", "session=%s tool=%s line=\"%.*s\"",
		    job->session_id, job->tool->name, (int)len, line);
		line += len + (line[len] == '\n');
	}
}

/* The length of what was printed, without the white space at its end. */
static size_t
trimmed(const struct buf *out)
{
	size_t len = out->len;

	while (len > 0 && memchr(" \t\r\n", out->data[len - 1], 4) != NULL)
		len--;
	return len;
}

static void
take_output(struct job *job, const struct buf *out)
{
	struct json_error error;
	const char *text = buf_str(out);
	size_t len = trimmed(out);

	if (json_check(text, len, &error) != 0) {
		job_fail(job, "the tool printed no JSON: %s at byte %zu",
		    error.message, error.offset);
		return;
	}
	job->result = strndup(text, len);
	if (job->result == NULL)
		job_fail(job, "out of memory");
}

static void
tell_exit(struct job *job, const struct child_result *result)
{
	size_t len = utf8_cut(buf_str(&result->err), trimmed(&result->err),
	    TOLD_MAX);

	if (result->code == 0)
		take_output(job, &result->out);
	else
		job_fail(job, "the tool failed with exit code %d%s%.*s",
		    result->code, len > 0 ? ": " : "", (int)len,
		    buf_str(&result->err));
}

static void
on_end(void *arg, const struct child_result *result)
{
	struct command *command = arg;
	struct job *job = command->job;

	log_stderr(job, &result->err);
	switch (result->end) {
	case CHILD_EXITED:
		tell_exit(job, result);
		break;
	case CHILD_KILLED:
		job_fail(job, "the tool was ended by signal %d", result->code);
		break;
	case CHILD_TIMEOUT:
		job_fail(job, "the tool timed out after %d ms",
		    command->timeout_ms);
		break;
	case CHILD_FLOOD:
		job_fail(job, "the tool printed more than its limit");
		break;
	case CHILD_CANCELLED:
		job_fail(job, "the tool was cancelled");
		break;
	case CHILD_NOT_STARTED:
		job_fail(job, "the tool cannot be started: %s: %s",
		    result->failed, strerror(result->code));
		break;
	}
	job->handle = NULL;
	command->done(command->arg, job);
	free(command);
}

static double
setting(const struct job *job, const char *key, double missing)
{
	return json_number(json_get(job->tool->config, key), missing);
}

/* The texts of a list, as far as there is room; borrowed from it. */
static void
fill(const char **texts, int max, const struct json *list)
{
	const struct json *text = json_first(list);

	for (int i = 0; i < max && text != NULL; i++) {
		texts[i] = json_string(text);
		text = json_next(text);
	}
}

/* What of the configuration is more than a number. */
static void
fill_lists(struct command *command)
{
	const struct json *config = command->job->tool->config;
	const struct json *paths = json_get(config, "paths");

	fill(command->argv, ARGV_MAX, json_get(config, "command"));
	fill(command->read, PATHS_MAX, json_get(paths, "read"));
	fill(command->write, PATHS_MAX, json_get(paths, "write"));
}

static void
fill_env(struct command *command, const char *data)
{
	const struct job *job = command->job;

	snprintf(command->data, sizeof(command->data), "GATEHOUSE_DATA=%s",
	    data);
	snprintf(command->session, sizeof(command->session),
	    "GATEHOUSE_SESSION=%s", job->session_id);
	snprintf(command->key, sizeof(command->key), "GATEHOUSE_CALL_KEY=%s:%d",
	    job->session_id, job->ordinal);
}

void
command_run(struct uv_loop_s *loop, struct job *job, const struct sandbox *box,
    void (*done)(void *arg, struct job *job), void *arg)
{
	struct command *command = calloc(1, sizeof(*command));
	const char *env[] = { "PATH=/usr/local/bin:/usr/bin:/bin",
		"LANG=C.UTF-8", NULL, NULL, NULL, NULL };
	struct sandbox own = *box;
	struct child_spec spec = {
		.env = env,
		.dir = job->dir,
		.input = job->args,
		.input_len = strlen(job->args),
		.memory_max = (size_t)(setting(job, "memory_mb", MEMORY_MB) *
		    1024 * 1024),
		.output_max = (size_t)(setting(job, "output_kb", OUTPUT_KB) *
		    1024),
		.timeout_ms = (int)(setting(job, "timeout", TIMEOUT_S) * 1000),
		.sandbox = &own,
	};

	if (command == NULL)
		goto fail;
	command->job = job;
	command->done = done;
	command->arg = arg;
	command->timeout_ms = spec.timeout_ms;
	fill_lists(command);
	fill_env(command, box->data);
	env[2] = command->data;
	env[3] = command->session;
	env[4] = command->key;
	spec.argv = command->argv;
	own.dir = job->dir;
	own.read = command->read;
	own.write = command->write;
	command->child = child_start(loop, &spec, on_end, command);
	if (command->child == NULL)
		goto fail;
	job->handle = command;
	return;
fail:
	free(command);
	job_fail(job, "out of memory");
	done(arg, job);
}

void
command_cancel(struct job *job)
{
	struct command *command = job->handle;

	if (command != NULL)
		child_cancel(command->child);
}
