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

interface JsonSchema {
  type?: string | string[]
  description?: string
  enum?: unknown[]
  anyOf?: JsonSchema[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  isShared?: boolean
  [keyword: string]: unknown
}

const bounds = ['minimum', 'maximum', 'minItems', 'maxItems'] as const

/**
 * Returns the JSON Schema of a tool's input or output, with only the keywords that draft-07 and 2020-12 share and that
 * hosts accept. Gemini rejects `additionalProperties` (OpenAI's strict mode sets it itself) and most of `format`, Copilot
 * rejects `default`, Cursor `anyOf`, and readers of draft-07 another `$schema`. What a schema has in its own `meta()`
 * stays.
 */
function jsonSchema(schema: z.ZodObject, io: 'input' | 'output'): JsonSchema {
  // MCP recommends this for a tool without arguments, and the strict mode of OpenAI's agents needs it there.
  const empty = Object.keys(schema.shape).length === 0 && { additionalProperties: false }
  return { ...simplify(z.toJSONSchema(schema, { io }) as JsonSchema, io), ...empty, ...schema.meta() }
}

function simplify(schema: JsonSchema, io: 'input' | 'output', inShared = false): JsonSchema {
  const { type, description, enum: values, anyOf, properties, required, items } = schema
  // Only the types: news:///method has the rest.
  const isShared = inShared || schema.isShared === true
  const convert = (part: JsonSchema) => simplify(part, io, isShared)
  const nullable = anyOf?.[1]?.type === 'null' ? anyOf[0] : undefined
  const { type: innerType, enum: innerValues, ...inner } = nullable ? convert(nullable) : {}
  return {
    ...(type !== undefined && { type }),
    ...(innerType !== undefined && { type: [innerType, 'null'].flat() }),
    ...(description !== undefined && !isShared && { description }),
    ...(values && !isShared && { enum: values }),
    ...(innerValues && { enum: [...innerValues, null] }),
    ...inner,
    ...(properties && { properties: mapValues(properties, convert) }),
    ...(required && { required }),
    ...(items && { items: convert(items) }),
    // A model needs the bounds of what it writes.
    ...(io === 'input' && pickBounds(schema))
  }
}

function pickBounds(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(bounds.flatMap((name) => (isBound(schema[name]) ? [[name, schema[name]]] : [])))
}

/** Whether a bound is the tool's own: integers are bounded by what JSON readers can represent. */
const isBound = (value: unknown) => value !== undefined && Math.abs(Number(value)) < Number.MAX_SAFE_INTEGER

function mapValues<Value>(
  record: Record<string, Value>,
  map: (value: Value) => Value
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}
