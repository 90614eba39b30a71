/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model provider `script`: replies from a file, loaded with the
 * application, chosen by agent, turn, query, environment and the text of the
 * last tool result. The first that matches is the reply; if none does, the
 * agent's stub_response.
 */
#ifndef RUNNER_SCRIPT_H
#define RUNNER_SCRIPT_H

#include "runner/world.h"

struct db;

/*
 * script_answer fills in the outcome of a JOB_MODEL. Returns the
 * milliseconds after which it is to be delivered: the reply's delay.
 */
int script_answer(struct db *db, struct job *job);

#endif
