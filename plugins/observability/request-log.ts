import { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import fp from 'fastify-plugin'
import { FastCounter, FastHistogram } from './fast-metrics.ts'
import { createInfoWriter, type LineStream, RequestLogger } from './request-logger.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Adds a request to the log and the metrics when it ends. The `onRequest` hook calls it for all requests that reach it. */
    observeRequest(request: FastifyRequest, reply: FastifyReply): void
  }
}

/**
 * Puts `X-Request-Id` on each response; counts, measures and logs each request when it ends. Fastify's own completion
 * log lacks these fields and is skipped when the client disconnects.
 */
async function requestLog(fastify: FastifyInstance, { stream }: { stream: LineStream | undefined }) {
  const writeInfo = stream && createInfoWriter(fastify.log, stream)
  const registers = [fastify.metrics]
  const counter = new FastCounter({
    name: 'finance_news_http_requests_total',
    help: 'HTTP requests by method, route and status. Status 499: the client disconnected before a response. Empty route: no route matched.',
    labelNames: ['method', 'route', 'status'],
    registers
  })
  const durations = new FastHistogram({
    name: 'finance_news_http_request_duration_seconds',
    help: 'Duration of HTTP requests by route, without event streams.',
    labelNames: ['route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers
  })

  const countAnswer = counter.createSeries({ method: 'POST', route: '/mcp', status: 200 })
  const observeAnswer = durations.createSeries({ route: '/mcp' })

  function observeRequest(request: FastifyRequest, reply: FastifyReply) {
    reply.header('x-request-id', request.id)
    reply.raw.once('close', () => {
      const status = reply.raw.headersSent ? reply.statusCode : 499
      const route = request.routeOptions.url ?? ''
      const isAnswer = status === 200 && route === '/mcp' && request.method === 'POST'
      if (isAnswer) countAnswer()
      else counter.inc({ method: request.method, route, status })
      if (reply.getHeader('content-type') !== 'text/event-stream') {
        const seconds = reply.elapsedTime / 1000
        if (isAnswer) observeAnswer(seconds)
        else durations.observe({ route }, seconds)
      }
      logRequest(request, reply, status)
    })
  }

  function logRequest(request: FastifyRequest, reply: FastifyReply, status: number) {
    const { log, outcomes } = request
    const { method, path, remoteAddress } = describeRequest(request)
    const durationMs = Math.round(reply.elapsedTime * 1000) / 1000
    const mcp = outcomes?.length ? outcomes : undefined
    const fields = { method, path, remoteAddress, status, durationMs, mcp }
    const message = reply.raw.writableFinished ? 'request completed' : 'request cut off'
    if (writeInfo && log instanceof RequestLogger) writeInfo({ ...log.bindings, ...fields }, message)
    else log.info(fields, message)
  }

  fastify.decorate('observeRequest', observeRequest)
  fastify.addHook('onRequest', (request, reply, done) => {
    observeRequest(request, reply)
    done()
  })
}

/** Clients choose the path, so a log line must not repeat all of it. */
const maxLoggedPathLength = 200

/** Returns what the log shows of a request: no headers and no query, because they may hold tokens. */
export function describeRequest({ method, url, ip }: FastifyRequest) {
  return { method, path: url.slice(0, maxLoggedPathLength).split('?', 1)[0], remoteAddress: ip }
}

const debugLevels = new Set(['debug', 'trace'])

/** Fastify's own log lines for requests: incoming ones at level debug, completed ones not at all. */
export class RequestLogController extends LogController {
  override incomingRequest(request: FastifyRequest) {
    if (debugLevels.has(request.log.level)) request.log.debug(describeRequest(request), 'incoming request')
  }

  override requestCompleted() {}
}

export default fp(requestLog, { name: 'request-log', dependencies: ['metrics'] })
