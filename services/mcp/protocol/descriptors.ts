import { z } from 'zod'
import type { Catalogue } from '../catalog.ts'
import { describeArguments } from '../primitives/prompt.ts'
import type { Described } from '../primitives/request-context.ts'

function describe({ name, title, description, icons }: Described) {
  return { name, title, description, ...(icons && { icons }) }
}

export function describeTool(tool: Catalogue['tools'][number]) {
  return {
    ...describe(tool),
    annotations: tool.annotations,
    // MCP Apps 2026-01-26, and the flat key of hosts that came before it.
    ...(tool.pageUri && { _meta: { ui: { resourceUri: tool.pageUri }, 'ui/resourceUri': tool.pageUri } }),
    inputSchema: jsonSchema(tool.inputSchema, 'input'),
    ...(tool.outputSchema && { outputSchema: jsonSchema(tool.outputSchema, 'output') })
  }
}

export function describeResource(resource: Catalogue['resources' | 'resourceTemplates'][number]) {
  const { mimeType, annotations, _meta } = resource
  return {
    ...describe(resource),
    ...(mimeType && { mimeType }),
    ...(annotations && { annotations }),
    ...(_meta && { _meta })
  }
}

export function describePrompt(prompt: Catalogue['prompts'][number]) {
  return { ...describe(prompt), arguments: describeArguments(prompt) }
}

/** JSON Schema 2020-12, the dialect of MCP since 2025-11-25; the clients of both SDKs take it in older revisions, too. */
function jsonSchema(schema: z.ZodObject, io: 'input' | 'output') {
  return z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    override: ({ jsonSchema: one }) => lighten(one)
  })
}

/** Takes out what says nothing new: models read these lists, and pay for them. */
function lighten(schema: z.core.JSONSchema.BaseSchema) {
  if (schema.format !== undefined) delete schema.pattern
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
}
