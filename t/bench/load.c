/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load: clients that tell one story over and over, each on a connection of
 * its own, and one JSON object about how they fared.
 *
 *	load -c 32 -s 5 -n 100000 8080 get '/api/v1/sessions/BEN-20250101-{}'
 *	load -c 64 -s 5 -b '{"query":"x","environment":"bench"}' 8080 cycle
 *
 * When the seconds are over every client ends the story it is in.
 */
#include <config.h>

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/err.h"
#include "t/bench/sample.h"
#include "t/bench/story.h"

enum { CLIENTS_MAX = 1024, EVENTS_MAX = 256 };

#define MS INT64_C(1000000)
#define DRAIN (10000 * MS)	/* for the stories begun */
#define RETRY (20 * MS)		/* after a failure */

struct teller {
	struct client client;
	int step;
	bool waiting;		/* for an answer */
	bool over;
	int64_t due;		/* not waiting: when to ask */
	int64_t began, asked;
	int64_t slowest;	/* answer */
	long done;
};

struct load {
	struct plan plan;
	const struct story *story;
	struct teller *tellers;
	int count, epoll;
	int64_t seconds, pause;
	int64_t start, stop, last;
	struct sample sample;
	struct buf path;
	long failed, requests;
};

/* The next story, at once or after a pause; or none, if time is up. */
static void
next_story(struct load *load, struct teller *teller, int64_t at)
{
	teller->step = 0;
	teller->due = at;
	teller->over = sample_now() >= load->stop;
}

/* The first failure is told in full, the others are counted. */
static void
fail(struct load *load, struct teller *teller)
{
	const struct http *http = &teller->client.http;

	if (load->failed++ == 0 && http->fd < 0)
		fprintf(stderr, "load: %s broke\n", buf_str(&load->path));
	else if (load->failed == 1)
		fprintf(stderr, "load: %s answered %d %s\n",
		    buf_str(&load->path), http->status, http->body);
	teller->waiting = false;
	next_story(load, teller, sample_now() + RETRY);
}

static void
count_answer(struct load *load, struct teller *teller, int64_t now)
{
	int64_t took = now - teller->asked;

	load->requests++;
	if (took > teller->slowest)
		teller->slowest = took;
}

/* The step was told; after the last timed one the story counts. */
static void
go_on(struct load *load, struct teller *teller, int64_t now)
{
	teller->step++;
	teller->due = now;
	if (teller->step == load->story->timed) {
		sample_add(&load->sample, now - teller->began);
		teller->done++;
		load->last = now;
	}
	if (load->story->steps[teller->step].method == NULL)
		next_story(load, teller, now);
}

static void
take_answer(struct load *load, struct teller *teller)
{
	const struct step *step = &load->story->steps[teller->step];
	int64_t now = sample_now();

	teller->waiting = false;
	count_answer(load, teller, now);
	switch (step->answer(&teller->client)) {
	case VERDICT_ON:
		go_on(load, teller, now);
		break;
	case VERDICT_WAIT:
		teller->due = now + load->pause;
		break;
	case VERDICT_FAIL:
		fail(load, teller);
		break;
	}
}

static void
handle(struct load *load, struct teller *teller)
{
	int rc = http_read(&teller->client.http);

	if (!teller->waiting)
		return;		/* an idle connection was closed */
	if (rc == OK)
		take_answer(load, teller);
	else if (rc != E_AGAIN)
		fail(load, teller);
}

/* A closed connection leaves epoll by itself; a new one must be told. */
static void
watch(struct load *load, struct teller *teller)
{
	struct http *http = &teller->client.http;
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = teller };

	if (http->fresh)
		epoll_ctl(load->epoll, EPOLL_CTL_ADD, http->fd, &event);
	http->fresh = false;
}

static void
ask(struct load *load, struct teller *teller)
{
	const struct step *step = &load->story->steps[teller->step];
	struct client *client = &teller->client;

	buf_reset(&load->path);
	step->path(client, &load->path);
	teller->asked = sample_now();
	if (teller->step == 0)
		teller->began = teller->asked;
	teller->waiting = true;
	if (http_ask(&client->http, step->method, buf_str(&load->path),
		step->body != NULL ? step->body(client) : NULL) != OK)
		fail(load, teller);
	else
		watch(load, teller);
}

/* Asks what is due; the time until more is due, or -1: all are over. */
static int64_t
ask_all(struct load *load)
{
	int64_t now = sample_now(), wait = -1;

	for (int i = 0; i < load->count; i++) {
		struct teller *teller = &load->tellers[i];
		int64_t left;

		if (!teller->waiting && !teller->over && teller->due <= now)
			ask(load, teller);
		if (teller->over)
			continue;
		left = teller->waiting ? 100 * MS : teller->due - now;
		left = left > 0 ? left : 0;
		wait = wait < 0 || left < wait ? left : wait;
	}
	return now < load->stop + DRAIN ? wait : -1;
}

static void
run(struct load *load)
{
	struct epoll_event events[EVENTS_MAX];
	int64_t wait;
	int count;

	load->start = load->last = sample_now();
	load->stop = load->start + load->seconds;
	while ((wait = ask_all(load)) >= 0) {
		struct timespec timeout = { .tv_nsec = wait };

		count = epoll_pwait2(load->epoll, events, EVENTS_MAX, &timeout,
		    NULL);
		for (int i = 0; i < count; i++)
			handle(load, events[i].data.ptr);
	}
}

static int
by_done(const void *a, const void *b)
{
	const struct teller *x = a, *y = b;

	return (x->done > y->done) - (x->done < y->done);
}

static void
report(struct load *load)
{
	int64_t slowest = 0;

	for (int i = 0; i < load->count; i++)
		if (load->tellers[i].slowest > slowest)
			slowest = load->tellers[i].slowest;
	qsort(load->tellers, (size_t)load->count, sizeof(*load->tellers),
	    by_done);
	sample_sort(&load->sample);
	printf("{\"done\":%zu,\"failed\":%ld,\"requests\":%ld,"
	    "\"seconds\":%.6f,\"p50_ms\":%.4f,\"p99_ms\":%.4f,"
	    "\"max_ms\":%.4f,\"slowest_answer_ms\":%.4f,\"fewest\":%ld,"
	    "\"most\":%ld}\n", load->sample.count, load->failed,
	    load->requests, (double)(load->last - load->start) / 1e9,
	    sample_ms(&load->sample, 0.5), sample_ms(&load->sample, 0.99),
	    sample_ms(&load->sample, 1), (double)slowest / 1e6,
	    load->tellers[0].done, load->tellers[load->count - 1].done);
}

static int
usage(void)
{
	fputs("usage: load [-c CLIENTS] [-s SECONDS] [-p PAUSE_MS] "
	    "[-n NUMBERS] [-b BODY]\n\t[-e END_STATUS] [-o FILE] "
	    "PORT get|post|cycle|gate [PATH]\n", stderr);
	return 2;
}

static int64_t
nanoseconds(const char *text, double unit)
{
	return (int64_t)(strtod(text, NULL) * unit);
}

/* -1, or an exit code. */
static int
read_options(struct load *load, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "c:s:p:n:b:e:o:")) != -1)
		switch (option) {
		case 'c':
			load->count = (int)strtol(optarg, NULL, 10);
			break;
		case 's':
			load->seconds = nanoseconds(optarg, 1e9);
			break;
		case 'p':
			load->pause = nanoseconds(optarg, 1e6);
			break;
		case 'n':
			load->plan.numbers = (unsigned)strtol(optarg, NULL, 10);
			break;
		case 'b':
			load->plan.body = optarg;
			break;
		case 'e':
			load->plan.status = optarg;
			break;
		case 'o':
			load->plan.acknowledged = fopen(optarg, "ae");
			if (load->plan.acknowledged != NULL)
				break;
			perror(optarg);
			return 1;
		default:
			return usage();
		}
	return load->count > 0 && load->count <= CLIENTS_MAX &&
	    load->plan.numbers > 0 && argc - optind >= 2 ? -1 : usage();
}

static int
set_up(struct load *load, uint16_t port)
{
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	load->tellers = calloc((size_t)load->count, sizeof(*load->tellers));
	if (load->epoll < 0 || load->tellers == NULL) {
		perror("load");
		return 1;
	}
	buf_init(&load->path, 4096);
	for (int i = 0; i < load->count; i++) {
		struct client *client = &load->tellers[i].client;

		client->plan = &load->plan;
		client->seed = (unsigned)i + 1;
		http_init(&client->http, port);
	}
	return -1;
}

int
main(int argc, char **argv)
{
	struct load load = {
		.count = 1,
		.seconds = 5000 * MS,
		.pause = MS,
		.plan = { .path = "/", .numbers = 1, .body = "{}",
			.status = "done" },
	};
	int status = read_options(&load, argc, argv);

	if (status >= 0)
		return status;
	load.story = story_find(argv[optind + 1]);
	if (load.story == NULL)
		return usage();
	if (argc - optind > 2)
		load.plan.path = argv[optind + 2];
	status = set_up(&load, (uint16_t)strtol(argv[optind], NULL, 10));
	if (status >= 0)
		return status;
	run(&load);
	report(&load);
	for (int i = 0; i < load.count; i++)
		http_close(&load.tellers[i].client.http);
	sample_free(&load.sample);
	buf_free(&load.path);
	free(load.tellers);
	if (load.plan.acknowledged != NULL)
		fclose(load.plan.acknowledged);
	return 0;
}
