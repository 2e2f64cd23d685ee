import fastify from 'fastify'
import { host, port, result } from './tool.ts'

/** Bare Fastify: parses the body, and serializes the same object for each response. */
const message = { jsonrpc: '2.0', id: 1, result }
const app = fastify()
app.post('/mcp', (_request, reply) => reply.send(message))
await app.listen({ host, port })
