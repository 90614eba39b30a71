/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/world.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

enum { ERROR_MAX = 16 * 1024 };	/* bytes that a model or person is told */

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
	free(job->args);
	free(job->result);
	free(job);
}

void
job_fail(struct job *job, const char *format, ...)
{
	struct buf text, json;
	va_list args;

	buf_init(&text, ERROR_MAX);
	buf_init(&json, 6 * ERROR_MAX + 16);
	va_start(args, format);
	buf_vaddf(&text, format, args);
	va_end(args);
	if (job->kind == JOB_MODEL) {
		job->reply.error = strdup(buf_str(&text));
		buf_free(&text);
		return;
	}
	buf_adds(&json, "{\"error\":");
	buf_add_json(&json, buf_str(&text), text.len);
	buf_addc(&json, '}');
	free(job->result);
	job->result = json.data;
	job->is_error = true;
	buf_free(&text);
}
