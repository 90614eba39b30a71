/* SPDX-License-Identifier: Apache-2.0 */
#include "t/bench/sample.h"

#include <stdlib.h>
#include <time.h>

int64_t
sample_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void
sample_add(struct sample *sample, int64_t ns)
{
	if (sample->count == sample->cap) {
		sample->cap = sample->cap > 0 ? 2 * sample->cap : 4096;
		sample->ns = realloc(sample->ns,
		    sample->cap * sizeof(*sample->ns));
		if (sample->ns == NULL)
			abort();
	}
	sample->ns[sample->count++] = ns;
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void
sample_sort(struct sample *sample)
{
	qsort(sample->ns, sample->count, sizeof(*sample->ns), compare);
}

double
sample_ms(const struct sample *sample, double quantile)
{
	if (sample->count == 0)
		return 0;
	return (double)sample->ns[(size_t)(quantile *
	    (double)(sample->count - 1))] / 1e6;
}

void
sample_free(struct sample *sample)
{
	free(sample->ns);
	*sample = (struct sample){ 0 };
}
