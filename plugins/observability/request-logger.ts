import { hostname } from 'node:os'
import type { FastifyBaseLogger } from 'fastify'

type Bindings = Record<string, unknown>

/**
 * The logger of a request: writes to the server's logger, with the fields of the request in each line. Pino's own child
 * loggers serialize their fields when they are created, although most requests write one line only.
 */
export class RequestLogger implements FastifyBaseLogger {
  /** The fields of the request. */
  readonly bindings: Bindings
  readonly #logger: FastifyBaseLogger

  constructor(logger: FastifyBaseLogger, bindings: Bindings) {
    this.#logger = logger
    this.bindings = bindings
  }

  get level() {
    return this.#logger.level
  }

  child(bindings: Bindings) {
    return new RequestLogger(this.#logger, { ...this.bindings, ...bindings })
  }

  fatal(...args: unknown[]) {
    this.#write('fatal', args)
  }
  error(...args: unknown[]) {
    this.#write('error', args)
  }
  warn(...args: unknown[]) {
    this.#write('warn', args)
  }
  info(...args: unknown[]) {
    this.#write('info', args)
  }
  debug(...args: unknown[]) {
    this.#write('debug', args)
  }
  trace(...args: unknown[]) {
    this.#write('trace', args)
  }
  silent() {}

  #write(level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace', [first, ...others]: unknown[]) {
    const { bindings } = this
    if (typeof first !== 'object') this.#logger[level](bindings, first as string, ...others)
    else if (first instanceof Error) this.#logger[level]({ ...bindings, err: first }, ...(others as [string]))
    else this.#logger[level]({ ...bindings, ...first }, ...(others as [string]))
  }
}

export interface LineStream {
  write(line: string): void
}

const infoLevels = new Set(['trace', 'debug', 'info'])

/**
 * Creates a function that logs a line of level info to `stream`, with the same bytes as `log.info()`. The fields must be JSON
 * values. Pino formats one field after the other, which takes four times as long as one JSON.stringify().
 */
export function createInfoWriter({ level }: FastifyBaseLogger, stream: LineStream) {
  const base = { pid: process.pid, hostname: hostname() }
  const isEnabled = infoLevels.has(level)
  return (fields: Bindings, msg: string) => {
    if (isEnabled)
      stream.write(`${JSON.stringify({ level: 30, time: Date.now(), ...base, ...fields, msg })}\n`)
  }
}
