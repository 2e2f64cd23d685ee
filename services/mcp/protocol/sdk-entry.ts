import { Readable } from 'node:stream'
import { createMcpHandler, InMemoryServerEventBus, type Server } from '@modelcontextprotocol/server'
import type { CallerInfo } from './auth-info.ts'
import type { Exchange, Post, PostResponse } from './messages.ts'

/**
 * Wraps the HTTP entry of SDK 2.x. It serves subscriptions, which a connected server does not, and words each error.
 * Its servers have no handlers, so nothing else runs there, outside of the shared transport.
 */
export function createSdkEntry(options: {
  createServer: () => Server
  /** Calls its listener with the URI of each resource that has changed. */
  onResourceUpdated(listener: (uri: string) => void): void
  keepAliveMs: number
  /** This server's own. */
  url: string
  onerror: (error: Error) => void
}) {
  const { createServer, onResourceUpdated, keepAliveMs, url, onerror } = options
  const bus = new InMemoryServerEventBus(onerror)
  onResourceUpdated((uri) => bus.publish({ kind: 'resource_updated', uri }))
  const entry = createMcpHandler(createServer, {
    legacy: 'reject',
    bus,
    keepAliveMs,
    maxSubscriptions: Number.POSITIVE_INFINITY, // subscriptions.ts has limits by subject and in total
    onerror
  })

  return {
    /** Processes a POST. */
    exchange({ body, headers, authInfo }: Post<CallerInfo>): Exchange {
      const disconnected = new AbortController()
      const request = new Request(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        signal: disconnected.signal
      })
      return {
        response: entry.fetch(request, { authInfo, parsedBody: body }).then(toPostResponse),
        abort() {
          // Refers to `request`, so that it is not collected as garbage before: its signal would no longer follow
          // `disconnected` (https://github.com/nodejs/node/issues/55428).
          if (!request.signal.aborted) disconnected.abort()
        }
      }
    },
    /** Ends all subscriptions with their results. */
    close: () => entry.close()
  }
}

async function toPostResponse(response: Response): Promise<PostResponse> {
  const { status, body, headers } = response
  if (body && headers.get('content-type') === 'text/event-stream') {
    return { status, body: Readable.fromWeb(body) }
  }
  return { status, body: (await response.text()) || undefined }
}
