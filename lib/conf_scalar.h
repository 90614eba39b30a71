/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a scalar means: the core schema of YAML 1.2 (section 10.3.2). For
 * the conf_*.c files alone.
 */
#ifndef LIB_CONF_SCALAR_H
#define LIB_CONF_SCALAR_H

#include <stdbool.h>

#include "lib/json.h"

struct conf;

enum { CONF_NUMBER_SIZE = JSON_NUMBER_MAX + 1 };

enum conf_type { CONF_NULL, CONF_BOOL, CONF_NUMBER, CONF_STRING };

/* conf_scalar_type: what node, a scalar, is; quoted it is a string. */
enum conf_type conf_scalar_type(const struct conf *node);

/*
 * conf_scalar_number: is text a number? Then out has it as JSON writes it,
 * with the same digits ("+.50" becomes "0.50", "0x1f" becomes "31").
 */
bool conf_scalar_number(const char *text, char out[CONF_NUMBER_SIZE]);

#endif
