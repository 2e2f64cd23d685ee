import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createApp } from '../app.ts'
import { localSettings } from '../local/settings.ts'
import { startLocal } from '../local/start.ts'
import type { Environment } from '../services/settings.ts'
import { temporaryFolder, until } from './helper.ts'
import { choosePorts, root, run } from './process.ts'

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }

/** The server in local mode, and what `npm run local` and `npm run token` run. */
async function startLocally(t: Test) {
  const environment = {
    ...(await choosePorts()),
    DATA_DIR: await temporaryFolder(t),
    LOG_LEVEL: 'silent',
    SCALEKIT_KEYS_COOLDOWN_MS: '10',
    SCALEKIT_KEYS_MAX_AGE_MS: '100',
    TOKEN_STORE_TTL_MS: '0',
    RATE_LIMIT_PER_MINUTE: '0',
    RATE_LIMIT_ADDRESS_PER_MINUTE: '0',
    RATE_LIMIT_FAILURES_PER_MINUTE: '0'
  }
  const app = await createApp({ ...environment, ...localSettings(environment) })
  const standIns = await startLocal(app.config, app.log)
  t.teardown(async () => {
    await app.close()
    await standIns.close()
  })
  await app.listen({ host: app.config.address, port: app.config.PORT })
  const say = async (file: string, ...words: string[]) =>
    (await run(t, [process.execPath, join(root, 'local', file), ...words], environment).ended).out.trim()
  const answer = (token: string) =>
    fetch(app.metadata.resource, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(ping)
    })
  return {
    environment,
    scalekit: app.config.protectedResource.environmentUrl,
    answer,
    token: () => say('token.ts'),
    local: (...words: string[]) => say('control.ts', ...words),
    becomes: (token: string, status: number) => until(async () => (await answer(token)).status === status)
  }
}

t.test('keys that are rotated and withdrawn are followed', async (t) => {
  const { token, local, becomes, answer } = await startLocally(t)
  const old = await token()
  await becomes(old, 200)

  t.equal(JSON.parse(await local('keys', 'rotate')).keys.length, 2)
  const fresh = await token()
  await becomes(fresh, 200)
  t.equal((await answer(old)).status, 200)

  t.equal(JSON.parse(await local('keys', 'withdraw')).keys.length, 1)
  await becomes(old, 401)
  t.equal((await answer(fresh)).status, 200)
})

t.test('bad answers are practised, and leave the server unmoved while it has keys', async (t) => {
  const { token, local, becomes, answer, scalekit } = await startLocally(t)
  const good = await token()
  await becomes(good, 200)

  for (const [how, status] of [
    ['error', 500],
    ['html', 200]
  ] as const) {
    t.same(JSON.parse(await local('answers', how)), { answers: how })
    const keys = await fetch(`${scalekit}/keys`)
    t.equal(keys.status, status)
    t.notMatch(await keys.text(), '"keys"')
    t.equal((await answer(good)).status, 200)
  }
  await local('answers', 'nothing')
  await t.rejects(fetch(`${scalekit}/keys`, { signal: AbortSignal.timeout(200) }))
  t.equal((await answer(good)).status, 200)
  await local('answers', 'normal')
  t.match(await (await fetch(`${scalekit}/keys`)).json(), { keys: [{ kty: 'RSA' }] })
})

t.test('tokens with one thing wrong are refused for just that', async (t) => {
  const { local, answer } = await startLocally(t)

  for (const [fault, status, description] of [
    ['expired', 401, /has expired/],
    ['foreign', 401, /for another resource/],
    ['no-scope', 403, /needs the scope news:read/]
  ] as const) {
    const response = await answer(await local('token', fault))
    t.equal(response.status, status)
    t.match(await response.json(), { error_description: description })
  }
})

t.test('npm run local says what it understands, and when no server runs', async (t) => {
  const { environment } = await startLocally(t)
  const npm = (settings: Environment) =>
    run(t, ['npm', 'run', '--silent', 'local', '--', 'keys', 'lose'], settings).ended

  t.match(await npm(environment), { code: 1, out: '', err: /npm run local -- keys rotate \| withdraw\n/ })
  const down = { ...environment, ...(await choosePorts()) }
  t.match(await npm(down), { code: 1, out: '', err: /start it first, with npm start/ })
})

t.test(
  'the control takes no orders from web pages or by other names, and says what it understands',
  async (t) => {
    const { scalekit } = await startLocally(t)
    const order = (headers: Record<string, string>, body = '{"keys":"withdraw"}') =>
      fetch(`${scalekit}/control`, { method: 'POST', headers, body })

    t.equal((await order({ origin: 'http://localhost:6274' })).status, 404)
    const foreign = request(`${scalekit}/control`, { method: 'POST', headers: { host: 'evil.example.com' } })
    const [response] = await once(foreign.end('{"keys":"withdraw"}'), 'response')
    response.resume()
    t.equal(response.statusCode, 403)
    for (const body of ['', '[]', '{"keys":"lose"}', '{"token":{}}']) {
      const response = await order({}, body)
      t.equal(response.status, 400)
      t.match(await response.json(), { error: 'unknown command', commands: { keys: ['rotate', 'withdraw'] } })
    }
  }
)
