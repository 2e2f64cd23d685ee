import { once } from 'node:events'
import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { z } from 'zod'
import { defineTool } from '../../services/mcp/primitives/tool.ts'
import { asRequest, type Era } from './rpc.ts'
import { startServer, type TestServer } from './server.ts'
import { until } from './until.ts'

/** Creates a tool that returns its caller and the mark of the call. Its arguments set how long it runs. */
export function createEcho() {
  const echo = {
    /** The marks of the calls that run. */
    running: new Set<string>(),
    /** The marks of the calls whose signals aborted. */
    aborted: new Set<string>(),
    onStart: (_mark: string) => {},
    release: Promise.withResolvers<void>(),
    /** Resolves when no call runs. */
    settled: () => until(() => echo.running.size === 0)
  }
  const tool = defineTool({
    name: 'echo',
    title: 'Echo',
    description: 'Echoes.',
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    inputSchema: z.strictObject({
      mark: z.string(),
      steps: z.int().default(0),
      waitMs: z.int().default(0),
      isHeld: z.boolean().default(false)
    }),
    outputSchema: z.object({ mark: z.string(), subject: z.string() }),
    async handler({ mark, steps, waitMs, isHeld }, { auth, signal, reportProgress }) {
      echo.running.add(mark)
      if (signal.aborted) echo.aborted.add(mark)
      const aborted = once(signal, 'abort').then(() => echo.aborted.add(mark))
      echo.onStart(mark)
      try {
        signal.throwIfAborted()
        for (let progress = 1; progress <= steps; progress += 1) {
          await sleep(waitMs)
          await reportProgress({ progress, total: steps, message: mark })
        }
        if (isHeld) await Promise.race([echo.release.promise, aborted])
        return { text: mark, structuredContent: { mark, subject: auth.subject } }
      } finally {
        echo.running.delete(mark)
      }
    }
  })
  return { echo, tool }
}

export interface EchoCall {
  id?: string | number
  args: Record<string, unknown>
  progressToken?: string | number | undefined
}

/** A call of the tool `echo`, as clients of `era` send it. */
export const callEcho = (era: Era, { id = 1, args, progressToken }: EchoCall) =>
  asRequest(era, {
    id,
    method: 'tools/call',
    params: {
      name: 'echo',
      arguments: args,
      ...(progressToken !== undefined && { _meta: { progressToken } })
    }
  })

export const cancellation = (requestId: unknown) => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId }
})

/** Sends a POST whose socket the test can destroy. */
export function openPost(
  { port, token }: Pick<TestServer, 'port' | 'token'>,
  { body, headers }: { body: unknown; headers: Record<string, string> },
  accept = 'application/json, text/event-stream',
  agent?: Agent
): ClientRequest {
  const opened = request({
    host: 'localhost',
    port,
    path: '/mcp',
    method: 'POST',
    agent,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept, ...headers }
  })
  opened.on('error', () => {}) // some tests destroy the request
  opened.end(JSON.stringify(body))
  return opened
}

export async function readResponse(opened: ClientRequest) {
  const [response] = (await once(opened, 'response')) as [IncomingMessage]
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}

/** Starts a server with the tool; `hold` starts a call that runs until `echo.release` resolves. */
export async function startHolding(t: Test, environment = {}) {
  const { echo, tool } = createEcho()
  const server = await startServer(t, environment, { tools: [tool] })
  t.teardown(() => echo.release.resolve())
  const hold = async (
    era: Era,
    { token = server.token, accept, ...call }: { token?: string; accept?: string } & Partial<EchoCall>
  ) => {
    const started = Promise.withResolvers<void>()
    const mark = String(call.args?.mark ?? 'held')
    echo.onStart = (running) => void (running === mark && started.resolve())
    const opened = openPost(
      { port: server.port, token },
      callEcho(era, { ...call, args: { mark, isHeld: true, ...call.args } }),
      accept
    )
    const response = readResponse(opened)
    response.catch(() => {}) // rejects if the test destroys the request
    await started.promise
    return { opened, response }
  }
  return { ...server, echo, hold }
}
