import type { z } from 'zod'
import { describeError } from '../../lib/logger.ts'
import type { RequestContext } from './request-context.ts'

/** A JSON-RPC error response. Both SDKs send any error that has a number as its `code`. */
export class RequestError extends Error {
  readonly code: number
  readonly data: Record<string, unknown> | undefined

  constructor(code: number, message: string, data?: Record<string, unknown>) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** The params do not match the method's schema (JSON-RPC 2.0, section 5.1). */
export const invalidParams = (message: string) => new RequestError(-32602, message)

/** Writes a sentence for each field that `error` is about, at most five. `value` is what was parsed, at `path`. */
export function nameInvalidFields(error: z.core.$ZodError, value: unknown, ...path: string[]): string {
  const sentences = error.issues.map((issue) => {
    const names = issue.path.map(String)
    const found = names.reduce((part: unknown, name) => Object(part)[name], value)
    const fieldPath = [...path, ...names].join('.')
    const field = fieldPath ? `\`${fieldPath}\`` : 'The message'
    if (issue.code === 'unrecognized_keys') return `\`${issue.keys.join('`, `')}\` is unknown.`
    if (found === undefined) return `${field} is missing.`
    return `${field} ${explainIssue(issue)}.`
  })
  return [...new Set(sentences)].slice(0, 5).join(' ')
}

function explainIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') {
    const type = issue.expected === 'record' ? 'object' : issue.expected
    return `must be ${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`
  }
  if (issue.code === 'invalid_value') return `must be ${issue.values.join(' or ')}`
  if (issue.code === 'too_big') return `is too long: at most ${issue.maximum} characters`
  if ('options' in issue) return `must be ${[issue.options].flat().join(' or ')}`
  return issue.message.startsWith('must') ? issue.message : 'is invalid'
}

/** Runs a handler, and turns its errors into protocol errors. An unexpected error is logged, not sent to the client. */
export async function withRpcErrors<T>(
  operation: string,
  { log, signal }: RequestContext,
  handler: () => T | Promise<T>
): Promise<T> {
  try {
    return await handler()
  } catch (error) {
    if (error instanceof RequestError || signal.aborted) throw error // after an abort, no response is sent
    if (isPublicError(error)) {
      log.warn({ err: describeError(error) }, `${operation} failed`)
      throw new RequestError(-32603, publicMessage(error), { code: error.code })
    }
    log.error({ err: error }, `${operation} failed unexpectedly`)
    throw new RequestError(-32603, internalErrorMessage)
  }
}

/** The message of errors that only the operator can resolve. */
export const internalErrorMessage = 'Internal error. The operator finds the cause in the log of this server.'

/** An error with a message for the caller. */
interface PublicError extends Error {
  code: string
  /** When to retry: milliseconds since 1970. */
  retryAt?: number
  /** What the caller can have instead, as a sentence. */
  alternatives?: string
}

/** The text of an error for the caller. */
export function publicMessage({ message, alternatives }: PublicError): string {
  return alternatives === undefined ? message : `${message} ${alternatives}`
}

/** Whether an error has a code and a status, as those of `@fastify/error` do: their messages are for the caller. */
export function isPublicError(error: unknown): error is PublicError {
  return error instanceof Error && 'code' in error && 'statusCode' in error
}
