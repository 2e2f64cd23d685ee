import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import fastify from 'fastify'
import { z } from 'zod'
import { description, host, name, port, result } from './tool.ts'

/** SDK 2.x with its own handler, which creates a server for each request. */
const handle = toNodeHandler(
  createMcpHandler(() => {
    const server = new McpServer({ name: 'sdk-2', version: '1.0.0' })
    server.registerTool(name, { description, inputSchema: z.object({ ticker: z.string() }) }, async () => ({
      ...result
    }))
    return server
  })
)
const app = fastify()
app.post('/mcp', async (request, reply) => {
  reply.hijack()
  await handle(request.raw, reply.raw, request.body)
})
await app.listen({ host, port })
