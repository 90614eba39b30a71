/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/utf8.h"

/* Everything of a file is freed at once, so it only has to be in a list. */
struct block {
	struct block *next;
	max_align_t data[];
};

struct conf_file {
	struct conf *root;
	struct block *blocks;
};

/* Errors stick: after the first that leaves no tree, rc stops all. */
struct reader {
	yaml_parser_t yaml;
	struct conf_file *file;
	const char *path;
	const struct buf *source;
	struct buf *errors;
	yaml_mark_t at;		/* where the current event starts */
	size_t text_size;
	int nodes, depth;
	int rc;
};

static void read_value(struct reader *r, struct conf *node,
    yaml_event_t *event);

static void *
fail(struct reader *r, int rc, const char *message)
{
	r->rc = rc;
	buf_addf(r->errors, "%s:%zu: %s\n", r->path, r->at.line + 1, message);
	return NULL;
}

/* All memory of a tree comes from here, zeroed. */
static void *
take(struct reader *r, size_t size)
{
	struct block *b = calloc(1, sizeof(*b) + size);

	if (b == NULL)
		return fail(r, E_NOMEM, err_text(E_NOMEM));
	b->next = r->file->blocks;
	r->file->blocks = b;
	return b->data;
}

static char *
take_text(struct reader *r, const char *text, size_t len)
{
	char *copy;

	if (len > CONF_TEXT_MAX - r->text_size)
		return fail(r, E_TOOBIG, "too much text");
	r->text_size += len;
	copy = take(r, len + 1);
	if (copy != NULL)
		memcpy(copy, text, len);
	return copy;
}

static struct conf *
take_node(struct reader *r, struct conf *parent, struct conf *before)
{
	struct conf *node;

	if (r->nodes == CONF_NODES_MAX)
		return fail(r, E_TOOBIG, "too many values");
	node = take(r, sizeof(*node));
	if (node == NULL)
		return NULL;
	r->nodes++;
	node->path = r->path;
	node->line = (int)r->at.line + 1;
	node->parent = parent;
	if (before != NULL)
		before->next = node;
	else if (parent != NULL)
		parent->first = node;
	return node;
}

/* libyaml gives no line for bytes that it cannot read at all. */
static void
fail_yaml(struct reader *r)
{
	size_t i;

	if (r->yaml.error == YAML_MEMORY_ERROR) {
		fail(r, E_NOMEM, err_text(E_NOMEM));
		return;
	}
	r->at = r->yaml.problem_mark;
	if (r->yaml.error == YAML_READER_ERROR)
		for (i = r->at.line = 0; i < r->yaml.problem_offset &&
		    i < r->source->len; i++)
			r->at.line += r->source->data[i] == '\n';
	fail(r, E_INVALID, r->yaml.problem);
}

/* The caller deletes the event if this returns true. */
static bool
next_event(struct reader *r, yaml_event_t *event)
{
	if (r->rc != OK)
		return false;
	if (!yaml_parser_parse(&r->yaml, event)) {
		fail_yaml(r);
		return false;
	}
	r->at = event->start_mark;
	return true;
}

static void
add_variable(struct reader *r, const struct conf *node, const char *name,
    struct buf *out)
{
	const char *value = getenv(name);

	if (value == NULL)
		conf_error(node, r->errors, "variable \"%s\" is not set", name);
	else if (!utf8_valid(value, strlen(value)))
		conf_error(node, r->errors, "variable \"%s\" is not UTF-8",
		    name);
	else
		buf_adds(out, value);
}

/* Appends text to out with each ${NAME} replaced; it is ours to cut up. */
static void
expand(struct reader *r, struct conf *node, char *text, struct buf *out)
{
	static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	char *start, *end;

	while ((start = strstr(text, "${")) != NULL) {
		start += 2;
		end = start + strspn(start, name);
		if (end == start || *end != '}') {
			buf_add(out, text, (size_t)(start - text));
			text = start;
			continue;
		}
		buf_add(out, text, (size_t)(start - text) - 2);
		*end = '\0';
		add_variable(r, node, start, out);
		text = end + 1;
		node->plain = false;
	}
	buf_adds(out, text);
}

static bool
is_called(const struct conf *node, const char *key)
{
	return node->key != NULL && strcmp(node->key, key) == 0;
}

/* Secrets stay as they are written: whoever uses one looks it up. */
static bool
is_secret(const struct conf *node)
{
	return is_called(node, "api_key") || (node->parent != NULL &&
	    (is_called(node->parent, "headers") ||
		is_called(node->parent, "env")));
}

static void
read_scalar(struct reader *r, struct conf *node, yaml_event_t *event)
{
	char *text = (char *)event->data.scalar.value;
	struct buf expanded;

	if (strlen(text) != event->data.scalar.length) {
		fail(r, E_INVALID, "NUL character");
		return;
	}
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	buf_init(&expanded, CONF_TEXT_MAX);
	if (is_secret(node))
		buf_adds(&expanded, text);
	else
		expand(r, node, text, &expanded);
	if (expanded.rc != OK)
		fail(r, expanded.rc, err_text(expanded.rc));
	else
		node->text = take_text(r, buf_str(&expanded), expanded.len);
	buf_free(&expanded);
}

static void
read_list(struct reader *r, struct conf *list)
{
	struct conf *item = NULL;
	yaml_event_t event;

	while (next_event(r, &event)) {
		if (event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&event);
			return;
		}
		item = take_node(r, list, item);
		read_value(r, item, &event);
	}
}

static const char *
read_key(struct reader *r, yaml_event_t *event)
{
	const char *text;
	size_t len;

	if (event->type != YAML_SCALAR_EVENT)
		return fail(r, E_INVALID, "a key must be a single value");
	text = (const char *)event->data.scalar.value;
	len = event->data.scalar.length;
	if (strlen(text) != len)
		return fail(r, E_INVALID, "NUL character");
	if (len > CONF_KEY_MAX)
		return fail(r, E_TOOBIG, "key too long");
	return take_text(r, text, len);
}

static int
key_order(const void *left, const void *right)
{
	const struct conf *const *a = left, *const *b = right;
	int order = strcmp((*a)->key, (*b)->key);

	return order != 0 ? order : (*a)->line - (*b)->line;
}

/* Sorted, so that a file of nothing but keys is no slower than others. */
static void
check_keys(struct reader *r, const struct conf *map, size_t count)
{
	const struct conf **sorted, *child;
	size_t n = 0, i;

	if (count < 2)
		return;
	sorted = malloc(count * sizeof(*sorted));
	if (sorted == NULL) {
		fail(r, E_NOMEM, err_text(E_NOMEM));
		return;
	}
	for (child = map->first; child != NULL; child = child->next)
		sorted[n++] = child;
	qsort(sorted, n, sizeof(*sorted), key_order);
	for (i = 1; i < n; i++)
		if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0)
			conf_error(sorted[i], r->errors,
			    "duplicate key, also on line %d",
			    sorted[i - 1]->line);
	free(sorted);
}

static void
read_map(struct reader *r, struct conf *map)
{
	struct conf *member = NULL;
	yaml_event_t event;
	size_t count;

	for (count = 0; next_event(r, &event); count++) {
		if (event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			check_keys(r, map, count);
			return;
		}
		member = take_node(r, map, member);
		if (member != NULL)
			member->key = read_key(r, &event);
		yaml_event_delete(&event);
		if (next_event(r, &event))
			read_value(r, member, &event);
	}
}

static const yaml_char_t *
tag_of(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.tag;
	default:
		return NULL;
	}
}

/* Reads the value that starts with event, and deletes the event. */
static void
read_value(struct reader *r, struct conf *node, yaml_event_t *event)
{
	r->depth++;
	if (r->rc != OK) {
		/* There is no node: take_node said why. */
	} else if (event->type == YAML_ALIAS_EVENT) {
		fail(r, E_INVALID, "aliases are not supported");
	} else if (tag_of(event) != NULL) {
		fail(r, E_INVALID, "tags are not supported");
	} else if (event->type == YAML_SCALAR_EVENT) {
		node->kind = CONF_SCALAR;
		read_scalar(r, node, event);
	} else if (r->depth > CONF_DEPTH_MAX) {
		fail(r, E_TOOBIG, "nested too deep");
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		node->kind = CONF_LIST;
		read_list(r, node);
	} else {
		node->kind = CONF_MAP;
		read_map(r, node);
	}
	yaml_event_delete(event);
	r->depth--;
}

/* A file with nothing in it leaves the root as it starts, an empty map. */
static void
read_stream(struct reader *r)
{
	bool seen = false;
	yaml_event_t event;

	r->file->root = take_node(r, NULL, NULL);
	if (r->file->root != NULL)
		r->file->root->kind = CONF_MAP;
	while (next_event(r, &event)) {
		switch (event.type) {
		case YAML_STREAM_END_EVENT:
			yaml_event_delete(&event);
			return;
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			yaml_event_delete(&event);
			break;
		case YAML_DOCUMENT_START_EVENT:
			if (seen)
				fail(r, E_INVALID, "more than one document");
			seen = true;
			yaml_event_delete(&event);
			break;
		default:
			read_value(r, r->file->root, &event);
		}
	}
}

static void
read_tree(struct reader *r, const char *path)
{
	r->file = calloc(1, sizeof(*r->file));
	if (r->file == NULL || !yaml_parser_initialize(&r->yaml)) {
		r->rc = E_NOMEM;
		buf_addf(r->errors, "%s: %s\n", path, err_text(E_NOMEM));
		return;
	}
	yaml_parser_set_encoding(&r->yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r->yaml,
	    (const unsigned char *)r->source->data, r->source->len);
	r->path = path;
	r->path = take_text(r, path, strlen(path));
	if (r->path != NULL)
		read_stream(r);
	yaml_parser_delete(&r->yaml);
}

static int
read_all(int fd, struct buf *source)
{
	char part[16 * 1024];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return E_IO;
		if (buf_add(source, part, (size_t)n) != OK)
			return source->rc;
	}
	return buf_adds(source, "");
}

static int
read_source(const char *path, struct buf *source, struct buf *errors)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int rc = E_IO;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		if (S_ISREG(st.st_mode))
			rc = read_all(fd, source);
		else
			errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	} else if (errno == ENOENT) {
		rc = E_NOTFOUND;
	}
	if (rc == E_IO || rc == E_NOTFOUND)
		buf_addf(errors, "%s: cannot be read: %s\n", path,
		    strerror(errno));
	else if (rc != OK)
		buf_addf(errors, "%s: %s\n", path, err_text(rc));
	if (fd >= 0)
		close(fd);
	return rc;
}

int
conf_open(const char *path, struct conf_file **file, struct buf *errors)
{
	struct buf source;
	struct reader r = { .source = &source, .errors = errors };

	buf_init(&source, CONF_FILE_MAX);
	r.rc = read_source(path, &source, errors);
	if (r.rc == OK)
		read_tree(&r, path);
	buf_free(&source);
	if (r.rc != OK) {
		conf_close(r.file);
		r.file = NULL;
	}
	*file = r.file;
	return r.rc;
}

void
conf_close(struct conf_file *file)
{
	struct block *next;

	if (file == NULL)
		return;
	while (file->blocks != NULL) {
		next = file->blocks->next;
		free(file->blocks);
		file->blocks = next;
	}
	free(file);
}

const struct conf *
conf_root(const struct conf_file *file)
{
	return file->root;
}
