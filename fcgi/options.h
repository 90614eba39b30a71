/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of gatehouse-fcgi; "gatehouse-fcgi --help" tells it. */
#ifndef FCGI_OPTIONS_H
#define FCGI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* What the program ends with. */
enum {
	EXIT_STOPPED = 0,	/* asked to, or after --max-requests */
	EXIT_FAILED = 1,	/* no socket, no memory, no threads */
	EXIT_USAGE = 2,
	EXIT_DATABASE = 5,	/* the database cannot be used */
};

struct options {
	const char *db;
	int threads;
	bool auth_off;
	int64_t max_requests;	/* 0: no limit */
	int64_t min_free;	/* MiB on the disk, to be ready */
};

/*
 * options_read fills options. Returns -1, or the EXIT_* to end with: after
 * --help and --version, which it answers, and EXIT_USAGE after it said on
 * standard error what is wrong.
 */
int options_read(struct options *options, int argc, char **argv);

#endif
