/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/token.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	SECRET_LEN = TOKEN_SECRET_SIZE - 1,
	SECRET_BYTES = 32,
	ID_DIGITS_MAX = 18,
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	"abcdefghijklmnopqrstuvwxyz0123456789-_";

void
token_mint(char secret[TOKEN_SECRET_SIZE])
{
	unsigned char bytes[SECRET_BYTES];

	/* Without randomness nothing here is safe. */
	if (sodium_init() < 0)
		abort();
	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2base64(secret, TOKEN_SECRET_SIZE, bytes, sizeof(bytes),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bytes, sizeof(bytes));
}

void
token_print(const char *prefix, const struct token *token,
    char text[TOKEN_TEXT_SIZE])
{
	snprintf(text, TOKEN_TEXT_SIZE, "%s%lld_%s", prefix,
	    (long long)token->id, token->secret);
}

void
token_hash(const char secret[TOKEN_SECRET_SIZE], char hash[TOKEN_HASH_SIZE])
{
	unsigned char digest[crypto_generichash_BYTES];

	crypto_generichash(digest, sizeof(digest),
	    (const unsigned char *)secret, SECRET_LEN, NULL, 0);
	sodium_bin2hex(hash, TOKEN_HASH_SIZE, digest, sizeof(digest));
}

bool
token_same(const char hash[TOKEN_HASH_SIZE], const char *stored)
{
	return strlen(stored) == TOKEN_HASH_SIZE - 1 &&
	    sodium_memcmp(hash, stored, TOKEN_HASH_SIZE - 1) == 0;
}

bool
token_parse(const char *text, size_t len, const char *prefix,
    struct token *token)
{
	size_t prefix_len = strlen(prefix), digits;

	if (len < prefix_len || memcmp(text, prefix, prefix_len) != 0)
		return false;
	text += prefix_len;
	len -= prefix_len;
	token->id = 0;
	for (digits = 0; digits < len && digits < ID_DIGITS_MAX &&
	    text[digits] >= '0' && text[digits] <= '9'; digits++)
		token->id = 10 * token->id + (text[digits] - '0');
	/* One way to write an id: a row has one name. */
	if (digits == 0 || text[0] == '0' || len != digits + 1 + SECRET_LEN ||
	    text[digits] != '_')
		return false;
	memcpy(token->secret, text + digits + 1, SECRET_LEN);
	token->secret[SECRET_LEN] = '\0';
	return strspn(token->secret, alphabet) == SECRET_LEN;
}

const char *
token_bearer(const char *header, size_t *len)
{
	static const char scheme[] = "Bearer";
	size_t skip = sizeof(scheme) - 1;

	if (header == NULL || strncasecmp(header, scheme, skip) != 0 ||
	    (header[skip] != ' ' && header[skip] != '\0'))
		return NULL;
	header += skip;
	header += strspn(header, " ");
	*len = strlen(header);
	return header;
}

const char *
token_cookie(const char *header, size_t *len)
{
	const size_t name_len = sizeof(TOKEN_COOKIE) - 1;
	const char *found = NULL;

	while (header != NULL && *header != '\0') {
		size_t pair = strcspn(header, ";");

		if (pair > name_len && header[name_len] == '=' &&
		    memcmp(header, TOKEN_COOKIE, name_len) == 0) {
			if (found != NULL)
				return NULL;
			found = header + name_len + 1;
			*len = pair - name_len - 1;
		}
		header += pair;
		header += strspn(header, "; \t");
	}
	return found;
}
