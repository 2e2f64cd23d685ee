import fastify from 'fastify'
import { answer, host, port } from './tool.ts'

/** The floor: bare Fastify parses the request, and sends the bytes and headers of a recorded answer of this server. */
const { headers, body } = answer
const app = fastify()
app.post('/mcp', (_request, reply) => reply.headers(headers).send(body))
await app.listen({ host, port })
