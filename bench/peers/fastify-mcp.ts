import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import fastify from 'fastify'
import { streamableHttp } from 'fastify-mcp'
import { z } from 'zod'
import { description, host, name, port, result } from './tool.ts'

const app = fastify()
app.register(streamableHttp, {
  stateful: false,
  mcpEndpoint: '/mcp',
  createServer() {
    const server = new McpServer({ name: 'fastify-mcp', version: '1.0.0' })
    server.registerTool(name, { description, inputSchema: { ticker: z.string() } }, async () => ({
      ...result
    }))
    return server.server
  }
})
await app.listen({ host, port })
