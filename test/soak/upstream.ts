import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorResponses } from '../../local/alpha-vantage/error-bodies.ts'
import { createLocalAlphaVantage } from '../../local/alpha-vantage/server.ts'
import type { Test } from '../support/temp.ts'

type Fault = (response: ServerResponse, news: string) => unknown

/** Faults of Alpha Vantage, including its rate limit. */
export const upstreamFaults = {
  'status 500': (response) => response.writeHead(500).end('<html>Internal Server Error</html>'),
  hangs: () => {},
  'closes before the response': (response) => response.destroy(),
  'closes during the response': (response, news) => {
    response.writeHead(200, { 'content-length': news.length }).write(news.slice(0, news.length / 2), () => {
      response.destroy()
    })
  },
  'broken JSON': (response, news) => response.end(news.slice(0, news.length / 2)),
  'no feed': (response) => response.end('{"items":"0","feed":"soon"}'),
  'limit per second': (response) => response.end(JSON.stringify(errorResponses.burst)),
  slow: async (response, news) => {
    await sleep(400)
    response.end(news)
  }
} satisfies Record<string, Fault>

/** Responses of an exhausted plan, for the minute and for the day. */
export const upstreamLimits = {
  'minute limit': (response) => response.end(JSON.stringify(errorResponses.minuteLimit)),
  'daily limit': (response) => response.end(JSON.stringify(errorResponses.dailyLimit))
} satisfies Record<string, Fault>

export type Upstream = Awaited<ReturnType<typeof startUpstream>>

/** Starts the Alpha Vantage stand-in behind a server that injects faults, including closed connections. */
export async function startUpstream(t: Test) {
  const news = await createLocalAlphaVantage({ port: 0, host: '127.0.0.1' })
  t.teardown(() => news.close())
  const openResponses = new Set<ServerResponse>()
  const upstream = {
    url: '',
    /** When calls arrived, in milliseconds of `performance.now`. */
    calls: [] as number[],
    fault: undefined as Fault | undefined,
    /** Ends the fault, and closes hanging responses. */
    recover() {
      upstream.fault = undefined
      for (const response of openResponses) response.destroy()
    },
    closeIdleConnections: () => server.closeIdleConnections()
  }
  const server = createServer(async (request, response) => {
    upstream.calls.push(performance.now())
    const { fault } = upstream
    openResponses.add(response)
    response.once('close', () => openResponses.delete(response))
    response.setHeader('content-type', 'application/json')
    const text = await (await fetch(`${news.url}${request.url}`)).text()
    if (fault) fault(response, text)
    else response.end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return upstream
}
