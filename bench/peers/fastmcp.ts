import { FastMCP } from 'fastmcp'
import { z } from 'zod'
import { answer, description, host, name, port } from './tool.ts'

const server = new FastMCP({ name: 'fastmcp', version: '1.0.0' })
server.addTool({
  name,
  description,
  parameters: z.object({ ticker: z.string() }),
  execute: async () => answer
})
await server.start({
  transportType: 'httpStream',
  httpStream: { host, port, endpoint: '/mcp', stateless: true, enableJsonResponse: true }
})
