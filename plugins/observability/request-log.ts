import { Counter, Histogram } from '@prometheus-io/client'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Watches a request from its begin to its end; all that reach a hook are. */
    observeRequest(request: FastifyRequest, reply: FastifyReply): void
  }
}

/**
 * Tells callers the name that their request has in the log; and counts, measures and logs each request at its end, with
 * all that is known of it by then. Fastify's own line says less, and is not there for those who leave early.
 */
async function requestLog(fastify: FastifyInstance) {
  const registers = [fastify.metrics]
  const counter = new Counter({
    name: 'finance_news_http_requests_total',
    help: 'HTTP requests by method, route and status: 499 if the client left before there was one, and no route if there is none.',
    labelNames: ['method', 'route', 'status'],
    registers
  })
  const durations = new Histogram({
    name: 'finance_news_http_request_duration_seconds',
    help: 'How long HTTP requests took, by route, streams of events aside.',
    labelNames: ['route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers
  })

  function observe(request: FastifyRequest, reply: FastifyReply) {
    reply.header('x-request-id', request.id)
    reply.raw.once('close', () => {
      const status = reply.raw.headersSent ? reply.statusCode : 499
      const route = request.routeOptions.url ?? ''
      counter.inc({ method: request.method, route, status })
      if (reply.getHeader('content-type') !== 'text/event-stream') {
        durations.observe({ route }, reply.elapsedTime / 1000)
      }
      log(request, reply, status)
    })
  }
  fastify.decorate('observeRequest', observe)
  fastify.addHook('onRequest', (request, reply, done) => {
    observe(request, reply)
    done()
  })
}

function log(request: FastifyRequest, reply: FastifyReply, status: number) {
  const { outcomes } = request
  request.log.info(
    {
      ...describeRequest(request),
      status,
      durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
      ...(outcomes && outcomes.length > 0 && { mcp: outcomes })
    },
    reply.raw.writableFinished ? 'request completed' : 'request cut off'
  )
}

/** Of a path, which can be anything that somebody sends. */
const maxLoggedPathLength = 200

/** What the log tells of a request: no headers and no query, where tokens may be. */
export function describeRequest({ method, url, ip }: FastifyRequest) {
  return { method, path: url.slice(0, maxLoggedPathLength).split('?', 1)[0], remoteAddress: ip }
}

/** Fastify's own lines on requests: what comes in, for those who debug. */
export class RequestLogController extends LogController {
  override incomingRequest(request: FastifyRequest) {
    request.log.debug(describeRequest(request), 'incoming request')
  }

  override requestCompleted() {}
}

export default fp(requestLog, { name: 'requests', dependencies: ['metrics'] })
