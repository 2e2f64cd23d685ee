import { setTimeout as sleep } from 'node:timers/promises'
import createError from '@fastify/error'
import { z } from 'zod'
import type { CatalogEntries } from '../../services/mcp/catalog.ts'
import type { ContentBlock } from '../../services/mcp/primitives/content.ts'
import { definePrompt } from '../../services/mcp/primitives/prompt.ts'
import { defineResourceTemplate, type Resource } from '../../services/mcp/primitives/resource.ts'
import { defineTool, type Tool } from '../../services/mcp/primitives/tool.ts'

/** A red pixel and an empty sound: the suite checks only their types. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='
const wav = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA='

const image: ContentBlock = { type: 'image', data: png, mimeType: 'image/png' }
const uncached = { ttlMs: 0, cacheScope: 'private' } as const
const annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false
}

const IntendedError = createError(
  'TEST_INTENDED',
  'This tool intentionally returns an error for testing',
  500
)

/** A tool without arguments. */
function plainTool(name: string, description: string, handler: Tool['handler']): Tool {
  return defineTool({ name, title: name, description, annotations, inputSchema: z.strictObject({}), handler })
}

function textResource(uri: string, mimeType: string, text: string): ContentBlock {
  return { type: 'resource', resource: { uri, mimeType, text } }
}

const tools: Tool[] = [
  plainTool('test_simple_text', 'Returns text.', async () => ({
    text: 'This is a simple text response for testing.'
  })),
  plainTool('test_image_content', 'Returns an image.', async () => ({ content: [image] })),
  plainTool('test_audio_content', 'Returns a sound.', async () => ({
    content: [{ type: 'audio', data: wav, mimeType: 'audio/wav' }]
  })),
  plainTool('test_embedded_resource', 'Returns a resource.', async () => ({
    content: [textResource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')]
  })),
  plainTool('test_multiple_content_types', 'Returns text, an image and a resource.', async () => ({
    text: 'Multiple content types test:',
    content: [
      image,
      textResource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}')
    ]
  })),
  plainTool('test_error_handling', 'Always fails.', async () => {
    throw new IntendedError()
  }),
  plainTool(
    'test_tool_with_progress',
    'Reports its progress.',
    async (_input, { reportProgress, signal }) => {
      for (const progress of [0, 50, 100]) {
        await reportProgress({ progress, total: 100, message: `Completed step ${progress} of 100` })
        await sleep(50, undefined, { signal })
      }
      return { text: 'Done' }
    }
  ),
  plainTool('test_logging_tool', 'Writes to the log of the server.', async (_input, { log }) => {
    log.info({}, 'test_logging_tool was called')
    return { text: 'Logged' }
  }),
  plainTool('test_streaming_elicitation', 'Reports progress without a total.', async (_input, context) => {
    await context.reportProgress({ progress: 1 })
    return { text: 'No tool of this server asks the client' }
  }),
  defineTool({
    name: 'json_schema_2020_12_tool',
    title: 'JSON Schema 2020-12',
    description: 'Has a schema with keywords of JSON Schema 2020-12.',
    annotations,
    // The tool's own words: the server publishes them as they are.
    inputSchema: z.looseObject({}).meta({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $defs: {
        address: {
          $anchor: 'addressDef',
          type: 'object',
          properties: { street: { type: 'string' }, city: { type: 'string' } }
        }
      },
      properties: {
        name: { type: 'string' },
        address: { $ref: '#/$defs/address' },
        contactMethod: { type: 'string', enum: ['phone', 'email'] },
        phone: { type: 'string' },
        email: { type: 'string' }
      },
      allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
      if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { required: ['phone'] },
      else: { required: ['email'] },
      additionalProperties: false
    }),
    handler: async (input) => ({ text: JSON.stringify(input) })
  })
]

const resources: Resource[] = [
  {
    uri: 'test://static-text',
    name: 'static-text',
    title: 'Static text',
    description: 'A text that never changes.',
    mimeType: 'text/plain',
    read: async () => ({
      contents: [
        {
          uri: 'test://static-text',
          mimeType: 'text/plain',
          text: 'This is the content of the static text resource.'
        }
      ],
      cache: uncached
    })
  },
  {
    uri: 'test://static-binary',
    name: 'static-binary',
    title: 'Static bytes',
    description: 'An image that never changes.',
    mimeType: 'image/png',
    read: async () => ({
      contents: [{ uri: 'test://static-binary', mimeType: 'image/png', blob: png }],
      cache: uncached
    })
  }
]

const resourceTemplates = [
  defineResourceTemplate<'id'>({
    uriTemplate: 'test://template/{id}/data',
    name: 'template',
    title: 'Data by id',
    description: 'Data with the id in the URI.',
    mimeType: 'application/json',
    read: async ({ id }) => ({
      contents: [
        {
          uri: `test://template/${encodeURIComponent(id)}/data`,
          mimeType: 'application/json',
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` })
        }
      ],
      cache: uncached
    })
  })
]

const prompts = [
  definePrompt({
    name: 'test_simple_prompt',
    title: 'Simple',
    description: 'A prompt without arguments.',
    argumentsSchema: z.object({}),
    messages: () => [
      { role: 'user', content: { type: 'text', text: 'This is a simple prompt for testing.' } }
    ]
  }),
  definePrompt({
    name: 'test_prompt_with_arguments',
    title: 'With arguments',
    description: 'A prompt that repeats its arguments.',
    argumentsSchema: z.object({
      arg1: z.string().describe('First test argument'),
      arg2: z.string().describe('Second test argument')
    }),
    complete: { arg1: (value) => ['testOne', 'testTwo'].filter((known) => known.startsWith(value)) },
    messages: ({ arg1, arg2 }) => [
      {
        role: 'user',
        content: { type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` }
      }
    ]
  }),
  definePrompt({
    name: 'test_prompt_with_embedded_resource',
    title: 'With a resource',
    description: 'A prompt with a resource.',
    argumentsSchema: z.object({ resourceUri: z.string().describe('URI of the resource to embed') }),
    messages: ({ resourceUri }) => [
      {
        role: 'user',
        content: textResource(resourceUri, 'text/plain', 'Embedded resource content for testing.')
      },
      { role: 'user', content: { type: 'text', text: 'Please process the embedded resource above.' } }
    ]
  }),
  definePrompt({
    name: 'test_prompt_with_image',
    title: 'With an image',
    description: 'A prompt with an image.',
    argumentsSchema: z.object({}),
    messages: () => [
      { role: 'user', content: image },
      { role: 'user', content: { type: 'text', text: 'Please analyze the image above.' } }
    ]
  })
]

/** The entries that the scenarios use, in addition to the server's own. */
export const fixtures: CatalogEntries = { tools, resources, resourceTemplates, prompts }
