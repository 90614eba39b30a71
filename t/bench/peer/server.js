// SPDX-License-Identifier: Apache-2.0
//
// The peer: what a small service of fastify and better-sqlite3 needs for the
// same three requests. It has it easier than we do: one table whose rows hold
// the answer of 2 KB ready made, and no invariants.
//
//	node server.js FILE SOCKET SESSIONS
'use strict'

const fs = require('fs')
const Database = require('better-sqlite3')
const fastify = require('fastify')()

const [file, socket, sessions] = process.argv.slice(2)

const db = new Database(file)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.pragma('mmap_size = 1073741824')
db.exec(`
	CREATE TABLE session (
		id TEXT PRIMARY KEY, status TEXT NOT NULL, label TEXT NOT NULL,
		environment TEXT NOT NULL, created_at INTEGER NOT NULL,
		body TEXT NOT NULL);
	CREATE INDEX session_status ON session (status, created_at);
	CREATE TABLE event (
		seq INTEGER PRIMARY KEY, session_id TEXT NOT NULL,
		kind TEXT NOT NULL, payload TEXT NOT NULL, ts INTEGER NOT NULL);
	CREATE INDEX event_session ON event (session_id, seq)`)

const insert = db.prepare('INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)')
const insertEvent = db.prepare(
  'INSERT INTO event (session_id, kind, payload, ts) VALUES (?, ?, ?, ?)')
const one = db.prepare('SELECT body FROM session WHERE id = ?').pluck()
const list = db.prepare(`
	SELECT id AS session_id, id, status, label, environment, created_at
	FROM session WHERE status = ? ORDER BY created_at DESC LIMIT ?`)

const label = 'the latency of a service is up since the last deploy, ' +
  'please look at it and take the deploy back if nothing else helps'

db.transaction(() => {
  for (let n = 1; n <= Number(sessions); n++) {
    const id = `BEN-20250101-${String(n).padStart(7, '0')}`
    const status = n % 10 === 0 ? 'awaiting_input' : 'done'
    insert.run(id, status, label, 'bench', n, JSON.stringify({
      id, status, label, environment: 'bench', created_at: n,
      filling: 'x'.repeat(1700)
    }))
  }
})()

let number = 0
const create = db.transaction((query, environment) => {
  const id = `BEN-20260101-${++number}`
  const now = Date.now()
  insert.run(id, 'new', query.slice(0, 200), environment, now,
    JSON.stringify({ id, status: 'new', query, environment, created_at: now }))
  insertEvent.run(id, 'session.created', JSON.stringify({ id }), now)
  insertEvent.run(id, 'status_changed', JSON.stringify({ to: 'new' }), now)
  return id
})

const text = { type: 'string' }
const whole = { type: 'integer' }
const summary = {
  type: 'object',
  properties: {
    session_id: text,
    id: text,
    status: text,
    label: text,
    environment: text,
    created_at: whole
  }
}

fastify.get('/api/v1/sessions/:id', (request, reply) => {
  const body = one.get(request.params.id)
  if (body === undefined) {
    reply.code(404).send({ error: 'session not found' })
  } else {
    reply.type('application/json').send(body)
  }
})

fastify.get('/api/v1/sessions', {
  schema: { response: { 200: { type: 'array', items: summary } } }
}, (request, reply) => {
  reply.send(list.all(request.query.status, Number(request.query.limit)))
})

fastify.post('/api/v1/sessions', {
  schema: {
    body: {
      type: 'object',
      required: ['query', 'environment'],
      properties: { query: text, environment: text }
    }
  }
}, (request, reply) => {
  const id = create(request.body.query, request.body.environment)
  reply.code(201).send({ session_id: id })
})

process.on('SIGTERM', () => process.exit(0))
fs.rmSync(socket, { force: true })
fastify.listen({ path: socket }, (error) => {
  if (error) throw error
  fs.chmodSync(socket, 0o660)
})
