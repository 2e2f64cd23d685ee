import t from 'tap'
import { z } from 'zod'
import { defineTool } from '../../../../services/mcp/primitives/tool.ts'
import { callTool } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'

t.test('callTool: content follows text; an answer that violates its schema is an error', async (t) => {
  const odd = defineTool({
    name: 'odd',
    title: 'Odd',
    description: 'Returns text and an image; invalid data unless `isValid`.',
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    inputSchema: z.strictObject({ isValid: z.boolean() }),
    outputSchema: z.object({ n: z.number() }),
    handler: async ({ isValid }) => ({
      text: 'first',
      content: [{ type: 'image', data: '', mimeType: 'image/png' }],
      structuredContent: { n: isValid ? 1 : Number.NaN }
    })
  })
  const server = await startServer(t, {}, { tools: [odd] })

  t.match(await callTool(server, 'odd', { isValid: false }), {
    isError: true,
    _meta: { code: 'INTERNAL_ERROR' }
  })
  t.match(await callTool(server, 'odd', { isValid: true }), {
    content: [{ text: 'first' }, { type: 'image' }]
  })
})
