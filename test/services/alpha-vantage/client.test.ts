import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import t, { type Test } from 'tap'
import { sampleTickers } from '../../../local/alpha-vantage/sample-news.ts'
import { createAlphaVantage } from '../../../services/alpha-vantage/client.ts'
import { dayMs } from '../../../services/lib/time.ts'
import { newerArticle, toFeed } from '../../support/feeds.ts'
import { freePort } from '../../support/ports.ts'
import { callTool, resultText, type ToolResult } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'
import { breakConnection, startUpstream } from '../../support/upstream.ts'

const faults: Record<string, (reply: FastifyReply) => unknown> = {
  'status 500': (reply) => reply.code(500).send('Internal Server Error'),
  'status 503 with JSON': (reply) => reply.code(503).send({ feed: [] }),
  'HTML page': (reply) => reply.type('text/html').send('<html>maintenance</html>'),
  'truncated JSON': (reply) => reply.type('application/json').send('{"items":"1","feed":[{"title":"A'),
  'empty body': (reply) => reply.send(''),
  'closed connection': breakConnection,
  'connection closed within the body': (reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-length': '1000' }).write('{"feed":[', () => reply.raw.destroy())
  },
  'endless body': (reply) => {
    reply.hijack()
    const chunk = Buffer.alloc(1024 * 1024, ' ')
    const writeMore = () => {
      while (!reply.raw.destroyed && reply.raw.write(chunk));
    }
    reply.raw.on('drain', writeMore)
    writeMore()
  }
}

// One server for all: the good call after each fault keeps the circuit closed.
const server = await startServer(t)

for (const [index, [name, fault]] of Object.entries(faults).entries()) {
  t.test(`${name}: NEWS_UPSTREAM_FAULT, and the next call succeeds`, async (t) => {
    const ticker = sampleTickers[index]
    server.news.answer = fault

    const failed = await callTool(server, 'get_news_sentiment', { ticker })
    server.news.answer = undefined
    const next = await callTool(server, 'get_news_sentiment', { ticker })

    t.match(failed, { isError: true, _meta: { code: 'NEWS_UPSTREAM_FAULT' } })
    t.match(failed.content[0]?.text, /Try again in a few minutes/)
    t.notMatch(server.log.join(''), 'SECRETKEY123')
    t.equal(next.isError, undefined)
  })
}

/** Base URLs at which no connection to Alpha Vantage is possible. */
const unreachable: Record<string, () => Promise<string>> = {
  'connection refused': async () => `http://127.0.0.1:${await freePort()}`,
  'unknown host name': async () => 'https://no-such-host.invalid',
  'no TLS at the port': async () => {
    const plain = createServer((_, response) => response.end()).listen(0, '127.0.0.1')
    await once(plain, 'listening')
    t.teardown(() => plain.close())
    return `https://127.0.0.1:${(plain.address() as AddressInfo).port}`
  },
  'connection closed in the TLS handshake': async () => {
    const closing = createTcpServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await once(closing, 'listening')
    t.teardown(() => closing.close())
    return `https://127.0.0.1:${(closing.address() as AddressInfo).port}`
  }
}

for (const [name, findBaseUrl] of Object.entries(unreachable)) {
  t.test(
    `${name}: NEWS_UPSTREAM_FAULT that says so, also while the circuit is open, and no call is counted`,
    async (t) => {
      const server = await startServer(t, {
        ALPHA_VANTAGE_BASE_URL: await findBaseUrl(),
        ALPHA_VANTAGE_RETRIES: '0'
      })

      const failures: ToolResult[] = []
      for (const ticker of ['AAPL', 'MSFT', 'NVDA', 'TSLA']) {
        failures.push(await callTool(server, 'get_news_sentiment', { ticker }))
      }

      for (const failed of failures) {
        t.match(failed, { isError: true, _meta: { code: 'NEWS_UPSTREAM_FAULT', upstream_calls: 0 } })
        t.match(resultText(failed), /^Alpha Vantage could not be reached\. Try again /)
      }
      t.match(failures.at(-1)?._meta, { retry_at: String })
      t.notMatch(server.log.join(''), '"stack"')
    }
  )
}

async function testTimeout(t: Test, hang: (reply: FastifyReply) => void) {
  // Time enough to connect, also on a slow machine: the message says whether the request was sent.
  const server = await startServer(t, { ALPHA_VANTAGE_TIMEOUT_MS: '1000' })
  server.news.answer = (reply) => {
    reply.hijack()
    hang(reply)
  }

  const failed = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })

  t.match(failed, { isError: true, _meta: { code: 'NEWS_UPSTREAM_TIMEOUT' } })
  t.match(failed.content[0]?.text, /did not answer in time/)
}

t.test('no response in time: NEWS_UPSTREAM_TIMEOUT', (t) => testTimeout(t, () => {}))

t.test('body too slow: NEWS_UPSTREAM_TIMEOUT', (t) =>
  testTimeout(t, (reply) => {
    reply.raw.writeHead(200, { 'content-type': 'application/json' }).write('{"feed":[')
  })
)

t.test('TLS handshake without a reply: NEWS_UPSTREAM_TIMEOUT', async (t) => {
  const silent = createTcpServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const sockets = new Set<Socket>()
  silent.on('connection', (socket) => sockets.add(socket))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    silent.close()
  })
  const { port } = silent.address() as AddressInfo
  const server = await startServer(t, {
    ALPHA_VANTAGE_BASE_URL: `https://127.0.0.1:${port}`,
    ALPHA_VANTAGE_TIMEOUT_MS: '100'
  })

  const failed = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })

  t.match(failed, { isError: true, _meta: { code: 'NEWS_UPSTREAM_TIMEOUT' } })
  t.match(resultText(failed), /^Alpha Vantage could not be reached in time\./)
})

t.test('timeout before there is a connection: NEWS_UPSTREAM_TIMEOUT, and no request was sent', async (t) => {
  const upstream = await startUpstream(t)
  const alphaVantage = createAlphaVantage({ baseUrl: upstream.url, apiKey: 'KEY', timeoutMs: 50, limit: 50 })
  t.teardown(() => alphaVantage.close())

  const call = alphaVantage.newsSentiment({ ticker: 'AAPL' }, { name: '24h', from: Date.now() - dayMs })
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100) // keeps the event loop busy

  await t.rejects(call, { code: 'NEWS_UPSTREAM_TIMEOUT', wasSent: false })
  t.equal(upstream.queries.length, 0)
})

t.test('base URL with a path: the path is part of the request', async (t) => {
  const paths: string[] = []
  const upstream = createServer((request, response) => {
    paths.push(request.url ?? '')
    response.end(JSON.stringify(toFeed(newerArticle({ at: new Date().toISOString(), about: {} }))))
  }).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  t.teardown(() => upstream.close())
  const { port } = upstream.address() as AddressInfo
  const server = await startServer(t, { ALPHA_VANTAGE_BASE_URL: `http://127.0.0.1:${port}/proxy/` })

  await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })

  t.match(paths, [/^\/proxy\/query\?function=NEWS_SENTIMENT/])
})
