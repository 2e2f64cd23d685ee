import t from 'tap'
import { catalogEntries, connectEra, send } from '../../support/catalog-entries.ts'
import { callNews, eras } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'

const server = await startServer(t, {}, catalogEntries)

type Reference = { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string }
const prompt = (name: string): Reference => ({ type: 'ref/prompt', name })
const template = (uri: string): Reference => ({ type: 'ref/resource', uri })

for (const era of eras) {
  t.test(`${era}: completion: up to 100 values that continue the input, without a call`, async (t) => {
    const client = await connectEra(t, era, server)
    const complete = async (ref: Reference, name: string, value: string, others?: Record<string, string>) => {
      const context = others && { context: { arguments: others } }
      return (await client.complete({ ref, argument: { name, value }, ...context })).completion
    }
    const pair = template('test://pair/{a}/and/{b}')

    t.same(await complete(prompt('greeting'), 'style', 's'), { values: ['short'], total: 1, hasMore: false })
    t.same(await complete(prompt('greeting'), 'name', 'B'), { values: [], total: 0, hasMore: false })
    const many = await complete(pair, 'a', 'x')
    t.match(many, { total: 150, hasMore: true })
    t.equal(many.values.length, 100)
    t.same((await complete(pair, 'b', 'y', { a: 'x' })).values, ['x-y'])
    const latest = template('news:///tickers/{ticker}/latest')
    t.same((await complete(latest, 'ticker', 'crypto:b')).values, ['CRYPTO:BTC'])
    t.same((await complete(prompt('morning_brief'), 'tickers', 'AAPL, ms')).values, ['AAPL, MSFT'])
    for (const typed of ['$tsl', 'NASDAQ:tsl', 'Nasdaq: TSL']) {
      t.same((await complete(prompt('explain_move'), 'ticker', typed)).values, ['TSLA'], typed)
    }
    t.same((await complete(latest, 'ticker', 'brk.')).values, ['BRK-B'])
    t.same((await complete(prompt('morning_brief'), 'topic', 'Mergers &')).values, [
      'mergers_and_acquisitions'
    ])
    t.same((await complete(prompt('explain_move'), 'since', '3')).values, ['30d'])
    t.same((await complete(prompt('morning_brief'), 'topic', 'Econ')).values, [
      'economy_fiscal',
      'economy_monetary',
      'economy_macro'
    ])
    t.equal(server.news.queries.length, 0)
  })

  t.test(`${era}: completion for an unknown prompt, template or argument: -32602`, async (t) => {
    for (const [ref, name] of [
      [prompt('nothing'), 'x'],
      [prompt('greeting'), 'toString'],
      [template('test://nothing'), 'x'],
      [template('test://pair/{a}/and/{b}'), 'c']
    ] as const) {
      const response = await send(server, era, 'completion/complete', { ref, argument: { name, value: '' } })
      t.match(
        await response.json(),
        { error: { code: -32602, message: /Unknown|has no/ } },
        JSON.stringify(ref)
      )
    }
  })
}

t.test('completion: suggests the tickers that fetched articles name', async (t) => {
  const { post, news } = await startServer(t)
  const suggest = async () => {
    const params = { ref: prompt('explain_move'), argument: { name: 'ticker', value: 'brk' } }
    const response = await post({ jsonrpc: '2.0', id: 1, method: 'completion/complete', params })
    const { result } = (await response.json()) as { result: { completion: { values: string[] } } }
    return result.completion.values
  }

  t.same(await suggest(), ['BRK-B'])
  await (await post(callNews({ ticker: 'JPM' }))).json() // some of its articles name BRK-A too
  t.same(await suggest(), ['BRK-B', 'BRK-A'])
  t.equal(news.queries.length, 1)
})

t.test('completion: an input over 1,000 characters is rejected, because suggestions repeat it', async (t) => {
  const complete = async (value: string) => {
    const params = { ref: prompt('morning_brief'), argument: { name: 'tickers', value } }
    return (await server.post({ jsonrpc: '2.0', id: 1, method: 'completion/complete', params })).json()
  }

  t.match(await complete(' '.repeat(1000)), { result: { completion: { hasMore: false } } })
  t.match(await complete(' '.repeat(1001)), { error: { code: -32602, message: /1000/ } })
})
