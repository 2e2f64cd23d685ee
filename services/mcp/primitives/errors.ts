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
export async function withRpcErrors<T>(
  what: string,
  { log, signal }: RequestContext,
  handler: () => T | Promise<T>
): Promise<T> {
  try {
    return await handler()
  } catch (error) {
    if (error instanceof RequestError || signal.aborted) throw error // who has left is told nothing
    if (isPublicError(error)) {
      log.warn({ err: error }, `${what} failed`)
      throw new RequestError(-32603, publicMessage(error), { code: error.code })
    }
    log.error({ err: error }, `${what} failed unexpectedly`)
    throw new RequestError(-32603, internalErrorMessage)
  }
}

/** What a caller is told of an error that only the operator can do something about. */
export const internalErrorMessage =
  'Something went wrong in this server. The operator finds the reason in its log.'

interface PublicError extends Error {
  code: string
  /** When to ask again: milliseconds since 1970. */
  retryAt?: number
  /** What can be had all the same. */
  alternatives?: string
}

/** All that a caller is told of an error. */
export function publicMessage({ message, alternatives }: PublicError): string {
  return alternatives === undefined ? message : `${message} ${alternatives}`
}

/** Errors with a code and a status, as `@fastify/error` makes them, carry messages that are meant for the caller. */
export function isPublicError(error: unknown): error is PublicError {
  return error instanceof Error && 'code' in error && 'statusCode' in error
}
