-- SPDX-License-Identifier: Apache-2.0
--
-- Budgets: what is used of them, and that nothing starts beyond one unless
-- people raised it. A model's reply is counted where it is journalled and a
-- tool call when it first starts, each once, by the turn that it belongs to.

-- What a session used of each of its budgets, and is allowed. A person's
-- raise counts from what was used when it was asked for. At a time t that is
-- (used + coalesce(t - since, 0)) / scale: only time goes on by itself.
CREATE VIEW budget_use (session_id, agent, name, amount, allowed, used, since,
	scale) AS
SELECT s.id, b.agent, b.name, b.amount,
	coalesce((SELECT (g.detail ->> 'used') + coalesce(v.amount, b.amount)
		FROM gate g
		JOIN vote v ON v.gate_id = g.id
		WHERE g.session_id = s.id AND g.decision = 'raise'
			AND g.detail ->> 'budget' = b.name
			AND coalesce(g.detail ->> 'agent', '') = b.agent
		ORDER BY g.id DESC LIMIT 1), b.amount),
	coalesce((SELECT sum(CASE b.name
			WHEN 'tokens' THEN r.input_tokens + r.output_tokens
			WHEN 'model_calls' THEN r.replies
			WHEN 'tool_calls' THEN r.calls
			ELSE r.ended_at - r.started_at - r.waited_ms END)
		FROM agent_run r
		WHERE r.session_id = s.id AND b.agent IN ('', r.agent)), 0),
	(SELECT r.started_at + r.waited_ms
		FROM agent_run r
		WHERE r.session_id = s.id AND r.ended_at IS NULL
			AND b.name = 'wall_time' AND b.agent IN ('', r.agent)),
	CASE b.name WHEN 'wall_time' THEN 1000 ELSE 1 END
FROM session s
JOIN budget b ON b.app_id = s.app_id;

-- I16: a question about a budget is asked when that is used up, and with the
-- figures that the rows have.
CREATE TRIGGER gate_budget BEFORE INSERT ON gate
WHEN NEW.kind = 'budget'
BEGIN
	SELECT RAISE(ABORT, 'invalid: the gate fits no budget')
	WHERE NOT EXISTS (SELECT 1 FROM budget_use
		WHERE session_id = NEW.session_id
			AND agent = coalesce(NEW.detail ->> 'agent', '')
			AND name = NEW.detail ->> 'budget'
			AND allowed = NEW.detail ->> 'limit'
			AND allowed <= NEW.detail ->> 'used'
			AND (used + coalesce(NEW.opened_at - since, 0)) / scale
				= NEW.detail ->> 'used');
END;

-- I16: no reply was asked for without the tokens and the calls for it. (Its
-- own tokens are known only now.)
CREATE TRIGGER message_budget BEFORE INSERT ON message
WHEN NEW.role = 'assistant'
BEGIN
	SELECT RAISE(ABORT, 'denied: a budget is used up')
	WHERE EXISTS (SELECT 1 FROM budget_use u
		WHERE u.session_id = NEW.session_id
			AND u.name IN ('tokens', 'model_calls')
			AND u.agent IN ('', (SELECT agent FROM agent_run
				WHERE id = NEW.run_id))
			AND u.used >= u.allowed);
END;

-- I16: no tool starts beyond a budget. What may have run before and runs once
-- more is the same call; what a person's escalation runs is not an agent's.
CREATE TRIGGER tool_call_budget BEFORE UPDATE OF status ON tool_call
WHEN NEW.status = 'executing' AND OLD.attempt = 0 AND NEW.run_id IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'denied: a budget is used up')
	WHERE EXISTS (SELECT 1 FROM budget_use
		WHERE session_id = NEW.session_id
			AND name IN ('tool_calls', 'wall_time')
			AND agent IN ('', NEW.agent)
			AND (used + coalesce(NEW.started_at - since, 0)) / scale
				>= allowed);
END;

CREATE TRIGGER tool_call_begun AFTER UPDATE OF attempt ON tool_call
WHEN OLD.attempt = 0 AND NEW.attempt > 0
BEGIN
	UPDATE agent_run
	SET calls = calls + 1
	WHERE id = NEW.run_id;
END;

-- I16: an attempt is counted when it starts.
CREATE TRIGGER tool_call_attempt BEFORE UPDATE OF attempt ON tool_call
WHEN NEW.attempt <> OLD.attempt AND (NEW.attempt <> OLD.attempt + 1
	OR NEW.status <> 'executing' OR OLD.status = 'executing')
BEGIN
	SELECT RAISE(ABORT, 'conflict: an attempt is counted when it starts');
END;

-- I16: what was used stays used; a wait for people is counted by its end.
CREATE TRIGGER agent_run_used
BEFORE UPDATE OF input_tokens, output_tokens, replies, calls, waited_ms
ON agent_run
BEGIN
	SELECT RAISE(ABORT, 'conflict: what a turn used only grows')
	WHERE NEW.input_tokens < OLD.input_tokens
		OR NEW.output_tokens < OLD.output_tokens
		OR NEW.replies < OLD.replies OR NEW.calls < OLD.calls
		OR (NEW.waited_ms <> OLD.waited_ms AND NOT EXISTS (
			SELECT 1 FROM session_moving
			WHERE id = NEW.session_id));
END;
