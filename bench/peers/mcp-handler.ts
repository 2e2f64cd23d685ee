import { createServer } from 'node:http'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler } from 'mcp-handler'
import { z } from 'zod'
import { description, host, name, port, result } from './tool.ts'

const handler = createMcpHandler((server) => {
  server.registerTool(name, { description, inputSchema: z.object({ ticker: z.string() }) }, async () => ({
    ...result
  }))
})
// Without Fastify, because the handler reads the body itself.
const handle = toNodeHandler({ fetch: handler })
createServer((request, response) => void handle(request, response)).listen(port, host)
