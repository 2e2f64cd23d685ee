import fastify from 'fastify'
import { answer, host, port } from './tool.ts'

/** Bare Fastify: parses the body, and always returns the same bytes. */
const body = JSON.stringify({ jsonrpc: '2.0', id: 1, result: answer })
const app = fastify()
app.post('/mcp', (_request, reply) => reply.type('application/json').send(body))
await app.listen({ host, port })
