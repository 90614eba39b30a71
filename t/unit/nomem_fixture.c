/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include "lib/err.h"
#include "t/unit/nomem_fixture.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static int countdown = -1;	/* allocations until one fails; < 0: never */

static bool
fails_now(void)
{
	return countdown >= 0 && countdown-- == 0;
}

void *
__wrap_malloc(size_t size)
{
	return fails_now() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return fails_now() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return fails_now() ? NULL : __real_realloc(old, size);
}

char *
__wrap_strdup(const char *text)
{
	return fails_now() ? NULL : __real_strdup(text);
}

void
nomem_arm(int n)
{
	countdown = n;
}

bool
nomem_disarm(void)
{
	bool fired = countdown < 0;

	countdown = -1;
	return fired;
}

int
nomem_each(int (*work)(void))
{
	int n, rc;

	for (n = 0; ; n++) {
		nomem_arm(n);
		rc = work();
		if (!nomem_disarm())
			break;
		if (rc != E_NOMEM)
			fail_msg("allocation %d failed: %d", n, rc);
	}
	assert_int_equal(rc, OK);
	return n;
}
