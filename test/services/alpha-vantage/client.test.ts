import t from 'tap'
import { createAlphaVantage } from '../../../services/alpha-vantage/client.ts'
import { dayMs } from '../../support/news.ts'
import { startUpstream } from '../../support/upstream.ts'

t.test('timeout before there is a connection: NEWS_UPSTREAM_TIMEOUT, and no request was sent', async (t) => {
  const upstream = await startUpstream(t)
  const alphaVantage = createAlphaVantage({ baseUrl: upstream.url, apiKey: 'KEY', timeoutMs: 50, limit: 50 })
  t.teardown(() => alphaVantage.close())

  const call = alphaVantage.newsSentiment({ ticker: 'AAPL' }, { name: '24h', from: Date.now() - dayMs })
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100) // keeps the event loop busy

  await t.rejects(call, { code: 'NEWS_UPSTREAM_TIMEOUT', wasSent: false })
  t.equal(upstream.queries.length, 0)
})
