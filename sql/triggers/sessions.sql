-- SPDX-License-Identifier: Apache-2.0
--
-- Sessions, and the moves that alone change their status.

CREATE TRIGGER session_check BEFORE INSERT ON session
BEGIN
	SELECT CASE
	WHEN NEW.status <> 'new' OR NEW.move_id <> 0 OR NEW.epoch <> 0
			OR NEW.version <> 1 OR NEW.owner IS NOT NULL
			OR NEW.deleted_at IS NOT NULL
		THEN RAISE(ABORT, 'invalid: a session starts as new')
	WHEN NOT EXISTS (SELECT 1 FROM app WHERE id = NEW.app_id
			AND name = coalesce(NEW.app, name))
		THEN RAISE(ABORT, 'unknown: no such application')
	END;
END;

-- Lists ask by the name; who did not give it need not.
CREATE TRIGGER session_named AFTER INSERT ON session
WHEN NEW.app IS NULL
BEGIN
	UPDATE session
	SET app = (SELECT name FROM app WHERE id = NEW.app_id)
	WHERE num = NEW.num;
END;

CREATE TRIGGER session_created AFTER INSERT ON session
BEGIN
	UPDATE session_count
	SET sessions = sessions + 1
	WHERE app = (SELECT name FROM app WHERE id = NEW.app_id)
		AND status = 'new';
	-- (A LIMIT has the time written once; INSERT ... SELECT would build
	-- a table each time.)
	INSERT INTO event (session_id, kind, payload, ts)
	VALUES (NEW.id, 'session.created', (SELECT json_object('id', NEW.id,
			'status', 'new', 'label', substr(NEW.query, 1, 200),
			'created_at', at, 'updated_at', at,
			'actor', NEW.submitter_id, 'origin', json(NEW.origin))
		FROM (SELECT strftime('%Y-%m-%dT%H:%M:%SZ',
			NEW.created_at / 1000, 'unixepoch') AS at LIMIT 1)),
		NEW.created_at);
END;

-- I1: the status changes only because a move row, not yet applied, says so.
CREATE TRIGGER session_status BEFORE UPDATE OF status, move_id ON session
WHEN NEW.status <> OLD.status OR NEW.move_id <> OLD.move_id
BEGIN
	SELECT RAISE(ABORT, 'conflict: a status changes only through a move')
	WHERE NOT EXISTS (
		SELECT 1 FROM move
		WHERE id = NEW.move_id AND id > OLD.move_id
			AND session_id = NEW.id AND from_status = OLD.status
			AND to_status = NEW.status);
END;

-- I12: a lease is fenced by an epoch that only grows.
CREATE TRIGGER session_epoch BEFORE UPDATE OF epoch, version ON session
WHEN NEW.epoch < OLD.epoch OR NEW.version < OLD.version
BEGIN
	SELECT RAISE(ABORT, 'conflict: epoch and version only grow');
END;

-- I11 rests on the submitter, every report on the rest.
CREATE TRIGGER session_fixed
BEFORE UPDATE OF id, app_id, query, environment, submitter, origin, created_at,
	traceparent
ON session
BEGIN
	SELECT RAISE(ABORT, 'conflict: how a session began never changes');
END;

CREATE TRIGGER session_app_fixed BEFORE UPDATE OF app ON session
BEGIN
	SELECT RAISE(ABORT, 'conflict: how a session began never changes')
	WHERE OLD.app IS NOT NULL OR NEW.app IS NOT (
		SELECT name FROM app WHERE id = OLD.app_id);
END;

-- What lists sort and ask by follows from other rows.
CREATE TRIGGER session_waits BEFORE UPDATE OF waiting_since ON session
WHEN NEW.waiting_since IS NOT OLD.waiting_since AND NEW.move_id = OLD.move_id
BEGIN
	SELECT RAISE(ABORT, 'conflict: a session waits since its move');
END;

CREATE TRIGGER session_worker BEFORE UPDATE OF agent ON session
BEGIN
	SELECT RAISE(ABORT, 'conflict: the agent has no turn')
	WHERE NEW.agent IS NOT (
		SELECT agent FROM agent_run
		WHERE session_id = NEW.id AND ended_at IS NULL);
END;

-- A row has one more name than its columns tell; UPDATE OR REPLACE of it
-- would take another session's place.
CREATE TRIGGER session_place BEFORE UPDATE ON session
WHEN NEW.rowid <> OLD.rowid
BEGIN
	SELECT RAISE(ABORT, 'conflict: how a session began never changes');
END;

-- I6: only a finished session is deleted, and deletion is for good.
CREATE TRIGGER session_delete
BEFORE UPDATE OF deleted_at, deleted_by, deleted_origin ON session
BEGIN
	SELECT RAISE(ABORT, 'conflict: only a finished session can be deleted')
	WHERE NEW.deleted_at IS NULL OR OLD.deleted_at IS NOT NULL
		OR NOT EXISTS (
			SELECT 1 FROM status
			WHERE app_id = OLD.app_id AND name = OLD.status
				AND terminal);
END;

CREATE TRIGGER session_deleted AFTER UPDATE OF deleted_at ON session
BEGIN
	INSERT INTO event (session_id, kind, payload, ts)
	VALUES (NEW.id, 'session.deleted', json_object('id', NEW.id,
		'actor', NEW.deleted_by, 'origin', json(NEW.deleted_origin)),
		NEW.deleted_at);
END;

-- Retries are counted where they are made.
CREATE TRIGGER session_attempt BEFORE UPDATE OF attempt ON session
BEGIN
	SELECT RAISE(ABORT, 'conflict: only a retry is another attempt')
	WHERE NEW.attempt <> OLD.attempt + 1 OR NOT EXISTS (
		SELECT 1 FROM session_moving
		WHERE id = NEW.id AND reopens);
END;

---------------------------------------------------------------------- moves

-- May a session that failed be taken up again? The application's policy says
-- so, by how it failed; the first reason that holds.
CREATE VIEW session_retry (id, max_retries, reason) AS
SELECT s.id, p.max_retries, CASE
	WHEN s.status <> 'error' OR s.deleted_at IS NOT NULL
		THEN 'permanent_error'
	WHEN s.attempt >= p.max_retries THEN 'max_retries_exceeded'
	WHEN NOT m.transient THEN 'permanent_error'
	WHEN m.transient IS NULL AND p.threshold > (
			SELECT r.confidence FROM agent_run r
			WHERE r.session_id = s.id AND r.confidence IS NOT NULL
			ORDER BY r.id DESC LIMIT 1)
		THEN 'low_confidence_no_retry'
	WHEN m.transient IS NULL THEN 'permanent_error'
	WHEN NOT p.on_transient THEN 'transient_disabled'
	ELSE 'auto_retry' END
FROM session s
JOIN (SELECT id, coalesce(policy ->> 'max_retries', 2) AS max_retries,
		coalesce(policy ->> 'retry_on_transient', 1) AS on_transient,
		coalesce(policy ->> 'retry_low_confidence_threshold', 0.4)
			AS threshold
	FROM (SELECT id, config -> '$.orchestrator.retry_policy' AS policy
		FROM app)) p ON p.id = s.app_id
LEFT JOIN move m ON m.id = s.move_id;

-- I1, I2, I3: along status_move only; a session waits only at an open gate
-- and leaves only when the last one is decided.
CREATE TRIGGER move_check BEFORE INSERT ON move
BEGIN
	SELECT CASE
	WHEN NOT EXISTS (SELECT 1 FROM session WHERE id = NEW.session_id)
		THEN RAISE(ABORT, 'unknown: no such session')
	WHEN NOT EXISTS (SELECT 1 FROM session
			WHERE id = NEW.session_id AND status = NEW.from_status)
		THEN RAISE(ABORT, 'conflict: the session has another status')
	WHEN NOT EXISTS (SELECT 1 FROM session s JOIN status_move m
			ON m.app_id = s.app_id AND m.from_status = s.status
			WHERE s.id = NEW.session_id
			AND m.to_status = NEW.to_status
			AND s.deleted_at IS NULL)
		THEN RAISE(ABORT, 'conflict: no such status move')
	WHEN NEW.to_status = 'awaiting_input' AND NOT EXISTS (
			SELECT 1 FROM gate WHERE session_id = NEW.session_id
			AND decision IS NULL)
		THEN RAISE(ABORT, 'conflict: no gate is open')
	WHEN NEW.from_status = 'awaiting_input'
			AND NEW.to_status = 'in_progress'
			AND NEW.cause <> 'escalate' AND EXISTS (
			SELECT 1 FROM gate WHERE session_id = NEW.session_id
			AND decision IS NULL)
		THEN RAISE(ABORT, 'conflict: a gate is still open')
	WHEN NEW.cause = 'escalate' AND NEW.to_status = 'in_progress'
			AND NOT EXISTS (
			SELECT 1 FROM gate WHERE session_id = NEW.session_id
			AND decision = 'escalate' AND decided_at = NEW.at)
		THEN RAISE(ABORT, 'conflict: nobody escalated')
	WHEN NEW.from_status = 'error' AND (NEW.cause <> 'retry'
			OR 'auto_retry' <> (SELECT reason FROM session_retry
				WHERE id = NEW.session_id))
		THEN RAISE(ABORT, 'conflict: it is not retried')
	END;
END;

-- A move that is not applied yet is seen only from inside the statement that
-- inserted it: what may happen only then asks for such a row.
CREATE VIEW session_moving (id, finishes, reopens) AS
SELECT s.id, m.finishes, m.from_status = 'error'
FROM session s
JOIN move m ON m.session_id = s.id AND m.id > s.move_id;

-- I1, I5, I7, I12: the move is told, what it ends is closed, and it is
-- applied and counted, all in the statement that inserted it.
CREATE TRIGGER move_apply AFTER INSERT ON move
BEGIN
	UPDATE session_count
	SET sessions = sessions - 1
	WHERE app = (SELECT app FROM session WHERE id = NEW.session_id)
		AND status = NEW.from_status;
	UPDATE session_count
	SET sessions = sessions + 1
	WHERE app = (SELECT app FROM session WHERE id = NEW.session_id)
		AND status = NEW.to_status;
	INSERT INTO event (session_id, kind, payload, ts) VALUES
		(NEW.session_id, 'status_changed', json_object(
			'from', NEW.from_status, 'to', NEW.to_status,
			'cause', NEW.cause, 'actor', NEW.actor,
			'origin', json(NEW.origin)), NEW.at),
		(NEW.session_id, 'session.status_changed', json_object(
			'id', NEW.session_id, 'status', NEW.to_status,
			'from', NEW.from_status, 'to', NEW.to_status,
			'cause', NEW.cause), NEW.at);
	UPDATE gate
	SET decision = 'cancelled', decided_at = NEW.at, decided_by = NEW.actor
	WHERE NEW.finishes AND session_id = NEW.session_id
		AND decision IS NULL;
	UPDATE tool_call
	SET status = 'cancelled', ended_at = NEW.at
	WHERE NEW.finishes AND session_id = NEW.session_id
		AND ended_at IS NULL AND status IN ('planned', 'approved');
	-- A retry takes up the turn that failed, with all that it journalled.
	UPDATE agent_run
	SET outcome = NULL, ended_at = NULL, summary = '', tries = 0
	WHERE NEW.from_status = 'error' AND outcome = 'failed' AND id = (
		SELECT max(id) FROM agent_run WHERE session_id = NEW.session_id);
	UPDATE session
	SET attempt = attempt + 1,
		extra_fields = json_set(json_remove(extra_fields, '$.failure'),
			'$.retry_count', attempt + 1,
			'$.active_thread_id', id || ':retry-' || (attempt + 1))
	WHERE NEW.from_status = 'error' AND id = NEW.session_id;
	UPDATE agent_run
	SET waited_ms = waited_ms + max(0, NEW.at - (
		SELECT m.at FROM session s JOIN move m ON m.id = s.move_id
		WHERE s.id = NEW.session_id))
	WHERE NEW.from_status IN ('awaiting_input', 'error')
		AND session_id = NEW.session_id AND ended_at IS NULL;
	UPDATE agent_run
	SET outcome = 'cancelled', ended_at = NEW.at
	WHERE NEW.finishes AND session_id = NEW.session_id
		AND ended_at IS NULL;
	INSERT INTO event (session_id, kind, payload, ts)
	SELECT NEW.session_id, 'session.agent_running',
		json_object('id', NEW.session_id, 'agent', NULL), NEW.at
	WHERE NEW.finishes;
	UPDATE session
	SET status = NEW.to_status,
		move_id = NEW.id,
		version = version + 1,
		updated_at = NEW.at,
		waiting_since = CASE NEW.to_status
			WHEN 'awaiting_input' THEN NEW.at END,
		-- A claim keeps its lease; who comes back is ready at once,
		-- or when an approval can no longer be taken back.
		ready_at = CASE
			WHEN NEW.to_status NOT IN ('new', 'in_progress') THEN NULL
			WHEN NEW.from_status = 'new' THEN ready_at
			WHEN NEW.cause <> 'gate_decided' THEN NEW.at
			ELSE max(NEW.at, coalesce((
				SELECT max(c.approved_at) + a.grace_ms
				FROM tool_call c JOIN app a
				WHERE c.session_id = NEW.session_id
					AND c.status = 'approved'
					AND c.ended_at IS NULL
					AND a.id = session.app_id), 0)) END,
		owner = CASE
			WHEN NEW.to_status = 'in_progress'
				AND NEW.from_status = 'new' THEN owner END
	WHERE id = NEW.session_id;
END;

CREATE TRIGGER move_fixed BEFORE UPDATE ON move
BEGIN SELECT RAISE(ABORT, 'conflict: a move never changes'); END;

-- Only a duplicate is taken back, and the row says what it was one of.
CREATE TRIGGER retraction_check BEFORE INSERT ON retraction
BEGIN
	SELECT RAISE(ABORT, 'conflict: not a duplicate')
	WHERE NOT EXISTS (SELECT 1 FROM session
		WHERE id = NEW.session_id AND status = 'duplicate'
			AND parent_session_id IS NEW.original_id);
END;

CREATE TRIGGER retraction_made AFTER INSERT ON retraction
BEGIN
	UPDATE session
	SET parent_session_id = NULL, dedup_rationale = NULL
	WHERE id = NEW.session_id;
	INSERT INTO move (session_id, from_status, to_status, cause, actor,
		origin, at)
	VALUES (NEW.session_id, 'duplicate', 'new', 'un_duplicate', NEW.actor,
		NEW.origin, NEW.at);
END;

CREATE TRIGGER retraction_fixed BEFORE UPDATE ON retraction
BEGIN SELECT RAISE(ABORT, 'conflict: a retraction is kept'); END;
CREATE TRIGGER retraction_kept BEFORE DELETE ON retraction
BEGIN SELECT RAISE(ABORT, 'conflict: a retraction is kept'); END;
CREATE TRIGGER retraction_new BEFORE INSERT ON retraction
WHEN EXISTS (SELECT 1 FROM retraction WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'conflict: a retraction is kept'); END;
