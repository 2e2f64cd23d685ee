import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport
} from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { fetch as undiciFetch } from 'undici'
import type { ToolResult } from '../support/rpc.ts'
import { type Caller, maxAnswerMs, type Outcome, summarizeFailure } from './caller.ts'
import { chooseCall, chooseUri } from './requests.ts'
import { newsAndKeys, newsExpected, type Scenario } from './scenario.ts'

const info = { name: 'soak', version: '1.0.0' }
const options = { timeout: maxAnswerMs }

/** Creates a fetch for the transports of both SDKs, with the current token and the agent of the load. */
function createFetch({ agent, tokens, subject }: Caller, onRequest: () => void): typeof fetch {
  const fetchWithToken = async (url: unknown, init: unknown) => {
    onRequest()
    const { headers: sent, ...rest } = Object(init) as RequestInit
    const headers = new Headers(sent)
    headers.set('authorization', `Bearer ${await tokens.valid(subject)}`)
    return undiciFetch(String(url), {
      ...Object(rest),
      headers: Object.fromEntries(headers),
      dispatcher: agent
    })
  }
  // The types of Node's fetch and undici's fetch differ.
  return fetchWithToken as unknown as typeof fetch
}

/** Connects, lists what a host lists at the start of a conversation, calls a tool, and disconnects. */
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
  const fetch = createFetch(caller, () => {
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
    const called = (await call(chooseCall(caller.random))) as ToolResult
    if (called.isError) return { summary: `200 ${called._meta?.code}`, text: JSON.stringify(called), from }
    await client.readResource({ uri: chooseUri(caller.random) }, options)
    return { summary: '200', text: '', from }
  } catch (error) {
    return { summary: summarizeSdkError(error), text: String(error), from }
  } finally {
    await client.close()
  }
}

/** Summarizes the SDKs' errors: JSON-RPC, HTTP, or the connection. */
function summarizeSdkError(error: unknown): string {
  const { code, data, message } = error as Error & {
    code?: unknown
    data?: { code?: unknown; status?: number }
  }
  if (code === -32001 || code === 'REQUEST_TIMEOUT') return 'hang'
  // SDK 1.x uses the status as the code.
  const status = data?.status ?? code
  if (typeof status !== 'number') return summarizeFailure(error)
  if (status < 0) return `200 ${data?.code ?? status}`
  const [, name] = /"error":"(\w+)"/.exec(message) ?? /"code":(-\d+)/.exec(message) ?? []
  return `${status} ${name ?? 'without a reason'}`
}

/** The clients of both SDKs, with an MCP connection for each conversation. */
export const sdkScenarios: Scenario[] = [
  {
    name: 'legacy: SDK client',
    weight: 3,
    expected: newsExpected,
    needs: newsAndKeys,
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
    needs: newsAndKeys,
    run(caller) {
      const client = new ModernClient(info, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
      return converse(caller, client, {
        connect: (url, transport) => client.connect(new ModernTransport(url, transport), options),
        call: (params) => client.callTool(params, options)
      })
    }
  }
]
