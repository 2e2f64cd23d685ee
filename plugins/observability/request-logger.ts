import type { FastifyBaseLogger } from 'fastify'

type Bindings = Record<string, unknown>

/**
 * The logger of a request: writes to the server's logger, with the fields of the request in each line. Pino's own child
 * loggers serialize their fields when they are created, although most requests write one line only.
 */
export class RequestLogger implements FastifyBaseLogger {
  readonly #logger: FastifyBaseLogger
  readonly #bindings: Bindings

  constructor(logger: FastifyBaseLogger, bindings: Bindings) {
    this.#logger = logger
    this.#bindings = bindings
  }

  get level() {
    return this.#logger.level
  }

  child(bindings: Bindings) {
    return new RequestLogger(this.#logger, { ...this.#bindings, ...bindings })
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
    const bindings = this.#bindings
    if (typeof first !== 'object') this.#logger[level](bindings, first as string, ...others)
    else if (first instanceof Error) this.#logger[level]({ ...bindings, err: first }, ...(others as [string]))
    else this.#logger[level]({ ...bindings, ...first }, ...(others as [string]))
  }
}
