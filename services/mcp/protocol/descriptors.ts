import { z } from 'zod'
import type { Catalog } from '../catalog.ts'
import { describeArguments } from '../primitives/prompt.ts'
import type { BaseMetadata } from '../primitives/request-context.ts'

function describe({ name, title, description, icons }: BaseMetadata) {
  return { name, title, description, ...(icons && { icons }) }
}

/** An entry of `tools/list`. */
export function describeTool(tool: Catalog['tools'][number]) {
  return {
    ...describe(tool),
    annotations: tool.annotations,
    // MCP Apps 2026-01-26, and the flat key that older hosts read.
    ...(tool.uiResourceUri && {
      _meta: { ui: { resourceUri: tool.uiResourceUri }, 'ui/resourceUri': tool.uiResourceUri }
    }),
    inputSchema: jsonSchema(tool.inputSchema, 'input'),
    ...(tool.outputSchema && { outputSchema: jsonSchema(tool.outputSchema, 'output') })
  }
}

/** The fields that entries of `resources/list` and `resources/templates/list` share. */
export function describeResource(resource: Catalog['resources' | 'resourceTemplates'][number]) {
  const { mimeType, annotations, _meta } = resource
  return {
    ...describe(resource),
    ...(mimeType && { mimeType }),
    ...(annotations && { annotations }),
    ...(_meta && { _meta })
  }
}

/** An entry of `prompts/list`. */
export function describePrompt(prompt: Catalog['prompts'][number]) {
  return { ...describe(prompt), arguments: describeArguments(prompt) }
}

/** Returns JSON Schema 2020-12, MCP's dialect since 2025-11-25. Both SDKs' clients accept it in older revisions too. */
function jsonSchema(schema: z.ZodObject, io: 'input' | 'output') {
  return z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    override: ({ jsonSchema: part }) => pruneSchema(part)
  })
}

/** Removes redundant keywords: models read these lists, and each token costs. */
function pruneSchema(schema: z.core.JSONSchema.BaseSchema) {
  if (schema.format !== undefined) delete schema.pattern
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
}
