// SPDX-License-Identifier: Apache-2.0
//
// The peer: the same requests with the same answers, from a copy of the same
// database, written as one writes it with fastify and better-sqlite3. Below
// /bare/ it has it easier: one table whose rows hold the answer ready made.
//
//	node server.js FILE SOCKET
'use strict'

const fs = require('fs')
const Database = require('better-sqlite3')
const fastify = require('fastify')()

const [file, socket] = process.argv.slice(2)

const db = new Database(file)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.pragma('foreign_keys = ON')
db.pragma('mmap_size = 2147418112')

const time = (ms) => ms === null
  ? null
  : new Date(ms).toISOString().slice(0, 19) + 'Z'

const tokens = (row) => ({
  input_tokens: row.input_tokens,
  output_tokens: row.output_tokens,
  total_tokens: row.input_tokens + row.output_tokens
})

// ---- one session

const sessionOf = db.prepare(`
	SELECT s.*, a.name AS app, a.version AS app_version
	FROM session s JOIN app a ON a.id = s.app_id
	WHERE s.id = ?`)
const runsOf = db.prepare(
  'SELECT * FROM agent_run WHERE session_id = ? ORDER BY id')
const callsOf = db.prepare(
  'SELECT * FROM tool_call WHERE session_id = ? ORDER BY ordinal')
const gateOf = db.prepare(`
	SELECT detail FROM gate
	WHERE session_id = ? AND kind = 'confidence' AND decision IS NULL`)

const runObject = (run) => ({
  agent: run.agent,
  started_at: time(run.started_at),
  ended_at: time(run.ended_at),
  summary: run.summary,
  token_usage: tokens(run),
  confidence: run.confidence,
  confidence_rationale: run.confidence_rationale,
  signal: run.signal,
  outcome: run.outcome ?? 'running'
})

const callObject = (call) => ({
  tool_call_id: String(call.ordinal),
  agent: call.agent,
  tool: call.tool,
  args: JSON.parse(call.args),
  args_sha256: call.args_sha256,
  result: call.result === null ? null : JSON.parse(call.result),
  is_error: call.is_error === 1,
  ts: time(call.created_at),
  risk: call.risk,
  status: call.status,
  attempt: call.attempt,
  approver: call.approver,
  approved_at: time(call.approved_at),
  approval_rationale: call.approval_rationale
})

const sessionObject = (s) => {
  const runs = runsOf.all(s.id)
  const gate = s.status === 'awaiting_input' ? gateOf.get(s.id) : undefined
  return {
    id: s.id,
    app: s.app,
    app_version: s.app_version,
    status: s.status,
    label: s.query.slice(0, 200),
    active_agent: runs.find((run) => run.ended_at === null)?.agent ?? null,
    created_at: time(s.created_at),
    updated_at: time(s.updated_at),
    deleted_at: time(s.deleted_at),
    agents_run: runs.map(runObject),
    tool_calls: callsOf.all(s.id).map(callObject),
    findings: JSON.parse(s.findings),
    token_usage: tokens(s),
    pending_intervention: gate ? JSON.parse(gate.detail) : null,
    user_inputs: JSON.parse(s.user_inputs),
    parent_session_id: s.parent_session_id,
    dedup_rationale: s.dedup_rationale,
    extra_fields: {
      ...JSON.parse(s.extra_fields),
      query: s.query,
      environment: s.environment,
      reporter: JSON.parse(s.submitter)
    },
    version: s.version
  }
}

fastify.get('/api/v1/sessions/:id', (request, reply) => {
  const session = sessionOf.get(request.params.id)
  if (session === undefined) {
    reply.code(404).send({ error: 'session not found' })
  } else {
    reply.send(sessionObject(session))
  }
})

// ---- the list

const list = db.prepare(`
	SELECT s.id, a.name AS app, s.status, substr(s.query, 1, 200) AS label,
		s.environment, s.created_at, s.updated_at, m.at, r.agent
	FROM session s
	JOIN app a ON a.id = s.app_id
	LEFT JOIN move m ON m.id = s.move_id
	LEFT JOIN agent_run r ON r.session_id = s.id AND r.ended_at IS NULL
	WHERE s.status = ? AND s.deleted_at IS NULL
	ORDER BY s.created_at DESC, s.id DESC
	LIMIT ?`)

const text = { type: 'string' }
const maybe = { type: ['string', 'null'] }
const whole = { type: 'integer' }

const summary = {
  type: 'object',
  properties: {
    session_id: text,
    id: text,
    app: text,
    status: text,
    label: text,
    environment: text,
    started_at: text,
    updated_at: text,
    waiting_since: maybe,
    current_agent: maybe
  }
}

fastify.get('/api/v1/sessions', {
  schema: { response: { 200: { type: 'array', items: summary } } }
}, (request, reply) => {
  const rows = list.all(request.query.status, Number(request.query.limit))
  reply.send(rows.map((row) => ({
    session_id: row.id,
    id: row.id,
    app: row.app,
    status: row.status,
    label: row.label,
    environment: row.environment,
    started_at: time(row.created_at),
    updated_at: time(row.updated_at),
    waiting_since: row.status === 'awaiting_input' ? time(row.at) : null,
    current_agent: row.agent
  })))
})

// ---- a new session

const insert = db.prepare(`
	INSERT INTO session (id, app_id, app, query, environment, submitter,
		node, ready_at, created_at, updated_at)
	VALUES (@id, 1, 'bench', @query, @environment, @submitter, 'worker', @now, @now,
		@now)`)
let number = 0

const create = db.transaction((query, environment, submitter) => {
  const id = `BEN-20260101-${String(++number).padStart(3, '0')}`
  insert.run({
    id, query, environment, submitter: JSON.stringify(submitter), now: Date.now()
  })
  return id
}).immediate

fastify.post('/api/v1/sessions', {
  schema: {
    body: {
      type: 'object',
      required: ['query', 'environment'],
      properties: {
        query: text,
        environment: text,
        submitter: { type: 'object', additionalProperties: true }
      }
    }
  }
}, (request, reply) => {
  const { query, environment, submitter } = request.body
  const id = create(query, environment, submitter ?? { id: 'user-mock' })
  reply.code(201).send({ session_id: id })
})

// ---- the bare variant

db.exec(`
	CREATE TABLE bare (
		id TEXT PRIMARY KEY, status TEXT NOT NULL, label TEXT NOT NULL,
		environment TEXT NOT NULL, created_at INTEGER NOT NULL,
		body TEXT NOT NULL)`)
const bareInsert = db.prepare('INSERT INTO bare VALUES (?, ?, ?, ?, ?, ?)')
db.transaction(() => {
  for (const { id } of db.prepare('SELECT id FROM session').all()) {
    const s = sessionOf.get(id)
    bareInsert.run(id, s.status, s.query.slice(0, 200), s.environment,
      s.created_at, JSON.stringify(sessionObject(s)))
  }
})()
db.exec('CREATE INDEX bare_status ON bare (status, created_at)')

const bareOne = db.prepare('SELECT body FROM bare WHERE id = ?').pluck()
const bareList = db.prepare(`
	SELECT id, status, label, environment, created_at FROM bare
	WHERE status = ? ORDER BY created_at DESC LIMIT ?`)

fastify.get('/bare/sessions/:id', (request, reply) => {
  reply.type('application/json').send(bareOne.get(request.params.id))
})

fastify.get('/bare/sessions', {
  schema: {
    response: {
      200: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            id: text, status: text, label: text, environment: text, created_at: whole
          }
        }
      }
    }
  }
}, (request, reply) => {
  reply.send(bareList.all(request.query.status, Number(request.query.limit)))
})

process.on('SIGTERM', () => process.exit(0))
fs.rmSync(socket, { force: true })
fastify.listen({ path: socket }, (error) => {
  if (error) throw error
  fs.chmodSync(socket, 0o660)
})
