/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/options.h"

#include <config.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	THREADS_DEFAULT = 64,
	THREADS_MAX = 1024,
	MIN_FREE_DEFAULT = 256,		/* MiB */
	MIN_FREE_MAX = INT32_MAX,
};

static const char help[] =
	"usage: gatehouse-fcgi --db FILE [OPTION...]\n"
	"\n"
	"The HTTP interface of Gatehouse: answers FastCGI requests on the\n"
	"listening unix socket that is its standard input, as spawn-fcgi and\n"
	"systemd (StandardInput=socket) start it. SIGTERM ends it after the\n"
	"requests that it has. GET /api/v1/openapi.json tells what can be\n"
	"asked.\n"
	"\n"
	"  --db FILE           the database; else $GATEHOUSE_DB\n"
	"  --auth on|off       off: everybody may do everything, and only\n"
	"                      requests to a loopback address or unix socket\n"
	"                      of the web server are answered (on)\n"
	"  --threads N         requests that wait at the same time, for a\n"
	"                      commit or for their client (64)\n"
	"  --max-requests N    end after so many, to be started again\n"
	"  --min-free MIB      room on the disk below which GET /ready says\n"
	"                      that nothing should be sent here (256)\n"
	"  -h, --help          print this\n"
	"  --version           print the version\n"
	"\n"
	"Exit codes: 0 ended as asked; 1 no socket or no threads; 2 wrong\n"
	"usage; 5 the database cannot be used.\n";

static int
complain(const char *what, const char *text)
{
	fprintf(stderr, "gatehouse-fcgi: %s \"%s\"; see --help\n", what, text);
	return EXIT_USAGE;
}

/* -1, or EXIT_USAGE. */
static int
read_number(const char *option, const char *text, int64_t max, int64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoll(text, &end, 10);
	if (*text != '\0' && *end == '\0' && errno == 0 && *value >= 1 &&
	    *value <= max)
		return -1;
	return complain(option, text);
}

static int
read_auth(const char *text, bool *off)
{
	*off = strcmp(text, "off") == 0;
	if (*off || strcmp(text, "on") == 0)
		return -1;
	return complain("--auth: neither on nor off:", text);
}

static int
check(const struct options *options, int argc, char **argv)
{
	if (optind < argc)
		return complain("no argument is wanted:", argv[optind]);
	if (options->db != NULL && *options->db != '\0')
		return -1;
	fputs("gatehouse-fcgi: no database; give --db FILE\n", stderr);
	return EXIT_USAGE;
}

int
options_read(struct options *options, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "auth", required_argument, NULL, 'a' },
		{ "db", required_argument, NULL, 'd' },
		{ "threads", required_argument, NULL, 't' },
		{ "max-requests", required_argument, NULL, 'm' },
		{ "min-free", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 }
	};
	int64_t number = THREADS_DEFAULT;
	int option, status = -1;

	*options = (struct options){
		.db = getenv("GATEHOUSE_DB"),
		.threads = THREADS_DEFAULT,
		.min_free = MIN_FREE_DEFAULT,
	};
	while (status < 0 &&
	    (option = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		switch (option) {
		case 'a':
			status = read_auth(optarg, &options->auth_off);
			break;
		case 'd':
			options->db = optarg;
			break;
		case 't':
			status = read_number("--threads: not from 1 to 1024:",
			    optarg, THREADS_MAX, &number);
			options->threads = (int)number;
			break;
		case 'm':
			status = read_number("--max-requests: not a number:",
			    optarg, INT64_MAX, &options->max_requests);
			break;
		case 'f':
			status = read_number("--min-free: not a number:",
			    optarg, MIN_FREE_MAX, &options->min_free);
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_STOPPED;
		case 'v':
			puts("gatehouse-fcgi " PACKAGE_VERSION);
			return EXIT_STOPPED;
		default:
			return EXIT_USAGE;
		}
	return status >= 0 ? status : check(options, argc, argv);
}
