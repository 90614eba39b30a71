/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gatehouse tools --check: the runner's own client opens each server once,
 * here and now, in a process of its own that writes no row.
 */
#ifndef CLI_TOOLS_CHECK_H
#define CLI_TOOLS_CHECK_H

struct cli;

/*
 * tools_check prints what it found. EXIT_PROBLEM: a server is not available,
 * or has not what the configuration names.
 */
int tools_check(struct cli *cli);

#endif
