/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/runner_exec.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
runner_exec(char *const *argv)
{
	static const char *const places[] = { "", "../sbin/" };
	char self[PATH_MAX], path[PATH_MAX + 64];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[len > 0 ? len : 0] = '\0';
	if (strrchr(self, '/') != NULL) {
		strrchr(self, '/')[1] = '\0';
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]);
		    i++) {
			snprintf(path, sizeof(path), "%s%s" RUNNER_PROGRAM,
			    self, places[i]);
			execv(path, argv);
		}
	}
	execvp(RUNNER_PROGRAM, argv);
	dprintf(STDERR_FILENO, "cannot start " RUNNER_PROGRAM ": %s\n",
	    strerror(errno));
}
