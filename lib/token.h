/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets that stand for somebody: bearer tokens, and the cookies of the
 * page. As text both are PREFIX ID "_" SECRET, "ght_12_" and 43 characters of
 * base64url: the id finds the row and may be told to anybody, the secret is
 * 256 random bits, and only its hash (BLAKE2b) is ever stored.
 *
 *	char secret[TOKEN_SECRET_SIZE], hash[TOKEN_HASH_SIZE];
 *	struct token token;
 *
 *	token_mint(secret);
 *	token_hash(secret, hash);
 *	... store hash in row 12; hand out "ght_12_" and the secret ...
 *
 *	if (token_parse(text, strlen(text), TOKEN_BEARER, &token)) {
 *		... find the hash of row token.id ...
 *		token_hash(token.secret, hash);
 *		known = token_same(hash, stored);
 *	}
 */
#ifndef LIB_TOKEN_H
#define LIB_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKEN_BEARER "ght_"
#define TOKEN_LOGIN "ghl_"	/* of the page's cookie */
#define TOKEN_COOKIE "gatehouse"	/* the cookie's name */

enum {
	TOKEN_SECRET_SIZE = 44,	/* 43 characters and a NUL */
	TOKEN_HASH_SIZE = 65,	/* 64 hexadecimal digits and a NUL */
	TOKEN_TEXT_SIZE = 72,	/* prefix, 18 digits, "_", secret, NUL */
};

struct token {
	int64_t id;			/* 1 or more */
	char secret[TOKEN_SECRET_SIZE];
};

/* token_mint makes a new secret. */
void token_mint(char secret[TOKEN_SECRET_SIZE]);

/* token_print writes what the owner of a secret keeps. */
void token_print(const char *prefix, const struct token *token,
    char text[TOKEN_TEXT_SIZE]);

/* token_hash writes 64 lower-case hexadecimal digits and a NUL. */
void token_hash(const char secret[TOKEN_SECRET_SIZE],
    char hash[TOKEN_HASH_SIZE]);

/*
 * token_same compares two hashes in a time that does not depend on where they
 * differ. False, if stored is not as long as a hash is.
 */
bool token_same(const char hash[TOKEN_HASH_SIZE], const char *stored);

/* token_parse takes text apart; false: it is not of this form. */
bool token_parse(const char *text, size_t len, const char *prefix,
    struct token *token);

/*
 * token_bearer finds the token in an Authorization header (RFC 6750, 2.1).
 * Borrowed; NULL: another scheme, or header is NULL.
 */
const char *token_bearer(const char *header, size_t *len);

/*
 * token_cookie finds the value of our cookie in a Cookie header (RFC 6265,
 * 4.2.1). Borrowed; NULL: it is not there, or more than once, which somebody
 * else must have brought about; or header is NULL.
 */
const char *token_cookie(const char *header, size_t *len);

#endif
