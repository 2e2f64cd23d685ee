import t from 'tap'
import { callEcho, cancellation, startHolding } from '../../../support/echo.ts'
import { parseEvents } from '../../../support/rpc.ts'

t.test('cancellation: the signal of the request aborts, and it gets no response', async (t) => {
  const { echo, hold, post } = await startHolding(t)
  const json = await hold('legacy', { id: 'a', args: { mark: 'json' } })
  const stream = await hold('legacy', { id: 'b', args: { mark: 'stream', steps: 1 }, progressToken: 1 })

  for (const id of ['a', 'b']) {
    const response = await post(cancellation(id))
    t.equal(response.status, 202)
    t.equal(await response.text(), '')
  }

  const { status, body } = await json.response
  t.equal(status, 202)
  t.equal(body, '')
  t.match(parseEvents((await stream.response).body), [{ method: 'notifications/progress' }])
  t.same([...echo.aborted].toSorted(), ['json', 'stream'])
})

t.test("cancellation: never reaches another caller's request, or one of two with the same id", async (t) => {
  const { echo, hold, post, signToken } = await startHolding(t)
  const token = await signToken({ sub: 'usr_2' })
  const other = await hold('legacy', { id: 1, token, args: { mark: 'other' } })
  const modern = await hold('modern', { id: 1, args: { mark: 'modern' } })
  const first = await hold('legacy', { id: 2, args: { mark: 'first' } })
  const second = await hold('legacy', { id: 2, args: { mark: 'second' } })
  const text = await hold('legacy', { id: '3', args: { mark: 'text' } })

  for (const id of [1, 2, 3, undefined, null, {}]) t.equal((await post(cancellation(id))).status, 202)
  t.equal((await post({ jsonrpc: '2.0', method: 'notifications/cancelled' })).status, 202)
  echo.release.resolve()

  for (const [mark, { response }] of Object.entries({ other, modern, first, second, text })) {
    t.match(JSON.parse((await response).body), { result: { structuredContent: { mark } } }, mark)
  }
  t.equal(echo.aborted.size, 0)
})

for (const TOKEN_STORE_TTL_MS of ['30000', '0']) {
  const cache = TOKEN_STORE_TTL_MS === '0' ? 'without' : 'with'
  t.test(`cancellation: reaches requests with the same token only, ${cache} a token cache`, async (t) => {
    const { echo, hold, post, token, signToken } = await startHolding(t, { TOKEN_STORE_TTL_MS })
    const another = await signToken({ jti: 'another' })
    const other = await hold('legacy', { id: 1, token: another, args: { mark: 'other' } })
    const own = await hold('legacy', { id: 2, args: { mark: 'own' } })

    await post(cancellation(1))
    await post(cancellation(2), { authorization: `bearer ${token}` })

    t.equal((await own.response).status, 202, 'the case of the scheme does not matter')
    echo.release.resolve()
    t.match(JSON.parse((await other.response).body), { result: { structuredContent: { mark: 'other' } } })
  })
}

t.test('cancellation in the same batch: its request gets no response, the others do', async (t) => {
  const { echo, post } = await startHolding(t)
  const { body: held } = callEcho('legacy', { id: 1, args: { mark: 'held', isHeld: true } })
  const { body: quick } = callEcho('legacy', { id: 2, args: { mark: 'quick' } })

  const response = await post([held, quick, cancellation(1)])

  t.match(await response.json(), [{ id: 2, result: { structuredContent: { mark: 'quick' } } }])
  await echo.settled()
  t.ok(echo.aborted.has('held'))
})
