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

t.test('callTool: an ignored key that resembles an argument is named after other content too', async (t) => {
  const picture = defineTool({
    name: 'picture',
    title: 'Picture',
    description: 'Returns an image.',
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    inputSchema: z.strictObject({ width: z.int().default(1) }),
    handler: async () => ({ content: [{ type: 'image', data: '', mimeType: 'image/png' }] })
  })
  const server = await startServer(t, {}, { tools: [picture] })

  const { content } = await callTool(server, 'picture', { widht: 2 })

  t.strictSame(content, [
    { type: 'image', data: '', mimeType: 'image/png' },
    { type: 'text', text: 'Ignored `widht`: did you mean `width`?' }
  ])
})
