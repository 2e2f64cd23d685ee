import type { Caller } from '../../auth/caller.ts'
import type { Logger } from '../../lib/logger.ts'
import { hourMs } from '../../lib/time.ts'

/** What a handler gets besides its input. It lives as long as the request. */
export interface RequestContext {
  auth: Caller
  /** Aborted when the client disconnects or cancels the request. */
  signal: AbortSignal
  /** Sends a progress notification if the client asked for them. Waits while the client reads slowly. */
  reportProgress(progress: { progress: number; total?: number; message?: string }): Promise<void>
  /** The server's log, which callers cannot see. */
  log: Logger
  /** The calls to Alpha Vantage that the request has caused so far. */
  cost: { upstreamCalls: number }
  /** Adds a call to the log line of the HTTP request. The outcome may be set later. */
  recordCall(outcome: CallOutcome): void
  /** Lets the server send the same result to any caller with the same request. Otherwise, it is not reused. */
  allowReuse(reuse: Reuse): void
}

/** How long a result may be reused. */
export interface Reuse {
  /** Whether the handler would still return the same result. */
  isValid(): boolean
  /** Called each time the result is reused. */
  onReuse(caller: Caller): void
}

/** For results that do not change while the server runs. */
export const reuseAlways: Reuse = { isValid: () => true, onReuse: () => {} }

/** How long clients may cache a result, and whether they may share it (MCP 2026-07-28, Caching). */
export interface CacheHint {
  ttlMs: number
  cacheScope: 'public' | 'private'
}

/** For results that are the same for every caller and change only with the server's version. */
export const publicCacheHint: CacheHint = { ttlMs: hourMs, cacheScope: 'public' }

/** An image that clients show beside a title (MCP 2025-11-25, Icons). */
export interface Icon {
  /** An `https:` or a `data:` URL. */
  src: string
  mimeType?: string
  sizes?: string[]
}

/** The metadata that tools, resources and prompts share. */
export interface BaseMetadata {
  /** The identifier that clients send. */
  name: string
  /** The name that users see. */
  title: string
  /** For the model, which decides by it whether to use the entry. */
  description: string
  icons?: Icon[]
}

/** An MCP request; `tool` is set if it calls a tool that exists. */
export interface McpCall {
  method: string
  tool: string | undefined
}

/** An MCP request, and how it ended. */
export interface CallOutcome extends McpCall {
  /** `ok` or the code of the error; absent while the request runs. */
  outcome?: string
  durationMs?: number
}
