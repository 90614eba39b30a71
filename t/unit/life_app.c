/* SPDX-License-Identifier: Apache-2.0 */
/* The application of t/unit/life.h. */
#include <stdlib.h>

#include "t/unit/life.h"

/*
 * By policy s:fix is high and s:notify medium; s:mark and s:hand end a
 * session as resolved and escalated.
 */
static const char config[] =
    "{'runtime':{'max_concurrent_sessions':1000,"
    "'gateway':{'policy':{'s:fix':'high','notify':'medium'}}},"
    "'orchestrator':{'default_terminal_status':'needs_review',"
    "'statuses':{'resolved':{'kind':'success'},"
    "'escalated':{'kind':'escalation'},'needs_review':{'kind':'pending'}},"
    "'terminal_tools':["
    "{'tool_name':'mark','status':'resolved',"
    "'extract_fields':{'how':['args.how','result.how']}},"
    "{'tool_name':'hand','status':'escalated',"
    "'extract_fields':{'team':['args.team']}}],"
    "'patch_tools':['patch']},"
    "'framework':{'escalation_teams':['ops','net']}}";

static const char app[] =
    "INSERT INTO app (id, name, version, digest, dir, config, session_prefix,"
    " entry_agent, default_status, escalate_tool, escalate_status,"
    " escalate_team, escalation_teams, gate_timeout_ms, gate_on_timeout,"
    " gate_quorum, submitter_may_approve, loaded_at)"
    " VALUES (1, 'life', 1, 'd', '/', json_patch(%Q, %Q), 'LIFE', %Q,"
    " 'needs_review', %Q, 'escalated', %Q, %Q, 3600000,"
    " %Q, 1, 1, 1);";

static const char parts[] =
    "INSERT INTO status (app_id, name, terminal, kind) VALUES"
    " (1, 'resolved', 1, 'success'), (1, 'escalated', 1, 'escalation'),"
    " (1, 'needs_review', 1, 'pending');"
    "INSERT INTO model (app_id, name, provider, kind, config)"
    " VALUES (1, 'm', 'p', 'script', '{}');"
    "WITH tools (list) AS (VALUES ('[\"s:look\",\"s:fix\",\"s:notify\","
    "\"s:note\",\"s:patch\",\"s:find\",\"s:mark\",\"s:hand\"]'))"
    "INSERT INTO agent (app_id, name, kind, description, model, prompt, tools,"
    " routes, config)"
    /* Whoever succeeds hands on to the second; else this is the end. */
    " SELECT 1, 'first', 'responsive', '', 'm', '', list,"
    " '[{\"when\":\"success\",\"next\":\"second\"},"
    "{\"when\":\"default\",\"next\":\"__end__\"}]', '{}' FROM tools UNION ALL"
    " SELECT 1, 'second', 'responsive', '', 'm', '', list,"
    " '[{\"when\":\"default\",\"next\":\"__end__\"}]', '{}' FROM tools"
    " UNION ALL"
    " SELECT 1, 'unsure', 'responsive', '', 'm', '', list,"
    " '[{\"when\":\"default\",\"next\":\"second\",\"gate\":\"confidence\"}]',"
    " '{}' FROM tools UNION ALL"
    " SELECT 1, 'poor', 'responsive', '', 'm', '', '[\"s:look\"]',"
    " '[{\"when\":\"default\",\"next\":\"nobody\"}]', '{}' UNION ALL"
    " SELECT 1, 'boss', 'supervisor', '', NULL, '', '[]', '[]',"
    " '{\"dispatch_strategy\":\"rule\",\"subordinates\":[\"second\",\"first\"],"
    "\"dispatch_rules\":["
    "{\"when\":\"session[''none''] > 1\",\"target\":\"second\"},"
    "{\"when\":\"session[''environment''] == ''prod''\","
    "\"target\":\"first\"}]}' UNION ALL"
    " SELECT 1, 'judge', 'supervisor', '', 'm', 'Who?', '[]', '[]',"
    " '{\"dispatch_strategy\":\"llm\",\"subordinates\":[\"first\",\"second\"]}'"
    " UNION ALL"
    " SELECT 1, 'ring', 'supervisor', '', NULL, '', '[]', '[]',"
    " '{\"dispatch_strategy\":\"rule\",\"subordinates\":[\"ring\"]}' UNION ALL"
    " SELECT 1, 'watch', 'monitor', '', NULL, '', '[]', '[]', '{}';"
    "INSERT INTO tool (app_id, name, server, transport, category, description,"
    " parameters, risk, repeatable, config) VALUES"
    " (1, 's:look', 's', 'command', '', '', '{\"properties\":{\"of\":{},"
    "\"environment\":{},\"team\":{}}}', 'low', 1, '{}'),"
    " (1, 's:fix', 's', 'command', '', '', '{}', 'high', 0, '{}'),"
    " (1, 's:notify', 's', 'command', '', '', '{}', 'medium', 0, '{}'),"
    " (1, 's:note', 's', 'session', '', '', '{}', 'low', 0,"
    " '{\"write\":\"extra_fields\"}'),"
    " (1, 's:patch', 's', 'session', '', '', '{}', 'low', 0,"
    " '{\"write\":\"extra_fields\",\"from\":\"patch\"}'),"
    " (1, 's:find', 's', 'session', '', '', '{}', 'low', 0,"
    " '{\"write\":\"findings\"}'),"
    " (1, 's:mark', 's', 'session', '', '', '{}', 'low', 0,"
    " '{\"write\":\"nothing\"}'),"
    " (1, 's:hand', 's', 'session', '', '', '{}', 'low', 0,"
    " '{\"write\":\"nothing\"}'),"
    " (1, 'e:page', 'e', 'command', '', '',"
    " '{\"properties\":{\"environment\":{}}}', NULL, 0, '{}')";

static void
run(struct life *l, char *text)
{
	assert_non_null(text);
	fixture_sql(l->f, text);
	sqlite3_free(text);
}

void
life_load(struct life *l, const struct life_terms *terms)
{
	char *base = life_quote(config);
	char *changes = life_quote(terms->config != NULL ? terms->config :
	    "{}");

	run(l, sqlite3_mprintf(app, base, changes,
	    terms->entry != NULL ? terms->entry : "first",
	    terms->escalate_tool,
	    terms->teamless ? NULL : "ops",
	    terms->teamless ? "[]" : "[\"ops\",\"net\"]",
	    terms->on_timeout != NULL ? terms->on_timeout : "timeout"));
	fixture_sql(l->f, parts);
	free(base);
	free(changes);
}
