/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What says who somebody is: a Cookie header, an Authorization header and
 * roles, the lines of the input. A token that is understood has one way to be
 * written; roles that were read are read again as the same.
 */
#include "t/fuzz/fuzz.h"

#include <string.h>

#include "lib/role.h"
#include "lib/token.h"

static void
check_token(const char *text, size_t len, const char *prefix)
{
	char again[TOKEN_TEXT_SIZE], hash[TOKEN_HASH_SIZE];
	struct token token;

	if (!token_parse(text, len, prefix, &token))
		return;
	fuzz_check(token.id > 0);
	fuzz_check(strlen(token.secret) == TOKEN_SECRET_SIZE - 1);
	token_print(prefix, &token, again);
	fuzz_check(strlen(again) == len && memcmp(again, text, len) == 0);
	token_hash(token.secret, hash);
	fuzz_check(token_same(hash, hash));
	fuzz_check(!token_same(hash, text));
}

static void
check_headers(const char *line)
{
	const char *found;
	size_t len = 0;

	found = token_cookie(line, &len);
	if (found != NULL) {
		fuzz_check(found > line && found[-1] == '=');
		fuzz_check(found + len <= line + strlen(line));
		fuzz_check(memchr(found, ';', len) == NULL);
		check_token(found, len, TOKEN_LOGIN);
	}
	found = token_bearer(line, &len);
	if (found != NULL) {
		fuzz_check(found + len == line + strlen(line));
		check_token(found, len, TOKEN_BEARER);
	}
}

static void
check_roles(const char *line)
{
	char roles[ROLES_TEXT_MAX], again[ROLES_TEXT_MAX];
	char app[ROLE_APP_MAX + 1];
	unsigned all = roles_anywhere(line), seen = 0;
	const char *at = line, *bad;
	enum role role;

	fuzz_check((roles_everywhere(line) & ~all) == 0);
	while ((at = roles_next(at, &role, app)) != NULL) {
		seen |= role;
		fuzz_check(roles_in(line, app) & role);
		fuzz_check(*role_name(role) != '\0');
	}
	fuzz_check((seen & ~all) == 0);
	if (!roles_read(line, roles, &bad))
		return;
	fuzz_check(roles_read(roles, again, &bad));
	fuzz_check(strcmp(roles, again) == 0);
	fuzz_check(roles_anywhere(roles) == all && all != 0);
	fuzz_check(roles_everywhere(roles) == roles_everywhere(line));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		check_headers(line);
		check_roles(line);
	}
	free(text);
	return 0;
}
