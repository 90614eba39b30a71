/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/access.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/role.h"
#include "lib/strikes.h"

enum { ADDRESS_MAX = 128, HEADER_MAX = 4096 };

static unsigned
refuse(unsigned status, const char *text, char why[DB_WHY_MAX])
{
	snprintf(why, DB_WHY_MAX, "%s", text);
	return status;
}

/* A header of nginx's; "" if it is not there, or longer than it can be. */
static void
read_header(struct lws *wsi, const char *name, char *text, int size)
{
	if (lws_hdr_custom_copy(wsi, text, size, name, (int)strlen(name)) < 0)
		text[0] = '\0';
}

/* The same of one that libwebsockets knows. */
static void
read_known(struct lws *wsi, enum lws_token_indexes token, char *text,
    int size)
{
	if (lws_hdr_copy(wsi, text, size, token) < 0)
		text[0] = '\0';
}

static unsigned
judge(const struct access *access, int rc, const char *address,
    char why[DB_WHY_MAX])
{
	switch (rc) {
	case OK:
		return 0;
	case E_DENIED:
		strikes_add(access->strikes, address, clock_mono_ms());
		log_warn("auth_failed", "client=\"%s\"", address);
		return refuse(401, "the secret is wrong", why);
	case E_TIMEOUT:
		return refuse(401, "it has expired or was revoked", why);
	case E_INVALID:
		return refuse(401, "the name of the user is not one", why);
	default:
		return refuse(503, "the database cannot be read", why);
	}
}

static unsigned
identify(const struct access *access, struct lws *wsi, struct identity *who,
    char why[DB_WHY_MAX])
{
	char address[ADDRESS_MAX], user[ADDRESS_MAX];
	char authorization[HEADER_MAX], cookie[HEADER_MAX];
	const struct credentials brought = { user, authorization, cookie };
	unsigned status;

	read_header(wsi, "x-gatehouse-address:", address, sizeof(address));
	read_header(wsi, "x-gatehouse-user:", user, sizeof(user));
	read_known(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, authorization,
	    sizeof(authorization));
	read_known(wsi, WSI_TOKEN_HTTP_COOKIE, cookie, sizeof(cookie));
	if (strikes_held_ms(access->strikes, address, clock_mono_ms()) > 0)
		return refuse(429, "too many wrong secrets came from this "
		    "address", why);
	status = judge(access, auth_identify(access->db, &brought, clock_ms(),
		who), address, why);
	if (status == 0 && who->via == VIA_NOBODY)
		return refuse(401, "sign in, or send a token", why);
	return status;
}

unsigned
access_check(const struct access *access, struct lws *wsi,
    struct identity *who, char why[DB_WHY_MAX])
{
	char listener[ADDRESS_MAX];
	unsigned status;

	if (access->off) {
		read_header(wsi, "x-gatehouse-listener:", listener,
		    sizeof(listener));
		auth_off(who);
		return auth_local(listener) ? 0 : refuse(403,
		    "authentication is off: only a loopback address or a "
		    "unix socket is served", why);
	}
	status = identify(access, wsi, who, why);
	if (status == 0 && (roles_anywhere(who->roles) & ROLE_VIEWER) == 0)
		return refuse(403, "this needs the role viewer", why);
	return status;
}
