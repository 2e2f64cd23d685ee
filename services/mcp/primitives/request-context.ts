import type { Caller } from '../../auth/caller.ts'
import type { Logger } from '../../lib/logger.ts'

/** What a handler knows of a request besides its input. Nothing of it outlives the request. */
export interface RequestContext {
  auth: Caller
  /** Aborted when the caller has left, or has cancelled the request. */
  signal: AbortSignal
  /** Tells a caller who asked for it how far the request is; waits while the caller is slow to read. */
  reportProgress(progress: { progress: number; total?: number; message?: string }): Promise<void>
  /** The server's own log; nothing of it reaches the caller. */
  log: Logger
  /** What the request has cost so far. */
  cost: { upstreamCalls: number }
  /** Takes note of the request, for the log; the note tells later how it went. */
  recordCall(outcome: CallOutcome): void
}

/** How long a client may keep an answer, and whether it may share it with others (MCP 2026-07-28, Caching). */
export interface CacheHint {
  ttlMs: number
  cacheScope: 'public' | 'private'
}

/** What is the same for everybody, and changes with the server's version only. */
export const publicCacheHint: CacheHint = { ttlMs: 3_600_000, cacheScope: 'public' }

/** A picture for people, in a list (MCP 2025-11-25, Icons). */
export interface Icon {
  /** An `https:` or a `data:` URL. */
  src: string
  mimeType?: string
  sizes?: string[]
}

/** How a thing is named and shown, in every list. */
export interface BaseMetadata {
  /** What clients call it by. */
  name: string
  /** What people see. */
  title: string
  /** For the model that decides whether to use it. */
  description: string
  icons?: Icon[]
}

/** A request of MCP: its method, and the tool that it calls, if there is such a tool. */
export interface McpCall {
  method: string
  tool: string | undefined
}

/** How a request went: `ok`, or the code of the error; without either while it is under way. */
export interface CallOutcome extends McpCall {
  outcome?: string
  durationMs?: number
}
