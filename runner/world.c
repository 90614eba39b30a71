/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/utf8.h"
#include "runner/app.h"

/* Bytes that a model or person is told; the rest is cut. */
enum { ERROR_MAX = 16 * 1024 };

void
job_free(struct job *job)
{
	if (job == NULL)
		return;
	free(job->environment);
	free(job->model);
	free(job->agent);
	free(job->query);
	free(job->last_result);
	free(job->reply.content);
	free(job->reply.tool_calls);
	free(job->reply.error);
	app_close(job->app);
	free(job->args);
	free(job->result);
	free(job);
}

void
job_push(struct job **list, struct job *job)
{
	job->next = *list;
	*list = job;
}

void
job_take_out(struct job **list, struct job *job)
{
	while (*list != NULL && *list != job)
		list = &(*list)->next;
	if (*list != NULL)
		*list = job->next;
}

void
jobs_free(struct job **list)
{
	struct job *job;

	while ((job = *list) != NULL) {
		*list = job->next;
		job_free(job);
	}
}

void
job_fail(struct job *job, const char *format, ...)
{
	char text[ERROR_MAX];
	struct buf json;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text[utf8_cut(text, strlen(text), ERROR_MAX - 8)] = '\0';
	if (job->kind == JOB_MODEL) {
		free(job->reply.error);
		job->reply.error = strdup(text);
		return;
	}
	buf_init(&json, 6 * ERROR_MAX + 16);
	buf_adds(&json, "{\"error\":");
	buf_add_json(&json, text, strlen(text));
	buf_addc(&json, '}');
	free(job->result);
	job->result = json.data;
	job->is_error = true;
}
