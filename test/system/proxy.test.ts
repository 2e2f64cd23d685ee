import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createLocalAlphaVantage } from '../../local/alpha-vantage/server.ts'
import { prepareServer } from '../support/process.ts'
import {
  choosePlace,
  skip,
  startBalancer,
  startCaddy,
  startNameServer,
  startSite
} from '../support/proxies.ts'
import { asRequest, callNews, callTool, parseEvents, resultText } from '../support/rpc.ts'
import { temporaryFolder } from '../support/temp.ts'
import { until } from '../support/until.ts'

/** Starts a server on each of the `addresses`, behind a proxy. Returns the clients' view of them, and the processes. */
async function startServers(t: Test, addresses: string[]) {
  const [place, upstream] = await Promise.all([
    choosePlace(),
    createLocalAlphaVantage({ port: 0, host: '127.0.0.1' })
  ])
  t.teardown(() => upstream.close())
  const url = `http://localhost:${place.port}`
  const server = await prepareServer(t, upstream, {
    PORT: String(place.serverPort),
    SCALEKIT_RESOURCE_NAME: `${url}/mcp`,
    TRUST_PROXY: '1',
    RATE_LIMIT_PER_MINUTE: '0',
    RATE_LIMIT_ADDRESS_PER_MINUTE: '0',
    ALPHA_VANTAGE_CALLS_PER_DAY: '0',
    SSE_KEEP_ALIVE_MS: '50',
    SUBSCRIPTIONS_PER_SUBJECT: '1'
  })
  const processes = await Promise.all(
    addresses.map(async (HOST) => server.start(undefined, { HOST, DATA_DIR: await temporaryFolder(t) }))
  )
  return { ...server, place, upstream, url, processes }
}
type Place = Awaited<ReturnType<typeof choosePlace>>

/** Starts the load balancer. It resolves the servers by a name whose `addresses` may change. */
async function startNamedBalancer(t: Test, place: Place, addresses: Set<string>) {
  await startBalancer(t, { ...place, nameServerPort: await startNameServer(t, addresses) })
}

/** The proxies. Each test requests a different ticker, from a different address. */
const setups = [
  {
    name: 'deploy/nginx.conf',
    skip: skip.nginx,
    start: (t: Test, place: Place) => startNamedBalancer(t, place, new Set(['127.0.0.2'])),
    ticker: 'AAPL',
    localAddress: '127.0.0.7',
    attempts: 1
  },
  {
    name: 'deploy/nginx-site.conf',
    skip: skip.nginx,
    start: startSite,
    ticker: 'MSFT',
    localAddress: '127.0.0.8',
    attempts: 1
  },
  {
    name: 'deploy/Caddyfile',
    skip: skip.caddy,
    start: startCaddy,
    ticker: 'NVDA',
    localAddress: '127.0.0.9',
    // Caddy 2.6 closes its own connection to the server if a response begins before it has noted the end of the request.
    attempts: 10
  }
]

/** Opens a stream with `open`, and reads from it with `read`. Repeats both, up to `attempts` times, if the stream ends. */
async function readStream<Stream>(
  attempts: number,
  open: () => Promise<Stream>,
  read: (stream: Stream) => Promise<void>
): Promise<Stream> {
  for (let attempt = 1; ; attempt += 1) {
    const stream = await open()
    try {
      await read(stream)
      return stream
    } catch (error) {
      if (attempt === attempts) throw error
      await sleep(50)
    }
  }
}

t.test('a server behind each proxy', { timeout: 120_000 }, async (t) => {
  const served = await startServers(t, ['0.0.0.0'])
  const serverUrl = `http://127.0.0.1:${served.place.serverPort}`

  for (const { name, skip, start, ticker, localAddress, attempts } of setups) {
    await t.test(name, { skip }, async (t) => {
      await start(t, served.place)

      await t.test('progress arrives while the answer is pending', async (t) => {
        const held = Promise.withResolvers<void>()
        served.upstream.answer = async () => {
          await held.promise
          return { feed: [] }
        }
        const accept = 'application/json, text/event-stream'
        const ask = async () =>
          createReader(await served.post(callNews({ ticker }, { progressToken: 7 }), { accept }))
        const stream = await readStream(attempts, ask, async ({ read }) => {
          t.match(parseEvents(await read('"2.0"}\n\n')), [
            { method: 'notifications/progress', params: { progress: 0 } }
          ])
          await read(': keep-alive\n\n')
        })
        held.resolve()
        t.match(parseEvents(await stream.read('"id":1}\n\n')).at(-1), { result: { isError: true } })
      })

      await t.test(
        'a subscription stays open with comments, and ends at the server when the client disconnects',
        async (t) => {
          const { body, headers } = asRequest('modern', {
            method: 'subscriptions/listen',
            params: { notifications: { resourceSubscriptions: ['news:///tickers/AAPL/latest'] } }
          })
          const subscribe = async () => createReader(await served.post(body, headers))
          const comments = ': keepalive\n\n: keepalive\n\n'
          const stream = await readStream(
            attempts,
            subscribe,
            async ({ read }) => void (await read(comments))
          )
          t.equal((await served.post(body, headers)).status, 429, 'the only subscription a subject may have')
          await stream.cancel()

          await until(async () => {
            const afterCancel = await served.post(body, headers)
            await afterCancel.body?.cancel()
            return afterCancel.status === 200
          })
        }
      )

      await t.test(
        'through the proxy: challenges, metadata, errors and the body limit are those of the server',
        async (t) => {
          const paths = ['/mcp', '/mcp/', '/mcp/docs', '/.well-known/oauth-protected-resource/mcp', '/']
          for (const path of paths) {
            const [through, direct] = await Promise.all(
              [served.url, serverUrl].map((url) => fetch(url + path))
            )
            t.equal(through?.status, direct?.status, path)
            for (const header of [
              'www-authenticate',
              'content-type',
              'cache-control',
              'access-control-allow-origin'
            ]) {
              t.equal(through?.headers.get(header), direct?.headers.get(header), `${header} of ${path}`)
            }
            t.equal(await through?.text(), await direct?.text(), path)
          }
          const challenge = (await fetch(served.resource)).headers.get('www-authenticate') ?? ''
          const [, metadataUrl = ''] = /resource_metadata="([^"]+)"/.exec(challenge) ?? []
          t.match(await (await fetch(metadataUrl)).json(), { resource: served.resource })

          t.equal((await served.post('x'.repeat(131_070))).status, 400, 'the largest body, including quotes')
          // nginx enforces the limit itself. The server closes the connection, which Caddy may notice before it reads the answer.
          const tooLarge = name.endsWith('.conf') ? /^413$/ : /^(413|502)$/
          t.match(String((await served.post('x'.repeat(131_071))).status), tooLarge)
          t.match(String((await served.post('x'.repeat(900_000))).status), tooLarge)
        }
      )

      await t.test(
        'client address: the one that the proxy sees, whatever headers the client sends',
        async (t) => {
          const sent = request(`${served.url}/mcp`, {
            localAddress,
            family: 4,
            headers: { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=203.0.113.7' }
          }).end()
          const [response] = (await once(sent, 'response')) as [IncomingMessage]
          response.resume()

          t.equal(response.statusCode, 401)
          await served.processes[0]?.written(new RegExp(`"remoteAddress":"${localAddress}"`))
        }
      )
    })
  }
})

t.test(
  'deploy/nginx.conf: no request fails when a replica is killed or shuts down, and a restarted replica is used again',
  { skip: skip.nginx, timeout: 120_000 },
  async (t) => {
    const addresses = new Set(['127.0.0.2', '127.0.0.3'])
    const served = await startServers(t, [...addresses])
    await startNamedBalancer(t, served.place, addresses)
    const ask = async () => resultText(await callTool(served, 'get_news_sentiment', { ticker: 'AAPL' }))
    const askOften = async () => {
      for (const answer of await Promise.all(Array.from({ length: 20 }, ask))) t.match(answer, 'AAPL: ')
    }
    const askUntil = async (used: Promise<unknown>) => {
      let isUsed = false
      const seen = used.then(() => {
        isUsed = true
      })
      while (!isUsed) await askOften()
      await seen
    }
    await askUntil(Promise.all(served.processes.map(({ written }) => written(/"path":"\/mcp"/))))
    const [first] = served.processes

    first?.child.kill('SIGKILL')
    await first?.ended
    await askOften()
    addresses.delete('127.0.0.2')
    await askOften()

    const restarted = await served.start(undefined, { HOST: '127.0.0.2', DATA_DIR: await temporaryFolder(t) })
    addresses.add('127.0.0.2')
    await askUntil(restarted.written(/"path":"\/mcp"/))

    restarted.child.kill('SIGTERM')
    await askUntil(restarted.ended)
    t.equal((await restarted.ended).code, 0)
    await askOften()
  }
)

/** Reads a stream until `text` arrives. Returns a function that reads, and one that cancels. */
function createReader(response: Response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let received = ''
  return {
    async read(text: string) {
      while (!received.includes(text)) {
        const { done, value } = (await reader?.read()) ?? { done: true }
        if (done) throw new Error(`The stream ended without ${text}: ${received}`)
        received += value
      }
      return received
    },
    cancel: () => reader?.cancel()
  }
}
