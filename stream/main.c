/* SPDX-License-Identifier: Apache-2.0 */
/* gatehouse-stream: every event to every listener, once, in order. */
#include <config.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "lib/err.h"
#include "lib/log.h"
#include "sql/db.h"
#include "sql/seal.h"
#include "stream/server.h"

enum { LISTEN_FD = 0, EXIT_USAGE = 2, EXIT_DATABASE = 5 };

static const char help[] =
	"usage: gatehouse-stream --db FILE [--auth on|off]\n"
	"\n"
	"Sends the events of Gatehouse to listeners as they are committed,\n"
	"over Server-Sent Events and WebSocket. Speaks HTTP on the listening\n"
	"socket that is its standard input, as spawn-fcgi and systemd\n"
	"(StandardInput=socket) start it; nginx stands in front. Reads the\n"
	"database and never writes. SIGTERM ends it.\n"
	"\n"
	"  --db FILE      the database; else $GATEHOUSE_DB\n"
	"  --auth on|off  ask who listens (on); off: this machine alone\n"
	"  -h, --help     print this\n"
	"  --version      print the version\n"
	"\n"
	"Exit codes: 0 ended as asked; 1 no socket; 2 wrong usage; 5 the\n"
	"database cannot be used.\n";

static bool
is_listening(int fd)
{
	int listens = 0;
	socklen_t len = sizeof(listens);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 &&
	    listens;
}

/* A listener is a descriptor: as many as the system allows. */
static void
raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int
run(const char *path, bool auth_off)
{
	struct server *server = NULL;
	struct db *db;
	char why[DB_WHY_MAX];
	int rc = db_open(&db, path, DB_READ, why);

	if (rc != OK) {
		fprintf(stderr, "gatehouse-stream: %s\n", why);
		return EXIT_DATABASE;
	}
	rc = server_open(&server, db, LISTEN_FD, auth_off);
	if (rc == OK) {
		seal(path, DB_READ);
		log_info("started", "version=%s db=%s", PACKAGE_VERSION, path);
		server_run(server);
		log_info("ended", NULL);
	} else {
		log_error("not_started", "why=%s", err_text(rc));
	}
	server_close(server);
	db_close(db);
	return rc == OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "db", required_argument, NULL, 'd' },
		{ "auth", required_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 }
	};
	const char *path = getenv("GATEHOUSE_DB"), *auth = "on";
	int option;

	while ((option = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		switch (option) {
		case 'd':
			path = optarg;
			break;
		case 'a':
			auth = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_SUCCESS;
		case 'v':
			puts("gatehouse-stream " PACKAGE_VERSION);
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	if (optind < argc || path == NULL || *path == '\0' ||
	    (strcmp(auth, "on") != 0 && strcmp(auth, "off") != 0)) {
		fputs("gatehouse-stream: give --db FILE, --auth on or off, "
		    "and nothing else; see --help\n", stderr);
		return EXIT_USAGE;
	}
	log_open("gatehouse-stream", LOG_INFO);
	if (!is_listening(LISTEN_FD)) {
		fputs("gatehouse-stream: standard input is no listening "
		    "socket; start it with spawn-fcgi or systemd\n", stderr);
		return EXIT_FAILURE;
	}
	raise_file_limit();
	signal(SIGPIPE, SIG_IGN);
	fcntl(LISTEN_FD, F_SETFL, fcntl(LISTEN_FD, F_GETFL) | O_NONBLOCK);
	return run(path, strcmp(auth, "off") == 0);
}
