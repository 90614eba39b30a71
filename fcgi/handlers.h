/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handlers, one file per resource; fcgi/routes.def says which answers
 * what. Each is one request, one short transaction, one answer, and waits for
 * nothing but the disk.
 */
#ifndef FCGI_HANDLERS_H
#define FCGI_HANDLERS_H

#include "fcgi/route.h"

route_handler health_get, ready_get, metrics_get;

route_handler openapi_get;

route_handler login_start, login_end, me_get;

route_handler definitions_agents, definitions_tools, definitions_tool_servers;
route_handler definitions_environments;

route_handler ui_hints, ui_views;

route_handler sessions_create, sessions_list, sessions_recent;
route_handler sessions_investigate, sessions_investigate_stream;

route_handler session_get, session_change, session_end;
route_handler session_full, session_events, session_messages;
route_handler session_lessons, session_remove;

route_handler session_retract;

route_handler approvals_open, approvals_get, approvals_of_session;
route_handler approvals_decide, approvals_decide_all, approvals_change;

route_handler resume;

route_handler retry, retry_preview;

#endif
