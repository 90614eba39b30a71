/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fuzz target is: one function that takes any bytes and returns.
 *
 *	int
 *	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
 *	{
 *		struct thing *t = thing_parse((const char *)data, size);
 *
 *		fuzz_check(t == NULL || thing_size(t) <= size);
 *		thing_free(t);
 *		return 0;
 *	}
 */
#ifndef T_FUZZ_FUZZ_H
#define T_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An assertion that no build leaves out. */
#define fuzz_check(holds) do {						\
	if (!(holds)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,	\
		    #holds);						\
		abort();						\
	}								\
} while (0)

#endif
