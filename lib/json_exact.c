/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers with their digits: cJSON keeps none, so the text is read once more
 * beside the tree, in which numbers come in the same order.
 */
#include "lib/json.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

/* Behind the string that begins at text. */
static const char *
skip_string(const char *text)
{
	for (text++; *text != '"'; text++)
		if (*text == '\\')
			text++;
	return text + 1;
}

/* The next number at or behind text, or NULL. */
static const char *
find_number(const char *text, const char *end)
{
	while (text < end && strchr("-0123456789", *text) == NULL)
		text = *text == '"' ? skip_string(text) : text + 1;
	return text < end ? text : NULL;
}

/* cJSON_Delete frees the valuestring of whatever has one, as its own. */
static bool
keep_digits(cJSON *number, const char *text, const char *end)
{
	size_t len = 0;
	char *digits;

	while (text + len < end && strchr("-+.0123456789eE", text[len]))
		len++;
	digits = malloc(len + 1);
	if (digits == NULL)
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	number->valuestring = digits;
	return true;
}

/* As deep as JSON_DEPTH_MAX. Returns where it came to, or NULL: no memory. */
static const char *
walk(cJSON *item, const char *text, const char *end)
{
	if (cJSON_IsNumber(item)) {
		text = find_number(text, end);
		if (text == NULL || !keep_digits(item, text, end))
			return NULL;
		return text + strlen(item->valuestring);
	}
	for (item = item->child; item != NULL && text != NULL;
	    item = item->next)
		text = walk(item, text, end);
	return text;
}

struct json *
json_parse_exact(const char *text, size_t len, struct json_error *error)
{
	struct json *root = json_parse(text, len, error);

	if (root == NULL || walk((cJSON *)root, text, text + len) != NULL)
		return root;
	json_free(root);
	if (error != NULL)
		*error = (struct json_error){
			.rc = E_NOMEM,
			.message = err_text(E_NOMEM),
		};
	return NULL;
}

const char *
json_digits(const struct json *number)
{
	const cJSON *item = (const cJSON *)number;

	return cJSON_IsNumber(item) ? item->valuestring : NULL;
}
