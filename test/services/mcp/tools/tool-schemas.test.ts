import t from 'tap'
import { callTool } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'

t.test('the example of every tool is answered without an error', async (t) => {
  const server = await startServer(t)
  const { tools } = server.app.mcp.catalog

  for (const { name, example } of tools) {
    t.ok(example?.question.endsWith('?'), `${name} has a question`)
    const result = await callTool(server, name, { ...example?.arguments })
    t.match(result, { isError: undefined, content: [{ type: 'text' }] }, name)
  }
})
