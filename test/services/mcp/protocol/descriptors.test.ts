import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { z } from 'zod'
import { defineTool, readOnlyLookup } from '../../../../services/mcp/primitives/tool.ts'
import { describeTool } from '../../../../services/mcp/protocol/descriptors.ts'
import { asRequest, callTool, eras } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'
import { argumentsByTool } from '../../../support/tool-arguments.ts'

interface Schema {
  type?: string | string[]
  description?: string
  properties?: Record<string, Schema>
  items?: Schema
  [keyword: string]: unknown
}
interface ListedTool {
  name: string
  title: string
  description: string
  inputSchema: Schema
  outputSchema: Schema
}

const server = await startServer(t)
const [legacyTools, modernTools] = (await Promise.all(
  eras.map(async (era) => {
    const { body, headers } = asRequest(era, { method: 'tools/list' })
    const { result } = (await (await server.post(body, headers)).json()) as {
      result: { tools: ListedTool[] }
    }
    return result
  })
)) as [{ tools: ListedTool[] }, { tools: ListedTool[] }]

for (const [era, result] of [
  ['legacy', legacyTools],
  ['modern', modernTools]
] as const) {
  t.test(`${era}: tools/list has at most 30,000 bytes, and 10,000 without output schemas`, async (t) => {
    const withoutOutput = { ...result, tools: result.tools.map(({ outputSchema: _, ...tool }) => tool) }
    const [size, inputSize] = [result, withoutOutput].map((one) => Buffer.byteLength(JSON.stringify(one)))

    t.ok(Number(size) <= 30_000, `${size} bytes`)
    t.ok(Number(inputSize) <= 10_000, `${inputSize} bytes`)
  })
}

const { tools } = legacyTools

t.test('every part of a published schema has only keywords that all known readers accept', async (t) => {
  const outputKeywords = ['type', 'description', 'enum', 'properties', 'required', 'items']
  const inputKeywords = [...outputKeywords, 'minimum', 'maximum', 'minItems', 'maxItems']
  const allowed = { inputSchema: inputKeywords, outputSchema: outputKeywords }
  for (const tool of tools) {
    for (const kind of ['inputSchema', 'outputSchema'] as const) {
      for (const part of listParts(tool[kind])) {
        const isEmpty = part.properties && Object.keys(part.properties).length === 0
        t.equal(part.additionalProperties, isEmpty ? false : undefined)
        const unknown = Object.keys(part).filter(
          (keyword) => keyword !== 'additionalProperties' && !allowed[kind].includes(keyword)
        )
        t.strictSame(unknown, [], `${tool.name} ${kind}`)
        t.ok(part.type, `${tool.name} ${kind}: each part has a type`)
        if (kind === 'inputSchema') t.type(part.type, 'string', `${tool.name}: an argument has one type`)
      }
      t.equal(tool[kind].type, 'object')
      t.ok(tool[kind].properties, 'OpenAI rejects an object without properties')
    }
  }
})

function listParts(schema: Schema): Schema[] {
  const { properties = {}, items } = schema
  return [schema, ...[...Object.values(properties), ...(items ? [items] : [])].flatMap(listParts)]
}

for (const [draft, ajv] of [
  ['draft-07', new Ajv({ strict: true, allErrors: true })],
  ['2020-12', new Ajv2020({ strict: true, allErrors: true })]
] as const) {
  t.test(
    `${draft}: Ajv in strict mode compiles every schema, and accepts examples and answers`,
    async (t) => {
      const examples = new Map(
        server.app.mcp.catalog.tools.map(({ name, example }) => [name, example?.arguments])
      )
      for (const { name, inputSchema, outputSchema } of tools) {
        const [isInput, isOutput] = [ajv.compile(inputSchema), ajv.compile(outputSchema)]
        t.ok(isInput(examples.get(name)), `${name}: ${ajv.errorsText(isInput.errors)}`)
        t.notOk(isInput([]), name)
        t.notOk(isOutput({}), name)
        for (const args of argumentsByTool[name] ?? []) {
          t.ok(isInput(args), `${name}: ${ajv.errorsText(isInput.errors)}`)
          const { structuredContent } = await callTool(server, name, args)
          t.ok(isOutput(structuredContent), `${name}: ${ajv.errorsText(isOutput.errors)}`)
        }
      }
    }
  )
}

t.test('answers have no field that their published schema does not declare', async (t) => {
  const ajv = new Ajv({ strict: true, allErrors: true })
  for (const { name, outputSchema } of tools) {
    const isDeclared = ajv.compile(forbidOthers(outputSchema))
    for (const args of argumentsByTool[name] ?? []) {
      const { structuredContent } = await callTool(server, name, args)
      t.ok(isDeclared(structuredContent), `${name}: ${ajv.errorsText(isDeclared.errors)}`)
    }
  }
})

/** The same schema, in which no object has other properties than the declared ones. */
function forbidOthers({ properties, items, ...schema }: Schema): Schema {
  const entries = Object.entries(properties ?? {}).map(([name, part]) => [name, forbidOthers(part)])
  return {
    ...schema,
    ...(properties && { properties: Object.fromEntries(entries), additionalProperties: false }),
    ...(items && { items: forbidOthers(items) })
  }
}

t.test('every argument is described, with its default', async (t) => {
  for (const { name, inputSchema } of server.app.mcp.catalog.tools) {
    const { properties = {} } = z.toJSONSchema(inputSchema, { io: 'input' }) as Schema
    for (const [argument, { default: fallback, description = '' }] of Object.entries(properties)) {
      t.ok(description, `${name}: ${argument}`)
      if (typeof fallback === 'string' || typeof fallback === 'number') {
        t.match(description, `${fallback} by default.`, `${name}: ${argument}`)
      }
    }
  }
})

t.test('titles are short imperatives, and descriptions fit into what clients show', async (t) => {
  for (const { name, title, description } of tools) {
    t.match(title, /^(Get|Compare|Track|Find|Explain|Check) [a-z ]+$/, name)
    t.ok(title.length <= 40, title)
    t.ok(description.length <= 500, `${name}: ${description.length}`)
  }
  const { instructions } = server.app.mcp.catalog
  t.ok(instructions.length <= 2000, `Claude Code cuts longer ones off: ${instructions.length} characters`)
})

t.test('a field that the output schemas do not describe is described in news:///method', async (t) => {
  const read = { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: 'news:///method' } }
  const { result } = (await (await server.post(read)).json()) as { result: { contents: [{ text: string }] } }
  const [{ text }] = result.contents
  const isDescribed = (path: string) => text.split('\n').some((line) => line.startsWith(`- \`${path}\`: `))
  for (const { name, outputSchema } of server.app.mcp.catalog.tools) {
    for (const [path, description] of listShared(z.toJSONSchema(outputSchema ?? z.object({})) as Schema)) {
      t.ok(isDescribed(path), `${name}: ${path}: ${description}`)
    }
  }
})

/** The descriptions that are not published, by their path inside a shared field. */
function listShared({
  properties = {},
  items,
  anyOf = []
}: Schema & { anyOf?: Schema[] }): [string, string][] {
  const fields = Object.entries(properties).flatMap(([name, field]) =>
    field.isShared ? listDescriptions(name, field) : listShared(field)
  )
  return [...fields, ...(items ? listShared(items) : []), ...anyOf.flatMap(listShared)]
}

function listDescriptions(path: string, { description, properties = {} }: Schema): [string, string][] {
  const fields = Object.entries(properties).flatMap(([name, field]) =>
    listDescriptions(`${path}.${name}`, field)
  )
  return [...(description === undefined ? [] : [[path, description] as [string, string]]), ...fields]
}

t.test("a tool's own meta() is published as it is", async (t) => {
  const $schema = 'https://json-schema.org/draft/2020-12/schema'
  const inputSchema = z.strictObject({ id: z.int() }).meta({ $schema, additionalProperties: false })
  const tool = defineTool({
    ...{ name: 'own', title: 'Own', description: 'Own.', annotations: readOnlyLookup, inputSchema },
    handler: async () => ({})
  })

  t.strictSame(describeTool(tool).inputSchema, {
    type: 'object',
    properties: { id: { type: 'integer' } },
    required: ['id'],
    $schema,
    additionalProperties: false
  })
})
