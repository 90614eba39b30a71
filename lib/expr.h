/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conditions of a configuration: the part of Python's expressions that
 * computes and cannot act.
 *
 *	constants	12  0.5  1e3  'text'  "text"  True  False  None
 *	names		those that the caller gives
 *	comparisons	== != < <= > >=  in, not in, is, is not; 0 < x <= 1
 *	logic		and, or, not, A if CONDITION else B
 *	arithmetic	+ - * / // % on numbers; + also joins texts, and lists
 *	subscripts	x['key']  x[-1]  x[1:3]  x[::-1]
 *	literals	[1, 2]  (1, 2)  {'key': 1}
 *
 * Calls, attributes, lambdas, comprehensions, imports and assignments are
 * refused when parsed, so nothing that parses can reach outside its
 * variables. It differs from Python where nobody can tell in a condition:
 * every number is a double, a tuple is a list, `is` asks for the same type
 * and value, lists have no order, texts are neither repeated by * nor filled
 * in by %, and know the escapes \\ \' \" \n \r \t alone.
 *
 *	struct expr *e = expr_parse("status == 'new'", expr_session_names,
 *	    &why);
 *
 *	if (e == NULL)
 *		return refuse(buf_str(&why));
 *	if (expr_eval(e, vars, &holds, NULL) == OK && holds)
 *		...
 *	expr_free(e);
 */
#ifndef LIB_EXPR_H
#define LIB_EXPR_H

#include <stdbool.h>

#define EXPR_TEXT_MAX 4096	/* bytes of an expression */
#define EXPR_DEPTH_MAX 64	/* brackets, signs and conditionals in others */
#define EXPR_WHY_MAX 127	/* bytes of a reason */
#define EXPR_STEPS_MAX 100000	/* nodes, items and characters visited */

struct buf;
struct expr;
struct json;

/* What a dispatch rule can ask: session, status, agents_run, tool_calls. */
extern const char *const expr_session_names[];

/* What a monitor's condition can ask: observation, and obs for short. */
extern const char *const expr_monitor_names[];

/*
 * expr_parse checks text and keeps what it says; names ends with NULL. The
 * caller frees the result with expr_free. On failure it returns NULL and
 * appends one line of at most EXPR_WHY_MAX bytes to why, "column 8: a call
 * is not allowed" (columns count bytes from 1); why is never NULL.
 */
struct expr *expr_parse(const char *text, const char *const names[],
    struct buf *why);
void expr_free(struct expr *e);

/*
 * expr_eval asks whether e holds, in Python's sense of truth, when its names
 * are the members of the object vars. Pure, and safe in several threads.
 * On failure *holds is false and why, unless NULL, gets one line.
 * E_INVALID: it has no value here (unknown key, unfit type, division by
 * zero, ...): the rule is skipped. E_TOOBIG: EXPR_STEPS_MAX passed. E_NOMEM.
 */
int expr_eval(const struct expr *e, const struct json *vars, bool *holds,
    struct buf *why);

#endif
