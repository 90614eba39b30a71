/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocations that fail. The linker sends our objects' allocations here
 * (--wrap, see nomem_link in Makefile.inc); those inside shared libraries
 * are not touched.
 */
#ifndef T_UNIT_NOMEM_FIXTURE_H
#define T_UNIT_NOMEM_FIXTURE_H

#include <stdbool.h>

/*
 * Fails each allocation of work once, in turn, until it gets by without a
 * failure; it must return E_NOMEM each time and OK in the end. Returns how
 * often it failed.
 */
int nomem_each(int (*work)(void));

/*
 * nomem_arm makes allocation n from now fail, once; nomem_disarm tells
 * whether it came to that.
 */
void nomem_arm(int n);
bool nomem_disarm(void);

#endif
