-- SPDX-License-Identifier: Apache-2.0
--
-- Lists. A walk goes along one index, in the order of the list: number, key,
-- does the row fit all that was asked for, and then its line. So its caller
-- can stop after so many rows, and knows where: sql/walk.h.

-- Parameters of every walk along sessions:
--	1 app  2 status, 'unfinished' or 'any'  3 environment  4 submitter
--	5 agent  6 parent  7 created from  8 created before
--	9 waiting since this or longer, or the largest integer  10, 11 the last row seen: key and num

-- part: session_line
	, (?1 IS NULL OR s.app = ?1)
	AND (?2 = 'any' OR s.status = ?2 OR (?2 = 'unfinished'
		AND s.status IN ('new', 'in_progress', 'awaiting_input')))
	AND (?3 IS NULL OR s.environment = ?3)
	AND (?4 IS NULL OR s.submitter_id = ?4)
	AND (?5 IS NULL OR s.agent = ?5)
	AND (?6 IS NULL OR s.parent_session_id = ?6)
	AND s.created_at >= ?7 AND s.created_at < ?8
	AND (?9 = 9223372036854775807 OR s.waiting_since <= ?9),
	s.id AS session_id, s.id, s.app, s.status,
	substr(s.query, 1, 200) AS label, s.environment,
	s.created_at AS started_at, s.updated_at, s.waiting_since,
	CASE WHEN s.status IN ('in_progress', 'awaiting_input')
		THEN s.agent END AS current_agent,
	s.submitter_id AS submitter, s.agent, s.parent_session_id

-- part: newest_first
	AND (s.created_at, s.num) < (?10, ?11) AND s.created_at >= ?7
ORDER BY s.created_at DESC, s.num DESC;

-- part: oldest_first
	AND (s.created_at, s.num) > (?10, ?11) AND s.created_at < ?8
ORDER BY s.created_at, s.num;

-- name: walk_parent
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_parent
WHERE s.parent_session_id = ?6 AND s.deleted_at IS NULL
-- paste: newest_first

-- name: walk_submitter
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_submitter
WHERE s.submitter_id = ?4 AND s.deleted_at IS NULL
-- paste: newest_first

-- name: walk_agent
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_agent
WHERE s.agent = ?5 AND s.deleted_at IS NULL
-- paste: newest_first

-- name: walk_status
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_status
WHERE s.status = ?2 AND s.deleted_at IS NULL
-- paste: newest_first

-- name: walk_environment
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_environment
WHERE s.environment = ?3 AND s.deleted_at IS NULL
-- paste: newest_first

-- name: walk_app
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_app
WHERE s.app = ?1 AND s.deleted_at IS NULL
-- paste: newest_first

-- name: walk_unfinished
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_unfinished
WHERE (s.ready_at IS NOT NULL OR s.waiting_since IS NOT NULL)
-- paste: newest_first

-- name: walk_created
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_created
WHERE s.deleted_at IS NULL
-- paste: newest_first

-- name: walk_parent_up
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_parent
WHERE s.parent_session_id = ?6 AND s.deleted_at IS NULL
-- paste: oldest_first

-- name: walk_submitter_up
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_submitter
WHERE s.submitter_id = ?4 AND s.deleted_at IS NULL
-- paste: oldest_first

-- name: walk_agent_up
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_agent
WHERE s.agent = ?5 AND s.deleted_at IS NULL
-- paste: oldest_first

-- name: walk_status_up
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_status
WHERE s.status = ?2 AND s.deleted_at IS NULL
-- paste: oldest_first

-- name: walk_environment_up
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_environment
WHERE s.environment = ?3 AND s.deleted_at IS NULL
-- paste: oldest_first

-- name: walk_app_up
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_app
WHERE s.app = ?1 AND s.deleted_at IS NULL
-- paste: oldest_first

-- name: walk_unfinished_up
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_unfinished
WHERE (s.ready_at IS NOT NULL OR s.waiting_since IS NOT NULL)
-- paste: oldest_first

-- name: walk_created_up
SELECT s.num, s.created_at
-- paste: session_line
FROM session s INDEXED BY session_created
WHERE s.deleted_at IS NULL
-- paste: oldest_first

-- Who waits longest comes first.
-- name: walk_waiting
SELECT s.num, s.waiting_since
-- paste: session_line
FROM session s INDEXED BY session_waiting
WHERE (s.waiting_since, s.num) > (?10, ?11)
	AND s.waiting_since <= ?9
ORDER BY s.waiting_since, s.num;

-- Words, ?12, are found in the order in which sessions were stored.
-- name: walk_words
SELECT s.num, 0
-- paste: session_line
FROM session_text t
CROSS JOIN session s ON s.num = t.rowid
WHERE t.session_text MATCH ?12 AND t.rowid < ?11
	AND s.deleted_at IS NULL
ORDER BY t.rowid DESC;

-- name: walk_words_up
SELECT s.num, 0
-- paste: session_line
FROM session_text t
CROSS JOIN session s ON s.num = t.rowid
WHERE t.session_text MATCH ?12 AND t.rowid > ?11
	AND s.deleted_at IS NULL
ORDER BY t.rowid;

-- Parameters of every walk along open gates:
--	1 app  2 kind  3 tool  4 agent  5 risk  6 environment
--	7 assignee; '': nobody's  8 deadline before, or the largest integer
--	9 opened at this or earlier, the same  10, 11 the last row seen: key and
--	num  12 now

-- part: gate_line
	AS key, (?1 IS NULL OR s.app = ?1)
	AND (?2 IS NULL OR g.kind = ?2)
	AND (?3 IS NULL OR c.tool = ?3)
	AND (?4 IS NULL OR c.agent = ?4 OR (g.tool_call_id IS NULL
		AND coalesce(g.detail ->> 'upstream_agent',
			g.detail ->> 'agent') = ?4))
	AND (?5 IS NULL OR c.risk = ?5)
	AND (?6 IS NULL OR s.environment = ?6)
	AND (?7 IS NULL OR coalesce(g.assignee, '') = ?7)
	AND (?8 = 9223372036854775807 OR g.deadline < ?8)
	AND g.opened_at <= ?9 AS fits,
	g.kind, c.risk, g.opened_at, g.deadline, g.session_id, g.question,
	c.args
FROM gate g
JOIN session s ON s.id = g.session_id
LEFT JOIN tool_call c ON c.id = g.tool_call_id

-- part: gate_body
SELECT num, key, fits, CASE WHEN fits THEN (
		SELECT '{"age_ms":' || (?12 - o.opened_at) || ','
			|| substr(o.body, 2)
		FROM gate_object o
		WHERE o.id = num) END,
	kind, risk, opened_at, deadline, session_id, question, args

-- name: walk_gates_opened
-- paste: gate_body
FROM (SELECT g.id AS num, g.opened_at
-- paste: gate_line
WHERE g.decision IS NULL AND (g.opened_at, g.id) > (?10, ?11)
ORDER BY g.opened_at, g.id);

-- name: walk_gates_due
-- paste: gate_body
FROM (SELECT g.id AS num, coalesce(g.deadline, 9223372036854775807)
-- paste: gate_line
WHERE g.decision IS NULL
	AND coalesce(g.deadline, 9223372036854775807) >= ?10
	AND (coalesce(g.deadline, 9223372036854775807), g.id) > (?10, ?11)
ORDER BY coalesce(g.deadline, 9223372036854775807), g.id);

-- name: walk_gates_assignee
-- paste: gate_body
FROM (SELECT g.id AS num, g.opened_at
-- paste: gate_line
WHERE g.decision IS NULL AND g.assignee = ?7
	AND (g.opened_at, g.id) > (?10, ?11)
ORDER BY g.opened_at, g.id);

-- name: gates_count
-- scan: an index that has only them
SELECT count(*) FROM gate WHERE decision IS NULL;

-- The runner's: words of sessions that search has not come to yet.
-- name: search_fill
INSERT INTO session_text (rowid, query)
SELECT num, query
FROM session
WHERE num > (SELECT upto FROM search WHERE one = 1)
ORDER BY num
LIMIT ?1;

-- name: search_filled
UPDATE search
SET upto = (SELECT max(num) FROM (
	SELECT num FROM session WHERE num > upto ORDER BY num LIMIT ?1))
WHERE one = 1;

-- name: search_behind
SELECT (SELECT max(num) FROM session) > upto
FROM search
WHERE one = 1;
