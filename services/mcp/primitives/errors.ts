import type { RequestContext } from './request-context.ts'

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
