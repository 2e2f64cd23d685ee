import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport
} from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { fetch as fetchThrough } from 'undici'
import type { ToolResult } from '../support/rpc.ts'
import { type Caller, goneBecause, longestAnswerMs, type Outcome } from './caller.ts'
import { type Kind, news, newsExpected } from './kind.ts'
import { chooseCall, chooseUri } from './questions.ts'

const info = { name: 'soak', version: '1.0.0' }
const options = { timeout: longestAnswerMs }

/** A fetch for both SDKs' transports: with the token of the moment, on connections that end with the load. */
function fetchFor({ agent, tokens, subject }: Caller, onAsk: () => void): typeof fetch {
  const through = async (url: unknown, init: unknown) => {
    onAsk()
    const { headers: sent, ...rest } = Object(init) as RequestInit
    const headers = new Headers(sent)
    headers.set('authorization', `Bearer ${await tokens.good(subject)}`)
    return fetchThrough(String(url), {
      ...Object(rest),
      headers: Object.fromEntries(headers),
      dispatcher: agent
    })
  }
  // The types of Node's own fetch and of undici's are not the same.
  return through as unknown as typeof fetch
}

/** Connects, does what a host does when a conversation begins, asks, and leaves. */
async function converse(
  caller: Caller,
  client: Client | ModernClient,
  {
    connect,
    call
  }: {
    connect(url: URL, options: { fetch: typeof fetch }): Promise<void>
    call(params: ReturnType<typeof chooseCall>): Promise<unknown>
  }
): Promise<Outcome> {
  let from = performance.now()
  const fetch = fetchFor(caller, () => {
    from = performance.now()
  })
  try {
    await connect(new URL(`${caller.replica.origin}/mcp`), { fetch })
    await client.listTools(undefined, options)
    await client.listPrompts(undefined, options)
    await client.complete(
      {
        ref: { type: 'ref/resource', uri: 'news:///tickers/{ticker}/latest' },
        argument: { name: 'ticker', value: 'N' }
      },
      options
    )
    const called = (await call(chooseCall(caller.chance))) as ToolResult
    if (called.isError) return { said: `200 ${called._meta?.code}`, text: JSON.stringify(called), from }
    await client.readResource({ uri: chooseUri(caller.chance) }, options)
    return { said: '200', text: '', from }
  } catch (error) {
    return { said: sayOf(error), text: String(error), from }
  } finally {
    await client.close()
  }
}

/** What the SDKs make of an answer: an error of JSON-RPC, of HTTP, or of the connection. */
function sayOf(error: unknown): string {
  const { code, data, message } = error as Error & {
    code?: unknown
    data?: { code?: unknown; status?: number }
  }
  if (code === -32001 || code === 'REQUEST_TIMEOUT') return 'hang'
  // SDK 1.x has the status as the code.
  const status = data?.status ?? code
  if (typeof status !== 'number') return goneBecause(error)
  if (status < 0) return `200 ${data?.code ?? status}`
  const [, name] = /"error":"(\w+)"/.exec(message) ?? /"code":(-\d+)/.exec(message) ?? []
  return `${status} ${name ?? 'without a reason'}`
}

/** The clients of both SDKs, with a connection of MCP for each conversation. */
export const sdkKinds: Kind[] = [
  {
    name: 'legacy: SDK client',
    weight: 3,
    expected: newsExpected,
    needs: news,
    run(caller) {
      const client = new Client(info)
      return converse(caller, client, {
        connect: (url, transport) =>
          client.connect(new StreamableHTTPClientTransport(url, transport), options),
        call: (params) => client.callTool(params, undefined, options)
      })
    }
  },
  {
    name: 'modern: SDK client',
    weight: 3,
    expected: newsExpected,
    needs: news,
    run(caller) {
      const client = new ModernClient(info, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
      return converse(caller, client, {
        connect: (url, transport) => client.connect(new ModernTransport(url, transport), options),
        call: (params) => client.callTool(params, options)
      })
    }
  }
]
