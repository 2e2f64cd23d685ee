import { FastMCP } from 'fastmcp'
import { z } from 'zod'
import { description, host, name, port, result } from './tool.ts'

const server = new FastMCP({ name: 'fastmcp', version: '1.0.0' })
server.addTool({
  name,
  description,
  parameters: z.object({ ticker: z.string() }),
  execute: async () => result
})
await server.start({
  transportType: 'httpStream',
  httpStream: { host, port, endpoint: '/mcp', stateless: true, enableJsonResponse: true }
})
