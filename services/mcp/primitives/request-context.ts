import type { Caller } from '../../auth/token-verifier.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Outcome } from '../protocol/instrumentation.ts'

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
  spent: { upstreamCalls: number }
  /** Takes note of the request, for the log; the note tells later how it went. */
  note(outcome: Outcome): void
}

/** How long a client may keep an answer, and whether it may share it with others (MCP 2026-07-28, Caching). */
export interface CacheHint {
  ttlMs: number
  cacheScope: 'public' | 'private'
}

/** What is the same for everybody, and changes with the server's version only. */
export const sameForAll: CacheHint = { ttlMs: 3_600_000, cacheScope: 'public' }

/** A picture for people, in a list (MCP 2025-11-25, Icons). */
export interface Icon {
  /** An `https:` or a `data:` URL. */
  src: string
  mimeType?: string
  sizes?: string[]
}

/** How a thing is named and shown, in every list. */
export interface Described {
  /** What clients call it by. */
  name: string
  /** What people see. */
  title: string
  /** For the model that decides whether to use it. */
  description: string
  icons?: Icon[]
}

/** A request that cannot be served, with its code in JSON-RPC. Both SDKs send any error with a `code` that is a number. */
export class RequestError extends Error {
  readonly code: number
  readonly data: Record<string, unknown> | undefined

  constructor(code: number, message: string, data?: Record<string, unknown>) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** The params do not fit the method (JSON-RPC 2.0, section 5.1). */
export const invalidParams = (message: string) => new RequestError(-32602, message)

/** Runs a handler whose errors become protocol errors; what was not foreseen is logged, and told nobody. */
export async function answer<T>(
  what: string,
  { log, signal }: RequestContext,
  handler: () => T | Promise<T>
): Promise<T> {
  try {
    return await handler()
  } catch (error) {
    if (error instanceof RequestError || signal.aborted) throw error // who has left is told nothing
    if (isForPeople(error)) {
      log.warn({ err: error }, `${what} failed`)
      throw new RequestError(-32603, textOf(error), { code: error.code })
    }
    log.error({ err: error }, `${what} failed unexpectedly`)
    throw new RequestError(-32603, unforeseen)
  }
}

/** What a caller is told of an error that only the operator can do something about. */
export const unforeseen = 'Something went wrong in this server. The operator finds the reason in its log.'

interface ErrorForPeople extends Error {
  code: string
  /** When to ask again: milliseconds since 1970. */
  retryAt?: number
  /** What can be had all the same. */
  advice?: string
}

/** All that a caller is told of an error. */
export function textOf({ message, advice }: ErrorForPeople): string {
  return advice === undefined ? message : `${message} ${advice}`
}

/** Errors with a code and a status, as `@fastify/error` makes them, carry messages that are meant for the caller. */
export function isForPeople(error: unknown): error is ErrorForPeople {
  return error instanceof Error && 'code' in error && 'statusCode' in error
}

/** Who calls, in the SDKs' form, and where to log the call. The token itself stays at the door: no handler needs it. */
export interface CallerInfo {
  token: ''
  clientId: string
  scopes: string[]
  expiresAt: number
  extra: { caller: Caller; log: Logger; note: (outcome: Outcome) => void }
  [key: string]: unknown
}

/** The caller as transports hand it to a server. */
export function callerInfo(extra: CallerInfo['extra']): CallerInfo {
  const { caller } = extra
  return {
    token: '',
    clientId: caller.clientId ?? '',
    scopes: [...caller.scopes],
    expiresAt: caller.expiresAt,
    extra
  }
}

interface ProgressNotification {
  method: 'notifications/progress'
  params: { progressToken: string | number; progress: number; total?: number; message?: string }
}

/** What a handler gets to know of a request, from what the SDKs tell of it. */
export function createContext(options: {
  authInfo: unknown
  signal: AbortSignal
  /** Given by a caller who wants to be told of progress. */
  progressToken: string | number | undefined
  notify(notification: ProgressNotification): Promise<void>
}): RequestContext {
  const { authInfo, signal, progressToken, notify } = options
  const { caller, log, note } = (authInfo as CallerInfo).extra
  return {
    auth: caller,
    signal,
    log,
    spent: { upstreamCalls: 0 },
    note,
    async reportProgress(progress) {
      if (progressToken === undefined || signal.aborted) return
      await notify({ method: 'notifications/progress', params: { progressToken, ...progress } })
    }
  }
}
