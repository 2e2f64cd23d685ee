import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import fastify from 'fastify'
import { z } from 'zod'
import { description, host, name, port, result } from './tool.ts'

/** SDK 1.x without sessions, as in its documentation: a server and a transport for each request. */
const app = fastify()
app.post('/mcp', async (request, reply) => {
  reply.hijack()
  const server = new McpServer({ name: 'sdk-1', version: '1.0.0' })
  server.registerTool(name, { description, inputSchema: { ticker: z.string() } }, async () => ({ ...result }))
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: undefined,
    enableJsonResponse: true
  })
  reply.raw.on('close', () => {
    transport.close()
    server.close()
  })
  await server.connect(transport)
  await transport.handleRequest(request.raw, reply.raw, request.body)
})
await app.listen({ host, port })
