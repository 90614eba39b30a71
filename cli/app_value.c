/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/err.h"

const char *
app_text(struct app *app, const struct conf *map, const char *key)
{
	const struct conf *node = conf_require(map, key, &app->errors);
	const char *text;

	text = node != NULL ? conf_text(node, &app->errors) : NULL;
	if (text == NULL || *text != '\0')
		return text;
	conf_error(node, &app->errors, "must not be empty");
	return NULL;
}

const struct conf *
app_texts(struct app *app, const struct conf *map, const char *key)
{
	const struct conf *list = conf_list(map, key, &app->errors), *item;
	bool good = list != NULL;

	for (item = conf_first(list); item != NULL; item = item->next)
		if (conf_text(item, &app->errors) == NULL)
			good = false;
	return good ? list : NULL;
}

bool
app_has_text(const struct conf *list, const char *text)
{
	const struct conf *item;

	for (item = conf_first(list); item != NULL; item = item->next)
		if (item->text != NULL && strcmp(item->text, text) == 0)
			return true;
	return false;
}

void
app_check_environments(struct app *app, const struct conf *list)
{
	const struct conf *known, *item;

	known = conf_get(app->root, "environments");
	for (item = conf_first(list); item != NULL; item = item->next)
		if (conf_first(known) != NULL &&
		    !app_has_text(known, item->text))
			conf_warn(item, &app->warnings, "\"%s\" is not in "
			    "\"environments\"", item->text);
}

void
app_refuse_python(struct app *app, const struct conf *map, const char *key,
    const char *instead)
{
	const struct conf *node = conf_get(map, key);

	if (conf_is_null(node) || !conf_expect(node, CONF_SCALAR, &app->errors))
		return;
	conf_error(node, &app->errors, "\"%s\" is Python code, which is not "
	    "run; %s", node->text, instead);
}

void
app_check_plain(struct app *app, const struct conf *map,
    const char *const *keys)
{
	const struct conf *node;
	struct buf json;

	for (; *keys != NULL; keys++) {
		node = conf_get(map, *keys);
		if (node == NULL || node->kind != CONF_SCALAR)
			continue;
		buf_init(&json, APP_JSON_MAX);
		conf_to_json(node, &json);
		if (json.rc != OK)
			app->errors.rc = E_NOMEM;
		else if (*json.data == '"')
			conf_error(node, &app->errors, "must be a plain number "
			    "or true or false, without quotes");
		buf_free(&json);
	}
}

static bool
is_in(char c, const char *set)
{
	for (; *set != '\0'; set++) {
		if (set[1] == '-' && set[2] != '\0') {
			if (c >= set[0] && c <= set[2])
				return true;
			set += 2;
		} else if (c == *set) {
			return true;
		}
	}
	return false;
}

bool
app_is_word(const char *text, const char *first, const char *rest, size_t max)
{
	if (!is_in(*text, first) || *text == '\0' || strlen(text) > max)
		return false;
	while (*++text != '\0')
		if (!is_in(*text, rest))
			return false;
	return true;
}

/* Reads a number or a three-letter name; NULL: it is neither. */
static const char *
cron_value(const char *text, const char *names, int min, int max, int *value)
{
	char *end;

	if (*text >= '0' && *text <= '9') {
		*value = (int)strtol(text, &end, 10);
		return *value >= min && *value <= max && end - text <= 2 ?
		    end : NULL;
	}
	for (int i = 0; names[3 * i] != '\0'; i++)
		if (strncasecmp(text, names + 3 * i, 3) == 0) {
			*value = i + min;
			return text + 3;
		}
	return NULL;
}

/* One of a field's parts: *, 3, 1-5, each with a step as in 1-5/2 or not. */
static const char *
cron_part(const char *text, const char *names, int min, int max)
{
	int low, high;

	if (*text == '*') {
		text++;
	} else {
		text = cron_value(text, names, min, max, &low);
		if (text == NULL)
			return NULL;
		if (*text == '-') {
			text = cron_value(text + 1, names, min, max, &high);
			if (text == NULL || high < low)
				return NULL;
		}
	}
	return *text == '/' ? cron_value(text + 1, "", 1, max, &low) : text;
}

bool
app_is_cron(const char *text)
{
	static const struct { int min, max; const char *names; } field[] = {
		{ 0, 59, "" }, { 0, 23, "" }, { 1, 31, "" },
		{ 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec" },
		{ 0, 7, "sunmontuewedthufrisat" },
	};

	text += strspn(text, " ");
	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		do {
			text = cron_part(text, field[i].names, field[i].min,
			    field[i].max);
			if (text == NULL)
				return false;
		} while (*text == ',' && *++text != '\0');
		if (*text != ' ' && *text != '\0')
			return false;
		text += strspn(text, " ");
	}
	return *text == '\0';
}
