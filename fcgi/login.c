/* SPDX-License-Identifier: Apache-2.0 */
/* A browser signs in with a token, and keeps a cookie instead of it. */
#include <stdio.h>

#include "fcgi/access.h"
#include "fcgi/handlers.h"
#include "fcgi/input.h"
#include "fcgi/me.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/err.h"

enum { COOKIE_SIZE = 256, TOKEN_LEN_MAX = 255 };

/* A script cannot read it, another site cannot send it (RFC 6265bis). */
static void
set_cookie(const struct request *req, const char *value, int seconds,
    struct reply *reply)
{
	char cookie[COOKIE_SIZE];
	const char *secure = *request_param(req, "HTTPS") != '\0' ?
	    "; Secure" : "";

	snprintf(cookie, sizeof(cookie), TOKEN_COOKIE
	    "=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s", value,
	    seconds, secure);
	reply_header(reply, "Set-Cookie", cookie);
}

static int
sign_in(const struct request *req, const char *token, struct reply *reply)
{
	char text[TOKEN_TEXT_SIZE], why[DB_WHY_MAX];
	struct identity who;
	int status = access_secret(req, token, &who, reply), rc;

	if (status != 0)
		return status;
	rc = auth_login(request_writer(req), &who, access_address(req),
	    req->now_ms, text, why);
	if (rc != OK)
		return reply_failure(reply, rc, why);
	set_cookie(req, text, AUTH_LOGIN_MS / 1000, reply);
	return me_write(req, &who, reply);
}

int
login_start(const struct request *req, struct reply *reply)
{
	const char *token;
	struct input in;
	int status;

	if (req->access->off)
		return reply_error(reply, 409, "authentication is off");
	input_open(&in, req, INPUT_BODY);
	token = input_string(&in, "token", INPUT_REQUIRED | INPUT_FILLED,
	    TOKEN_LEN_MAX);
	status = input_failed(&in) ? input_refuse(&in, reply) :
	    sign_in(req, token, reply);
	input_close(&in);
	return status;
}

int
login_end(const struct request *req, struct reply *reply)
{
	char why[DB_WHY_MAX];
	int rc = OK;

	if (req->who.login_id != 0)
		rc = auth_logout(request_writer(req), req->who.login_id,
		    req->now_ms, why);
	if (rc != OK)
		return reply_failure(reply, rc, why);
	set_cookie(req, "", 0, reply);
	return 204;
}
