/** The part of the server's logger that services use. */
export interface Logger {
  debug(details: object, message: string): void
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** The log fields of an error that is expected: its code, its message and those of its causes, without stacks. */
export function describeError(error: unknown): { code?: unknown; reason: string; cause?: string } {
  const { code, message = '', cause }: { code?: unknown; message?: string; cause?: unknown } = Object(error)
  const causes: string[] = []
  for (let next = cause; next instanceof Error; next = next.cause) causes.push(next.message)
  return {
    ...(code !== undefined && { code }),
    reason: message,
    ...(causes.length > 0 && { cause: causes.join(': ') })
  }
}
