import { z } from 'zod'
import type { Catalog } from '../catalog.ts'
import { describeArguments } from '../primitives/prompt.ts'
import type { BaseMetadata } from '../primitives/request-context.ts'

function describe({ name, title, description, icons }: BaseMetadata) {
  return { name, title, description, ...(icons && { icons }) }
}

export function describeTool(tool: Catalog['tools'][number]) {
  return {
    ...describe(tool),
    annotations: tool.annotations,
    // MCP Apps 2026-01-26, and the flat key of hosts that came before it.
    ...(tool.uiResourceUri && {
      _meta: { ui: { resourceUri: tool.uiResourceUri }, 'ui/resourceUri': tool.uiResourceUri }
    }),
    inputSchema: jsonSchema(tool.inputSchema, 'input'),
    ...(tool.outputSchema && { outputSchema: jsonSchema(tool.outputSchema, 'output') })
  }
}

export function describeResource(resource: Catalog['resources' | 'resourceTemplates'][number]) {
  const { mimeType, annotations, _meta } = resource
  return {
    ...describe(resource),
    ...(mimeType && { mimeType }),
    ...(annotations && { annotations }),
    ...(_meta && { _meta })
  }
}

export function describePrompt(prompt: Catalog['prompts'][number]) {
  return { ...describe(prompt), arguments: describeArguments(prompt) }
}

/** JSON Schema 2020-12, the dialect of MCP since 2025-11-25; the clients of both SDKs take it in older revisions, too. */
function jsonSchema(schema: z.ZodObject, io: 'input' | 'output') {
  return z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    override: ({ jsonSchema: one }) => pruneSchema(one)
  })
}

/** Takes out what says nothing new: models read these lists, and pay for them. */
function pruneSchema(schema: z.core.JSONSchema.BaseSchema) {
  if (schema.format !== undefined) delete schema.pattern
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
}
