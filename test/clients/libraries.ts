import { createRequire } from 'node:module'
import type { auth as authorize } from '@modelcontextprotocol/sdk/client/auth.js'
import type { Client as SdkOneClient } from '@modelcontextprotocol/sdk/client/index.js'
import type { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Person } from '../support/oauth-user.ts'
import {
  type Connect,
  type Connection,
  type Credentials,
  fromSdkClient,
  type ToolResult,
  toText
} from './connection.ts'

/** Imports a package of this folder. The project's own `npm ci` does not install it, so `tsc` does not resolve it. */
const load = (name: string) => import(name)

interface SdkOne {
  Client: typeof SdkOneClient
  Transport: typeof StreamableHTTPClientTransport
  auth: typeof authorize
}

async function loadSdk(name: string): Promise<SdkOne> {
  const [{ Client }, { StreamableHTTPClientTransport: Transport }, { auth }] = await Promise.all([
    load(`${name}/client/index.js`),
    load(`${name}/client/streamableHttp.js`),
    load(`${name}/client/auth.js`)
  ])
  return { Client, Transport, auth }
}

/** The options of a transport of the SDKs, which libraries around them take as well. */
const toTransportOptions = (credentials: Credentials) =>
  'token' in credentials
    ? { requestInit: { headers: { Authorization: `Bearer ${credentials.token}` } } }
    : { authProvider: credentials.person }

/** The options of libraries that take headers by themselves. */
const toHeaderOptions = (credentials: Credentials) =>
  'token' in credentials
    ? { headers: { Authorization: `Bearer ${credentials.token}` } }
    : { authProvider: credentials.person }

/** Connects. After a sign-in, redeems the code, and connects again, as applications do. */
async function connectSignedIn<T>(
  credentials: Credentials,
  connect: () => Promise<T>,
  redeem: (person: Person) => Promise<unknown>
): Promise<T> {
  try {
    return await connect()
  } catch (error) {
    if (!('person' in credentials) || !credentials.person.code) throw error
    await redeem(credentials.person)
    return connect()
  }
}

/** Redeems a code with a library's own OAuth code. */
const redeemWith = (auth: SdkOne['auth'], serverUrl: string) => (person: Person) =>
  auth(person, { serverUrl, authorizationCode: person.code })

/** SDK 1, in the version that is installed as `name`. */
export function connectSdk(name: string): Connect {
  return async (_t, url, credentials) => {
    const { Client, Transport } = await loadSdk(name)
    const client = new Client({ name, version: '1.0.0' })
    const createTransport = () => new Transport(new URL(url), toTransportOptions(credentials))
    let transport = createTransport()
    const connect = () => {
      transport = createTransport()
      return client.connect(transport)
    }
    await connectSignedIn(credentials, connect, ({ code }) => transport.finishAuth(code))
    return fromSdkClient(client)
  }
}

/** SDK 2, pinned to a revision, or with one of its modes of negotiation. */
export function connectModernSdk(mode: 'legacy' | 'auto' | { pin: '2026-07-28' }): Connect {
  return async (_t, url, credentials) => {
    const sdk: typeof import('@modelcontextprotocol/client') = await load('@modelcontextprotocol/client')
    const client = new sdk.Client({ name: 'sdk-2', version: '1.0.0' }, { versionNegotiation: { mode } })
    const createTransport = () =>
      new sdk.StreamableHTTPClientTransport(new URL(url), toTransportOptions(credentials))
    let transport = createTransport()
    const connect = () => {
      transport = createTransport()
      return client.connect(transport)
    }
    await connectSignedIn(credentials, connect, (person) => transport.finishAuth(person.callback()))
    return fromSdkClient(client)
  }
}

interface LangChain {
  MultiServerMCPClient: new (
    options: unknown
  ) => {
    getTools(): Promise<{ name: string; invoke(args: unknown): Promise<unknown> }[]>
    close(): Promise<void>
  }
}

/** LangChain's adapters, as installed in `folder`. */
export function connectLangChain(folder: string): Connect {
  return async (_t, url, credentials) => {
    const require = createRequire(new URL(`${folder}/`, import.meta.url))
    const { MultiServerMCPClient }: LangChain = require('@langchain/mcp-adapters')
    const { auth } = await loadSdk('@modelcontextprotocol/sdk')
    const client = new MultiServerMCPClient({
      mcpServers: { news: { transport: 'http', url, ...toHeaderOptions(credentials) } }
    })
    const tools = await connectSignedIn(credentials, () => client.getTools(), redeemWith(auth, url))
    return {
      list: async () => tools.map(({ name }) => name),
      call: async (name, args) => JSON.stringify(await findTool(tools, name).invoke(args)),
      close: () => client.close()
    }
  }
}

function findTool<T extends { name: string }>(tools: T[], name: string): T {
  const tool = tools.find((tool) => tool.name === name)
  if (!tool) throw new Error(`The client does not offer ${name}`)
  return tool
}

interface AiClient {
  tools(): Promise<Record<string, { execute(args: unknown, options: unknown): Promise<ToolResult> }>>
  close(): Promise<void>
}

async function fromAiClient(client: AiClient): Promise<Connection> {
  const tools = Object.entries(await client.tools()).map(([name, tool]) => ({ name, tool }))
  const options = { toolCallId: 'call-1', messages: [] }
  return {
    list: async () => tools.map(({ name }) => name),
    call: async (name, args) => toText(await findTool(tools, name).tool.execute(args, options)),
    close: () => client.close()
  }
}

/** The MCP client of `ai` 4, with a transport of the SDK, because its own transport is SSE alone. */
export const connectAi4: Connect = async (_t, url, credentials) => {
  const { experimental_createMCPClient: createClient } = await load('ai-4')
  const { Transport, auth } = await loadSdk('sdk-1.17')
  const connect = () =>
    createClient({ transport: new Transport(new URL(url), toTransportOptions(credentials)) })
  return fromAiClient(await connectSignedIn(credentials, connect, redeemWith(auth, url)))
}

/** The AI SDK's MCP client, in the version that is installed as `name`. */
export function connectAi(name: string): Connect {
  return async (_t, url, credentials) => {
    const { experimental_createMCPClient: createClient, auth } = await load(name)
    // Before its first request, because version 1 opens a stream at the same time, and would start two sign-ins.
    if ('person' in credentials) {
      await auth(credentials.person, { serverUrl: url })
      await redeemWith(auth, url)(credentials.person)
    }
    return fromAiClient(
      await createClient({ transport: { type: 'http', url, ...toHeaderOptions(credentials) } })
    )
  }
}

interface GenkitTool {
  (args: unknown): Promise<unknown>
  __action: { name: string }
}

interface GenkitClient {
  getActiveTools(genkit: unknown): Promise<GenkitTool[]>
  disable(): Promise<void>
}

/** Genkit's MCP plugin. If it cannot connect, it logs that, and offers no tools. */
export const connectGenkit: Connect = async (_t, url, credentials) => {
  const [{ genkit }, { createMcpClient }] = await Promise.all([load('genkit'), load('@genkit-ai/mcp')])
  const { auth } = await loadSdk('@modelcontextprotocol/sdk')
  const connect = async () => {
    const mcpServer = { url, ...toTransportOptions(credentials) }
    const client: GenkitClient = createMcpClient({ name: 'news', mcpServer })
    // Genkit puts the name of the server before the name of a tool.
    const tools = (await client.getActiveTools(genkit({}))).map((tool) => ({
      name: tool.__action.name.replace(/^.*\//, ''),
      tool
    }))
    if (tools.length === 0) throw new Error('Genkit did not connect')
    return { client, tools }
  }
  const { client, tools } = await connectSignedIn(credentials, connect, redeemWith(auth, url))
  return {
    list: async () => tools.map(({ name }) => name),
    async call(name, args) {
      const result = JSON.stringify(await findTool(tools, name).tool(args))
      if (result.startsWith('{"error":')) throw new Error(result)
      return result
    },
    close: () => client.disable()
  }
}
