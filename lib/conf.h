/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration files in YAML, and the only door to libyaml. A file becomes
 * a tree of nodes that know where they stand, so that every complaint reads
 *
 *	config.yaml:12: llm.models.fast.provider: unknown provider "x"
 *
 * Reading never stops at the first mistake: complaints are appended to a
 * buffer, a getter that complained returns its default, and the buffer is
 * looked at once, at the end.
 *
 *	struct conf_file *file = NULL;
 *	struct buf errors;
 *	const struct conf *root, *models, *model;
 *
 *	buf_init(&errors, 64 * 1024);
 *	rc = conf_open(path, &file, &errors);
 *	if (rc != OK)
 *		goto out;
 *	root = conf_root(file);
 *	limit = conf_int(root, "max_sessions", 8, 1, 1000, &errors);
 *	models = conf_map(root, "models", &errors);
 *	for (model = conf_first(models); model != NULL; model = model->next)
 *		name = conf_str(model, "name", "", &errors);
 *	if (errors.len > 0 || errors.rc != OK)
 *		rc = E_INVALID;
 * out:
 *	fputs(buf_str(&errors), stderr);
 *	conf_close(file);
 *
 * Refused: more than one document, aliases, tags, duplicate keys, keys that
 * are no scalars, and what is over the limits below.
 */
#ifndef LIB_CONF_H
#define LIB_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct conf_file;

enum {
	CONF_FILE_MAX = 1024 * 1024,		/* bytes */
	CONF_TEXT_MAX = 4 * 1024 * 1024,	/* of all texts */
	CONF_KEY_MAX = 256,			/* bytes */
	CONF_DEPTH_MAX = 32,
	CONF_NODES_MAX = 50000,
};

enum conf_kind { CONF_SCALAR, CONF_LIST, CONF_MAP };

struct conf {
	enum conf_kind kind;
	bool plain;		/* a scalar without quotes or ${NAME} in it */
	int line;		/* from 1 */
	const char *key;	/* in the parent map; else NULL */
	const char *text;	/* of a scalar, after ${NAME}; else NULL */
	const char *path;	/* of the file, as it was opened */
	struct conf *parent, *first, *next;
};

/*
 * conf_open reads the file at path (kept in messages as given). In every
 * scalar that is not a key ${NAME} (upper case, digits and _) becomes the
 * environment's value, but for that of an api_key and those in headers and
 * in env, which stay. OK: *file has a tree, which the caller ends with
 * conf_close; an unset variable or a duplicate key is a complaint in errors
 * all the same. Else *file is NULL and errors says why: E_NOTFOUND, E_IO,
 * E_TOOBIG (a limit), E_INVALID (no YAML, or refused) or E_NOMEM.
 */
int conf_open(const char *path, struct conf_file **file, struct buf *errors);

/* conf_close frees the tree with all its texts; accepts NULL. */
void conf_close(struct conf_file *file);

/* conf_root is the top node, never NULL; an empty file is an empty map. */
const struct conf *conf_root(const struct conf_file *file);

/*
 * conf_error appends "FILE:LINE: KEY: message\n" to errors, conf_warn
 * "FILE:LINE: warning: KEY: message\n" to warnings. KEY is the dotted path
 * to node: "mcp.servers[2].name"; the root has none.
 */
void conf_error(const struct conf *node, struct buf *errors,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
void conf_warn(const struct conf *node, struct buf *warnings,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* conf_is_null: absent, or a plain null, ~ or nothing. */
bool conf_is_null(const struct conf *node);

/* conf_first: the first child, NULL if there is none or node is NULL. */
const struct conf *conf_first(const struct conf *node);

/* conf_expect: is node of this kind? Anything else is a complaint. */
bool conf_expect(const struct conf *node, enum conf_kind kind,
    struct buf *errors);

/* conf_text: what a node says, for items of a list; NULL: a complaint. */
const char *conf_text(const struct conf *node, struct buf *errors);

/*
 * The getters below take a map, or NULL for one that is not there. A member
 * that is absent or null gives the default, silently; one of a wrong kind
 * or out of range gives the default and a complaint.
 */

/* conf_get: the member as it stands, null included; NULL: absent. */
const struct conf *conf_get(const struct conf *map, const char *key);

/* conf_require: the member; absent or null is a complaint, and NULL. */
const struct conf *conf_require(const struct conf *map, const char *key,
    struct buf *errors);

/* conf_list, conf_map: the list or map of that name, or NULL. */
const struct conf *conf_list(const struct conf *map, const char *key,
    struct buf *errors);
const struct conf *conf_map(const struct conf *map, const char *key,
    struct buf *errors);

/* conf_str: a text, owned by the tree; a plain number or bool is none. */
const char *conf_str(const struct conf *map, const char *key,
    const char *missing, struct buf *errors);

/*
 * conf_int, conf_num: a number, quoted or not, from min to max. conf_ms: a
 * time in milliseconds, written in seconds (30, 0.5) or with a unit (500ms,
 * 30s, 5m, 2h, 7d); min, max and missing are milliseconds.
 */
int64_t conf_int(const struct conf *map, const char *key, int64_t missing,
    int64_t min, int64_t max, struct buf *errors);
double conf_num(const struct conf *map, const char *key, double missing,
    double min, double max, struct buf *errors);
int64_t conf_ms(const struct conf *map, const char *key, int64_t missing,
    int64_t min, int64_t max, struct buf *errors);

/* conf_bool: true, false, yes, no, on or off, in any case. */
bool conf_bool(const struct conf *map, const char *key, bool missing,
    struct buf *errors);

/* conf_choice: the index of the text in words, which NULL ends. */
int conf_choice(const struct conf *map, const char *key,
    const char *const *words, int missing, struct buf *errors);

/*
 * conf_strict complains about each key of map that is not in keys, which
 * NULL ends; conf_lenient warns about it.
 */
void conf_strict(const struct conf *map, const char *const *keys,
    struct buf *errors);
void conf_lenient(const struct conf *map, const char *const *keys,
    struct buf *warnings);

/*
 * conf_to_json appends node as JSON text; NULL as null. Plain scalars are
 * resolved by the core schema of YAML 1.2; numbers keep every digit. What
 * JSON has no number for (.inf, 1e999) stays a string. Returns out->rc.
 */
int conf_to_json(const struct conf *node, struct buf *out);

#endif
