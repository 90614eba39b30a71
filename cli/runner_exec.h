/* SPDX-License-Identifier: Apache-2.0 */
/* The runner as a program beside this one. */
#ifndef CLI_RUNNER_EXEC_H
#define CLI_RUNNER_EXEC_H

#define RUNNER_PROGRAM "gatehouse-runner"

/*
 * runner_exec makes the calling process, which has just been forked, the
 * runner: the one beside this program, or where "make install" puts it, or
 * the one of PATH. It returns only with a line on standard error, that there
 * is none.
 */
void runner_exec(char *const *argv);

#endif
