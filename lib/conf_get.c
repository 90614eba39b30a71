/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/conf_scalar.h"
#include "lib/utf8.h"

enum { FOUND_MAX = 64 };	/* bytes of a text shown in a message */

static const char *const kind_word[] = {
	[CONF_SCALAR] = "a single value",
	[CONF_LIST] = "a list",
	[CONF_MAP] = "a map",
};

static const char *const type_word[] = {
	[CONF_NULL] = "nothing",
	[CONF_BOOL] = "true or false",
	[CONF_NUMBER] = "a number",
	[CONF_STRING] = "a text",
};

/* How much of a text to show: a part, cut between two characters. */
static int
shown(const char *text)
{
	return (int)utf8_cut(text, strlen(text), FOUND_MAX);
}

bool
conf_is_null(const struct conf *node)
{
	return node == NULL || (node->kind == CONF_SCALAR &&
	    conf_scalar_type(node) == CONF_NULL);
}

const struct conf *
conf_first(const struct conf *node)
{
	return node != NULL ? node->first : NULL;
}

bool
conf_expect(const struct conf *node, enum conf_kind kind,
    struct buf *errors)
{
	if (node->kind == kind)
		return true;
	conf_error(node, errors, "expected %s, found %s", kind_word[kind],
	    kind_word[node->kind]);
	return false;
}

const char *
conf_text(const struct conf *node, struct buf *errors)
{
	enum conf_type type;

	if (!conf_expect(node, CONF_SCALAR, errors))
		return NULL;
	type = conf_scalar_type(node);
	if (type == CONF_STRING)
		return node->text;
	conf_error(node, errors, "expected a text, found %s; quote it",
	    type_word[type]);
	return NULL;
}

const struct conf *
conf_get(const struct conf *map, const char *key)
{
	const struct conf *child;

	if (map == NULL || map->kind != CONF_MAP)
		return NULL;
	for (child = map->first; child != NULL; child = child->next)
		if (strcmp(child->key, key) == 0)
			return child;
	return NULL;
}

const struct conf *
conf_require(const struct conf *map, const char *key, struct buf *errors)
{
	const struct conf *node = conf_get(map, key);

	if (!conf_is_null(node))
		return node;
	if (node != NULL)
		conf_error(node, errors, "must not be empty");
	else if (map != NULL)
		conf_error(map, errors, "\"%s\" is missing", key);
	return NULL;
}

/* The member of that kind; NULL: the default holds. */
static const struct conf *
member(const struct conf *map, const char *key, enum conf_kind kind,
    struct buf *errors)
{
	const struct conf *node = conf_get(map, key);

	if (conf_is_null(node) || !conf_expect(node, kind, errors))
		return NULL;
	return node;
}

const struct conf *
conf_list(const struct conf *map, const char *key, struct buf *errors)
{
	return member(map, key, CONF_LIST, errors);
}

const struct conf *
conf_map(const struct conf *map, const char *key, struct buf *errors)
{
	return member(map, key, CONF_MAP, errors);
}

const char *
conf_str(const struct conf *map, const char *key, const char *missing,
    struct buf *errors)
{
	const struct conf *node = member(map, key, CONF_SCALAR, errors);
	const char *text = node != NULL ? conf_text(node, errors) : NULL;

	return text != NULL ? text : missing;
}

int64_t
conf_int(const struct conf *map, const char *key, int64_t missing,
    int64_t min, int64_t max, struct buf *errors)
{
	const struct conf *node = member(map, key, CONF_SCALAR, errors);
	char text[CONF_NUMBER_SIZE], *end;
	long long number;

	if (node == NULL)
		return missing;
	if (conf_scalar_number(node->text, text)) {
		errno = 0;
		number = strtoll(text, &end, 10);
		if (*end == '\0' && errno == 0 && number >= min &&
		    number <= max)
			return number;
	}
	conf_error(node, errors, "expected a whole number from %lld to %lld, "
	    "found \"%.*s\"", (long long)min, (long long)max,
	    shown(node->text), node->text);
	return missing;
}

double
conf_num(const struct conf *map, const char *key, double missing,
    double min, double max, struct buf *errors)
{
	const struct conf *node = member(map, key, CONF_SCALAR, errors);
	char text[CONF_NUMBER_SIZE];
	double number;

	if (node == NULL)
		return missing;
	if (conf_scalar_number(node->text, text)) {
		number = strtod(text, NULL);
		if (number >= min && number <= max)
			return number;
	}
	conf_error(node, errors, "expected a number from %g to %g, "
	    "found \"%.*s\"", min, max, shown(node->text), node->text);
	return missing;
}

/* Reads "1.5h" as milliseconds. */
static bool
read_time(const char *text, double *ms)
{
	static const struct { char word[3]; double ms; } unit[] = {
		{ "", 1e3 }, { "ms", 1 }, { "s", 1e3 }, { "m", 60e3 },
		{ "h", 3600e3 }, { "d", 86400e3 },
	};
	size_t len = strcspn(text, "dhms"), i;
	char count[CONF_NUMBER_SIZE], number[CONF_NUMBER_SIZE];

	if (len >= sizeof(count))
		return false;
	snprintf(count, sizeof(count), "%.*s", (int)len, text);
	if (!conf_scalar_number(count, number))
		return false;
	for (i = 0; i < sizeof(unit) / sizeof(unit[0]); i++)
		if (strcmp(text + len, unit[i].word) == 0) {
			*ms = strtod(number, NULL) * unit[i].ms;
			return true;
		}
	return false;
}

int64_t
conf_ms(const struct conf *map, const char *key, int64_t missing,
    int64_t min, int64_t max, struct buf *errors)
{
	const struct conf *node = member(map, key, CONF_SCALAR, errors);
	double ms;

	if (node == NULL)
		return missing;
	if (read_time(node->text, &ms) && ms >= (double)min &&
	    ms <= (double)max)
		return (int64_t)(ms + 0.5);
	conf_error(node, errors, "expected a time from %g to %g seconds, "
	    "found \"%.*s\"", (double)min / 1e3, (double)max / 1e3,
	    shown(node->text), node->text);
	return missing;
}

bool
conf_bool(const struct conf *map, const char *key, bool missing,
    struct buf *errors)
{
	static const char *const words[] =
	    { "false", "true", "no", "yes", "off", "on" };
	const struct conf *node = member(map, key, CONF_SCALAR, errors);
	size_t i;

	if (node == NULL)
		return missing;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(node->text, words[i]) == 0)
			return i % 2 == 1;
	conf_error(node, errors, "expected true or false, found \"%.*s\"",
	    shown(node->text), node->text);
	return missing;
}

static void
complain_choice(const struct conf *node, const char *const *words,
    struct buf *errors)
{
	struct buf known;
	int i;

	buf_init(&known, 1024);
	for (i = 0; words[i] != NULL; i++)
		buf_addf(&known, "%s%s", i > 0 ? ", " : "", words[i]);
	conf_error(node, errors, "unknown \"%.*s\", expected one of: %s",
	    shown(node->text), node->text, buf_str(&known));
	buf_free(&known);
}

int
conf_choice(const struct conf *map, const char *key,
    const char *const *words, int missing, struct buf *errors)
{
	const char *text = conf_str(map, key, NULL, errors);
	int i;

	if (text == NULL)
		return missing;
	for (i = 0; words[i] != NULL; i++)
		if (strcmp(text, words[i]) == 0)
			return i;
	complain_choice(conf_get(map, key), words, errors);
	return missing;
}

static bool
is_known(const char *key, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		if (strcmp(key, *keys) == 0)
			return true;
	return false;
}

void
conf_strict(const struct conf *map, const char *const *keys,
    struct buf *errors)
{
	const struct conf *child;

	for (child = conf_first(map); child != NULL; child = child->next)
		if (child->key != NULL && !is_known(child->key, keys))
			conf_error(child, errors, "unknown key");
}

void
conf_lenient(const struct conf *map, const char *const *keys,
    struct buf *warnings)
{
	const struct conf *child;

	for (child = conf_first(map); child != NULL; child = child->next)
		if (child->key != NULL && !is_known(child->key, keys))
			conf_warn(child, warnings, "unknown key");
}
