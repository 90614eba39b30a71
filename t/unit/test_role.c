/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <string.h>

#include "lib/role.h"

enum { V = ROLE_VIEWER, O = ROLE_OPERATOR, A = ROLE_APPROVER };

static void
test_where(void **state)
{
	static const struct {
		const char *roles;
		unsigned everywhere, at_incident, anywhere;
	} rows[] = {
		{ "", 0, 0, 0 },
		{ "viewer", V, V, V },
		{ "operator", V | O, V | O, V | O },
		{ "approver", V | A, V | A, V | A },
		{ "admin", ROLES_ALL, ROLES_ALL, ROLES_ALL },
		{ "viewer operator@incident", V, V | O, V | O },
		{ "approver@review", 0, 0, V | A },
		{ "approver@review operator@incident", 0, V | O, V | O | A },
		{ "admin@incident", 0, ROLES_ALL, ROLES_ALL },
		{ "approver@incidents", 0, 0, V | A },
		/* words that are none */
		{ "Viewer", 0, 0, 0 },
		{ "view", 0, 0, 0 },
		{ "viewers", 0, 0, 0 },
		{ "viewer@", 0, 0, 0 },
		{ "@incident", 0, 0, 0 },
		{ "viewer@inci/dent", 0, 0, 0 },
		{ "admin@123456789012345678901234567890123", 0, 0, 0 },
		{ "root viewer", V, V, V },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *roles = rows[i].roles;

		if (roles_everywhere(roles) != rows[i].everywhere ||
		    roles_in(roles, "incident") != rows[i].at_incident ||
		    roles_anywhere(roles) != rows[i].anywhere)
			fail_msg("\"%s\"", roles);
	}
}

static void
test_next(void **state)
{
	const char *at = "viewer nonsense approver@incident";
	char app[ROLE_APP_MAX + 1];
	enum role role;
	(void)state;

	at = roles_next(at, &role, app);
	assert_non_null(at);
	assert_int_equal(role, ROLE_VIEWER);
	assert_string_equal(app, "");
	at = roles_next(at, &role, app);
	assert_non_null(at);
	assert_string_equal(role_name(role), "approver");
	assert_string_equal(app, "incident");
	assert_null(roles_next(at, &role, app));
	assert_string_equal(role_name(99), "");
}

static void
test_read(void **state)
{
	static const struct {
		const char *typed, *roles, *bad;	/* NULL: good */
	} rows[] = {
		{ "viewer", "viewer", NULL },
		{ "viewer,operator@incident", "viewer operator@incident",
		    NULL },
		{ " viewer , admin ", "viewer admin", NULL },
		{ "", "", "" },
		{ " ,", "", "" },
		{ "viewer,owner,admin", "viewer", "owner,admin" },
		{ "viewer@a b@c", "viewer@a", "b@c" },
	};
	char roles[ROLES_TEXT_MAX], many[1024] = "";
	const char *bad;
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool good = roles_read(rows[i].typed, roles, &bad);

		assert_int_equal(good, rows[i].bad == NULL);
		assert_string_equal(roles, rows[i].roles);
		if (rows[i].bad != NULL)
			assert_string_equal(bad, rows[i].bad);
	}
	for (int i = 0; i < 73; i++)
		strcat(many, "viewer,");
	assert_true(roles_read(many, roles, &bad));
	assert_int_equal(strlen(roles), ROLES_TEXT_MAX - 2);
	strcat(many, "viewer,");
	assert_false(roles_read(many, roles, &bad));
	assert_string_equal(bad, "");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests_name("role", tests, NULL, NULL);
}
