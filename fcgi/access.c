/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/access.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "fcgi/route.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/strikes.h"
#include "sql/gate.h"

const char *
access_address(const struct request *req)
{
	return request_param(req, "REMOTE_ADDR");
}

static int
refuse_unknown(struct reply *reply, const char *message)
{
	reply_header(reply, "WWW-Authenticate", "Bearer");
	return reply_error(reply, 401, message);
}

static int
know_nobody(struct request *req, struct reply *reply)
{
	if (!auth_local(request_param(req, "SERVER_ADDR")))
		return reply_error(reply, 403, "authentication is off: "
		    "only a loopback address or a unix socket is served");
	auth_off(&req->who);
	return 0;
}

/* What came of asking who it is. */
static int
judge(const struct request *req, int rc, struct reply *reply)
{
	switch (rc) {
	case OK:
		return 0;
	case E_DENIED:
		strikes_add(req->access->strikes, access_address(req),
		    clock_mono_ms());
		log_warn("auth_failed", "client=\"%s\" request_id=%s",
		    access_address(req), req->id);
		return refuse_unknown(reply, "the secret is wrong");
	case E_TIMEOUT:
		return refuse_unknown(reply, "it has expired or was revoked");
	case E_INVALID:
		return refuse_unknown(reply, "the name of the user is not one");
	default:
		return reply_failure(reply, rc, "");
	}
}

/* Who guesses waits; what is brought meanwhile is not looked at. */
static int
hold_back(const struct request *req, struct reply *reply)
{
	int64_t held_ms = strikes_held_ms(req->access->strikes,
	    access_address(req), clock_mono_ms());

	if (held_ms == 0)
		return 0;
	reply->retry_s = (int)((held_ms + 999) / 1000);
	return reply_error(reply, 429,
	    "too many wrong secrets came from this address");
}

static int
identify(const struct request *req, const struct credentials *brought,
    struct identity *who, struct reply *reply)
{
	int status = hold_back(req, reply);

	if (status != 0)
		return status;
	return judge(req, auth_identify(request_reader(req), brought,
	    req->now_ms, who), reply);
}

static int
know(struct request *req, struct reply *reply)
{
	const struct credentials brought = {
		.user = request_param(req, "GATEHOUSE_USER"),
		.authorization = request_param(req, "HTTP_AUTHORIZATION"),
		.cookie = request_param(req, "HTTP_COOKIE"),
	};
	int status;

	if (req->access->off)
		return know_nobody(req, reply);
	status = identify(req, &brought, &req->who, reply);
	if (status == 0 && req->who.via == VIA_NOBODY)
		return refuse_unknown(reply, "sign in, or send a token");
	return status;
}

int
access_secret(const struct request *req, const char *token,
    struct identity *who, struct reply *reply)
{
	char header[sizeof("Bearer ") + TOKEN_TEXT_SIZE];
	const struct credentials brought = { .authorization = header };

	/* What does not fit is no token, however it goes on. */
	snprintf(header, sizeof(header), "Bearer %s", token);
	return identify(req, &brought, who, reply);
}

static bool
changes(const struct request *req)
{
	return strcmp(req->method, "GET") != 0 &&
	    strcmp(req->method, "HEAD") != 0 &&
	    strcmp(req->method, "OPTIONS") != 0;
}

/*
 * What a browser adds by itself, a cookie, a password, a certificate, says
 * who it belongs to and not who wrote the request. A page of another site
 * cannot add a header of its own (without asking first, Fetch 4.9), and has
 * the browser's word against it.
 */
static int
check_sender(const struct request *req, struct reply *reply)
{
	const char *site = request_param(req, "HTTP_SEC_FETCH_SITE");
	bool by_itself = req->who.via == VIA_LOGIN || req->who.via == VIA_NGINX;

	if (req->who.via == VIA_TOKEN)
		return 0;
	if (*site != '\0' && strcmp(site, "same-origin") != 0 &&
	    strcmp(site, "none") != 0)
		return reply_error(reply, 403,
		    "another site must not change anything here");
	if (by_itself && *request_param(req, "HTTP_X_GATEHOUSE_CSRF") == '\0')
		return reply_error(reply, 403,
		    "a change needs the header X-Gatehouse-CSRF");
	return 0;
}

static int
check_type(const struct request *req, struct reply *reply)
{
	static const char json[] = "application/json";
	const char *type = request_param(req, "CONTENT_TYPE");
	size_t len = strcspn(type, "; \t");

	if (req->body.len == 0 || (len == sizeof(json) - 1 &&
		strncasecmp(type, json, len) == 0))
		return 0;
	return reply_error(reply, 415, "the body must be application/json");
}

/* where: what is to be told to one who has it somewhere. */
static int
refuse_role(const struct request *req, enum role role, const char *where,
    struct reply *reply)
{
	bool somewhere = (roles_anywhere(req->who.roles) & role) != 0;
	char message[96];

	snprintf(message, sizeof(message), "this needs the role %s%s",
	    role_name(role), somewhere ? where : "");
	return reply_error(reply, 403, message);
}

int
access_may(const struct request *req, enum role role, const char *app,
    struct reply *reply)
{
	if (auth_may(&req->who, role, app))
		return 0;
	return refuse_role(req, role, app != NULL ? " at that application" :
	    " everywhere; or name an application, as app", reply);
}

/* In the application that the query finds; what is not there, anybody may. */
static int
check_found(const struct request *req, struct rows rows, enum role role,
    struct reply *reply)
{
	bool may = !rows_next(&rows) ||
	    auth_may(&req->who, role, rows_str(&rows, 0));
	int rc = rows_end(&rows);

	if (rc != OK)
		return reply_failure(reply, rc, "");
	return may ? 0 : refuse_role(req, role, " at its application", reply);
}

/* Of one who does not have the role everywhere: does it do here? */
static int
check_scope(const struct request *req, const struct route *route,
    struct reply *reply)
{
	bool twice;

	if ((roles_anywhere(req->who.roles) & route->role) == 0)
		return refuse_role(req, route->role, "", reply);
	switch (route->scope) {
	case SCOPE_ANY:
		return 0;
	case SCOPE_SESSION:
		return check_found(req, db_query(request_reader(req),
			Q_SESSION_APP, "s", req->param[0]), route->role, reply);
	case SCOPE_GATE:
		return check_found(req, db_query(request_reader(req),
			Q_GATE_APP, "l", gate_number(req->param[0])),
		    route->role, reply);
	case SCOPE_APP:
		return access_may(req, route->role,
		    request_query(req, "app", &twice), reply);
	default:
		return refuse_role(req, route->role, " everywhere", reply);
	}
}

static int
trace(struct request *req, struct reply *reply)
{
	if (auth_origin(&req->who, access_address(req), &req->origin) != OK)
		return reply_failure(reply, req->origin.rc, "");
	return 0;
}

int
access_check(struct request *req, const struct route *route,
    struct reply *reply)
{
	bool change = changes(req);
	int status = 0;

	memset(&req->who, 0, sizeof(req->who));
	buf_reset(&req->origin);
	if (route->role != ROUTE_OPEN || req->access->off)
		status = know(req, reply);
	if (status == 0 && change)
		status = check_sender(req, reply);
	if (status == 0 && change)
		status = check_type(req, reply);
	if (status == 0 && route->role > 0 &&
	    !auth_may(&req->who, route->role, NULL))
		status = check_scope(req, route, reply);
	if (status == 0 && change)
		status = trace(req, reply);
	if (status != 0)	/* that is no use of it */
		req->who.used = false;
	return status;
}

/* That it cannot be noted keeps nobody out. */
void
access_note(struct request *req)
{
	char why[DB_WHY_MAX];

	if (!req->who.used)
		return;
	auth_used(request_writer(req), req->who.token_id, req->now_ms, why);
	req->who.used = false;
}

const char *
access_actor(const struct request *req, const char *said)
{
	return req->who.via == VIA_OFF ? said : req->who.name;
}

const char *
access_said(const struct request *req, const char *said)
{
	if (req->who.via == VIA_OFF || said == NULL ||
	    strcmp(said, req->who.name) == 0)
		return NULL;
	return said;
}

const char *
access_origin(const struct request *req)
{
	return req->origin.len > 0 ? req->origin.data : NULL;
}
