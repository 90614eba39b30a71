/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header traceparent (W3C Trace Context, 3.2): which trace a request is
 * part of.
 *
 *	char trace[TRACE_SIZE];
 *
 *	if (trace_read(header, trace))
 *		send("traceparent: %s", trace);
 */
#ifndef LIB_TRACE_H
#define LIB_TRACE_H

#include <stdbool.h>

enum { TRACE_SIZE = 56 };	/* bytes, with the NUL */

/*
 * trace_read reads a header of any version and writes it in version 00, with
 * the one flag that later ones are known to have. False: it is malformed, or
 * an id is all zeros; it is to be ignored then, and out is "".
 */
bool trace_read(const char *text, char out[TRACE_SIZE]);

#endif
