/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/me.h"

#include <config.h>
#include <string.h>

#include "fcgi/access.h"
#include "fcgi/handlers.h"
#include "fcgi/reply.h"
#include "lib/clock.h"
#include "sql/migrate.h"

/* What can be done, and the role that it takes. */
static const struct {
	const char *name;
	enum role role;
} deeds[] = {
	{ "view", ROLE_VIEWER },
	{ "start", ROLE_OPERATOR },
	{ "stop", ROLE_OPERATOR },
	{ "retry", ROLE_OPERATOR },
	{ "annotate", ROLE_OPERATOR },
	{ "decide", ROLE_APPROVER },
	{ "administer", ROLE_ADMIN },
};

enum { DEEDS = sizeof(deeds) / sizeof(deeds[0]) };

static void
add_time(struct buf *body, const char *key, int64_t ms)
{
	char at[ISO_SECONDS_SIZE];

	iso_seconds(ms, at);
	if (ms != 0)
		buf_addf(body, ",\"%s\":\"%s\"", key, at);
	else
		buf_addf(body, ",\"%s\":null", key);
}

/* The words for roles that hold at app ("": everywhere). */
static void
add_roles(struct buf *body, const char *roles, const char *app)
{
	char at[ROLE_APP_MAX + 1];
	const char *comma = "";
	enum role role;

	buf_addc(body, '[');
	while ((roles = roles_next(roles, &role, at)) != NULL) {
		if (strcmp(at, app) != 0)
			continue;
		buf_addf(body, "%s\"%s\"", comma, role_name(role));
		comma = ",";
	}
	buf_addc(body, ']');
}

/* Is this the first word for app, of all the words from roles to here? */
static bool
is_first(const char *roles, const char *here, const char *app)
{
	char at[ROLE_APP_MAX + 1];
	enum role role;

	while ((roles = roles_next(roles, &role, at)) != here)
		if (strcmp(at, app) == 0)
			return false;
	return true;
}

/* {"incident":["approver"]}: more roles, at single applications. */
static void
add_applications(struct buf *body, const char *roles)
{
	const char *here = roles, *comma = "";
	char app[ROLE_APP_MAX + 1];
	enum role role;

	buf_adds(body, ",\"applications\":{");
	while ((here = roles_next(here, &role, app)) != NULL) {
		if (app[0] == '\0' || !is_first(roles, here, app))
			continue;
		buf_adds(body, comma);
		buf_add_json(body, app, strlen(app));
		buf_addc(body, ':');
		add_roles(body, roles, app);
		comma = ",";
	}
	buf_addc(body, '}');
}

static void
add_may(struct buf *body, const struct identity *who)
{
	const char *comma = "";

	buf_adds(body, ",\"may\":{");
	for (int i = 0; i < DEEDS; i++)
		buf_addf(body, "%s\"%s\":%s", i > 0 ? "," : "", deeds[i].name,
		    auth_may(who, deeds[i].role, NULL) ? "true" : "false");
	buf_adds(body, "},\"why_not\":{");
	for (int i = 0; i < DEEDS; i++) {
		if (auth_may(who, deeds[i].role, NULL))
			continue;
		buf_addf(body, "%s\"%s\":\"%s%s\"", comma, deeds[i].name,
		    roles_anywhere(who->roles) & deeds[i].role ?
		    "only at some applications: there you are " :
		    "needs the role ", role_name(deeds[i].role));
		comma = ",";
	}
	buf_addc(body, '}');
}

int
me_write(const struct request *req, const struct identity *who,
    struct reply *reply)
{
	struct buf *body = &reply->body;

	buf_adds(body, "{\"id\":");
	if (who->via == VIA_OFF)
		buf_adds(body, "null");
	else
		buf_add_json(body, who->name, strlen(who->name));
	buf_addf(body, ",\"authentication\":\"%s\",\"via\":\"%s\",\"roles\":",
	    req->access->off ? "off" : "on", auth_via_name(who->via));
	add_roles(body, who->roles, "");
	add_applications(body, who->roles);
	add_may(body, who);
	if (who->token_id != 0)
		buf_addf(body, ",\"token_id\":%lld", (long long)who->token_id);
	else
		buf_adds(body, ",\"token_id\":null");
	add_time(body, "expires_at", who->expires_at);
	buf_addf(body, ",\"server\":{\"version\":\"%s\",\"schema\":%d",
	    PACKAGE_VERSION, SCHEMA_VERSION);
	add_time(body, "now", req->now_ms);
	buf_addf(body, ",\"now_ms\":%lld}}", (long long)req->now_ms);
	return 200;
}

int
me_get(const struct request *req, struct reply *reply)
{
	return me_write(req, &req->who, reply);
}
