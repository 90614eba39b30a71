/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <string.h>

static const char leave_out[] =
	"leave it out: the payload itself has query and environment";

static void
check_webhook(struct app *app, const struct conf *trigger)
{
	static const char *const auths[] = { "bearer", "none", NULL };
	const struct conf *schema = conf_get(trigger, "payload_schema");

	if (conf_choice(trigger, "auth", auths, 0, &app->errors) == 0)
		app_text(app, trigger, "auth_token_env");
	conf_int(trigger, "idempotency_ttl_hours", 24, 1, 720, &app->errors);
	if (schema != NULL && schema->kind == CONF_SCALAR)
		app_refuse_python(app, trigger, "payload_schema",
		    "write the JSON Schema itself");
	else if (schema != NULL)
		app_check_schema(app, schema);
}

static void
check_schedule(struct app *app, const struct conf *trigger)
{
	const char *schedule = app_text(app, trigger, "schedule");

	if (schedule != NULL && !app_is_cron(schedule))
		conf_error(conf_get(trigger, "schedule"), &app->errors,
		    "\"%s\" is no schedule of five fields", schedule);
	conf_str(trigger, "timezone", "UTC", &app->errors);
	conf_map(trigger, "payload", &app->errors);
}

static void
check_trigger(struct app *app, const struct conf *trigger)
{
	static const char *const keys[] = {
		"name", "transport", "target_app", "target_agent",
		"transform", "payload_schema", "auth", "auth_token_env",
		"idempotency_ttl_hours", "schedule", "timezone", "payload",
		"kind", "options", NULL
	};
	static const char *const transports[] = {
		"webhook", "schedule", "plugin", "api", NULL
	};
	const char *name;
	int transport;

	if (!conf_expect(trigger, CONF_MAP, &app->errors))
		return;
	conf_lenient(trigger, keys, &app->warnings);
	name = app_text(app, trigger, "name");
	if (name != NULL && !app_is_word(name, "A-Za-z0-9_-", "A-Za-z0-9_-",
		128))
		conf_error(conf_get(trigger, "name"), &app->errors, "\"%s\" "
		    "is no trigger name: [A-Za-z0-9_-]{1,128}", name);
	app_text(app, trigger, "target_app");
	conf_str(trigger, "target_agent", NULL, &app->errors);
	app_refuse_python(app, trigger, "transform", leave_out);
	conf_require(trigger, "transport", &app->errors);
	transport = conf_choice(trigger, "transport", transports, -1,
	    &app->errors);
	if (transport == 0)
		check_webhook(app, trigger);
	else if (transport == 1)
		check_schedule(app, trigger);
}

void
app_check_triggers(struct app *app)
{
	const struct conf *triggers, *trigger;

	triggers = conf_list(app->root, "triggers", &app->errors);
	trigger = conf_first(triggers);
	if (trigger != NULL)
		conf_warn(triggers, &app->warnings, "not run by this version");
	for (; trigger != NULL; trigger = trigger->next)
		check_trigger(app, trigger);
}
