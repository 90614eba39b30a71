/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/envelope_text.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/utf8.h"
#include "runner/envelope.h"

static const char blanks[] = " \t\r\n";

/* Part of a text. */
struct span {
	const char *at;		/* NULL: there is none */
	size_t len;
};

enum section { RESPONSE, CONFIDENCE, SIGNAL, SECTIONS, OTHER = SECTIONS };

static const char *const section_names[SECTIONS] = {
	"response", "confidence", "signal"
};

static struct span
trim(struct span s)
{
	while (s.len > 0 && strchr(blanks, s.at[s.len - 1]) != NULL)
		s.len--;
	while (s.len > 0 && strchr(blanks, *s.at) != NULL) {
		s.at++;
		s.len--;
	}
	return s;
}

void
envelope_text_word(char *word, const char *text, size_t len)
{
	static const char *const nothing[] = { "none", "null", "n/a" };
	struct span s = trim((struct span){ text, len });
	const char *end = memchr(s.at, '\n', s.len);

	if (end != NULL)
		s = trim((struct span){ s.at, (size_t)(end - s.at) });
	s.len = utf8_cut(s.at, s.len, ENVELOPE_SIGNAL_MAX);
	s = trim(s);
	for (size_t i = 0; i < s.len; i++)
		word[i] = (char)tolower((unsigned char)s.at[i]);
	word[s.len] = '\0';
	for (size_t i = 0; i < sizeof(nothing) / sizeof(*nothing); i++)
		if (strcmp(word, nothing[i]) == 0)
			*word = '\0';
}

/* ---- JSON ---- */

static bool
is_text(const struct json *value)
{
	const char *text = json_string(value);

	return text != NULL && text[strspn(text, blanks)] != '\0';
}

/* Is member one of an envelope, with a value that fits? */
static bool
is_member(const struct json *member)
{
	const char *key = json_key(member);
	double confidence = json_number(member, -1);

	if (strcmp(key, "content") == 0 ||
	    strcmp(key, "confidence_rationale") == 0)
		return is_text(member);
	if (strcmp(key, "confidence") == 0)
		return confidence >= 0 && confidence <= 1;
	return strcmp(key, "signal") == 0 &&
	    (json_string(member) != NULL || json_kind(member) == JSON_NULL);
}

static bool
fill_from_json(struct envelope *e, const struct json *body)
{
	const struct json *content = json_get(body, "content");
	const struct json *rationale = json_get(body, "confidence_rationale");
	const struct json *confidence = json_get(body, "confidence");
	const char *signal = json_string(json_get(body, "signal"));
	const struct json *member;

	if (content == NULL || rationale == NULL || confidence == NULL)
		return false;
	for (member = json_first(body); member != NULL;
	    member = json_next(member))
		if (!is_member(member))
			return false;
	buf_adds(&e->content, json_string(content));
	buf_adds(&e->rationale, json_string(rationale));
	e->confidence = json_number(confidence, 0);
	if (signal != NULL)
		envelope_text_word(e->signal, signal, strlen(signal));
	return true;
}

bool
envelope_text_json(struct envelope *e, const char *text)
{
	struct span s = trim((struct span){ text, strlen(text) });
	struct json_error error;
	struct json *body;
	bool fits;

	if (s.len == 0 || *s.at != '{')
		return false;
	body = json_parse(s.at, s.len, &error);
	if (body == NULL && error.rc == E_NOMEM)
		e->content.rc = E_NOMEM;
	fits = fill_from_json(e, body);
	json_free(body);
	return fits;
}

/* ---- markdown ---- */

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80) != 0;
}

/* The word of a heading `## Word` of any level from two; else none. */
static struct span
heading_word(struct span line)
{
	static const struct span none = { NULL, 0 };
	size_t level = 0;

	line = trim(line);
	while (level < line.len && line.at[level] == '#')
		level++;
	if (level < 2)
		return none;
	line = trim((struct span){ line.at + level, line.len - level });
	for (size_t i = 0; i < line.len; i++)
		if (!is_word(line.at[i]))
			return none;
	return line.len > 0 ? line : none;
}

static enum section
section_of(struct span word)
{
	enum section s = RESPONSE;

	while (s < SECTIONS && (strlen(section_names[s]) != word.len ||
	    strncasecmp(section_names[s], word.at, word.len) != 0))
		s++;
	return s;
}

static struct span
line_at(const char *text)
{
	return (struct span){ text, strcspn(text, "\n") };
}

static const char *
after(struct span line)
{
	return line.at + line.len + (line.at[line.len] == '\n');
}

/* How many backticks make the line a fence: three or more, else 0. */
static size_t
fence(struct span line)
{
	size_t ticks = 0;

	line = trim(line);
	while (ticks < line.len && line.at[ticks] == '`')
		ticks++;
	if (ticks < 3 || memchr(line.at + ticks, '`', line.len - ticks))
		return 0;
	return ticks;
}

/* Returns what follows the code block that opens here; NULL: never closed. */
static const char *
after_code(struct span open)
{
	size_t ticks = fence(open), found;
	struct span line = open;

	while (*after(line) != '\0') {
		line = line_at(after(line));
		found = fence(line);
		if (found >= ticks && trim(line).len == found)
			return after(line);
	}
	return NULL;
}

/*
 * Cuts text at its headings of one word; what stands in a code block is no
 * heading. The first section of a name wins. A fence that is never closed is
 * no code block, and neither is any later one: the search for their ends
 * would cost the square of the length.
 */
static void
cut_sections(const char *text, struct span section[SECTIONS])
{
	enum section now = OTHER;
	bool fences = true;
	struct span line, word;
	const char *next;

	for (; *text != '\0'; text = next) {
		line = line_at(text);
		next = after(line);
		if (fences && fence(line) > 0) {
			next = after_code(line);
			fences = next != NULL;
			if (!fences)
				next = after(line);
		}
		word = heading_word(line);
		if (word.at != NULL) {
			now = section_of(word);
			if (now != OTHER && section[now].at != NULL)
				now = OTHER;
			if (now != OTHER)
				section[now].at = next;
		} else if (now != OTHER) {
			section[now].len = (size_t)(next - section[now].at);
		}
	}
}

/* How many bytes of a dash start the text: a hyphen, or U+2010 to U+2015. */
static size_t
dash(struct span s)
{
	if (s.len > 0 && *s.at == '-')
		return 1;
	return s.len > 2 && memcmp(s.at, "\xE2\x80", 2) == 0 &&
	    (unsigned char)s.at[2] >= 0x90 && (unsigned char)s.at[2] <= 0x95 ?
	    3 : 0;
}

/*
 * Reads `0.85 — why`. What follows the number at once may only be a blank or
 * a dash: 85% is no confidence of 1.
 */
static bool
read_confidence(struct span s, double *confidence, struct span *why)
{
	size_t digits = 0, dots = 0, i = *s.at == '-';

	for (; i < s.len && (isdigit((unsigned char)s.at[i]) ||
	    s.at[i] == '.'); i++)
		*(s.at[i] == '.' ? &dots : &digits) += 1;
	*why = (struct span){ s.at + i, s.len - i };
	if (digits == 0 || dots > 1 || (why->len > 0 &&
	    strchr(blanks, *why->at) == NULL && dash(*why) == 0))
		return false;
	*confidence = fmax(0, fmin(strtod(s.at, NULL), 1));
	*why = trim(*why);
	for (i = dash(*why); i > 0; i = dash(*why))
		*why = (struct span){ why->at + i, why->len - i };
	*why = trim(*why);
	return true;
}

bool
envelope_text_markdown(struct envelope *e, const char *text)
{
	struct span section[SECTIONS] = { 0 }, why;
	double confidence;

	cut_sections(text, section);
	for (enum section s = RESPONSE; s < SECTIONS; s++)
		section[s] = trim(section[s]);
	if (section[RESPONSE].len == 0 || section[CONFIDENCE].len == 0 ||
	    !read_confidence(section[CONFIDENCE], &confidence, &why))
		return false;
	if (why.len == 0)
		why = line_at("(no rationale provided)");
	buf_add(&e->content, section[RESPONSE].at, section[RESPONSE].len);
	buf_add(&e->rationale, why.at, why.len);
	e->confidence = confidence;
	if (section[SIGNAL].len > 0)
		envelope_text_word(e->signal, section[SIGNAL].at,
		    section[SIGNAL].len);
	return true;
}
