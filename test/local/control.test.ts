import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { startLocally } from '../support/local-mode.ts'
import { choosePorts, root, run } from '../support/process.ts'
import { until } from '../support/until.ts'

const { resource, scalekit, environment, token } = await startLocally(t, {
  SCALEKIT_KEYS_COOLDOWN_MS: '10',
  SCALEKIT_KEYS_MAX_AGE_MS: '100',
  SCALEKIT_TIMEOUT_MS: '500',
  TOKEN_STORE_TTL_MS: '0',
  RATE_LIMIT_PER_MINUTE: '0',
  RATE_LIMIT_ADDRESS_PER_MINUTE: '0',
  RATE_LIMIT_FAILURES_PER_MINUTE: '0'
})

const ping = (token: string) =>
  fetch(resource, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })
  })
const untilStatus = (token: string, status: number) =>
  until(async () => (await ping(token)).status === status)
const sendControl = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${scalekit}/control`, { method: 'POST', headers, body })
/** Sends a command, as `npm run local` does. */
const sendCommand = async (command: string, value: string) =>
  (await sendControl(JSON.stringify({ [command]: value }))).json() as Promise<{
    keys: string[]
    token: string
  }>
const control = [process.execPath, join(root, 'local/control.ts')]

t.test('npm run local keys: the server follows a rotation and a withdrawal', async (t) => {
  const old = await token()
  await untilStatus(old, 200)

  t.equal((await sendCommand('keys', 'rotate')).keys.length, 2)
  const fresh = await token()
  await untilStatus(fresh, 200)
  t.equal((await ping(old)).status, 200)

  t.equal((await sendCommand('keys', 'withdraw')).keys.length, 1)
  await untilStatus(old, 401)
  t.equal((await ping(fresh)).status, 200)
})

t.test('npm run local answers: faults of the key server do not affect a server that has keys', async (t) => {
  const good = await token()
  await untilStatus(good, 200)

  for (const [mode, status] of [
    ['error', 500],
    ['html', 200]
  ] as const) {
    t.same(await sendCommand('answers', mode), { answers: mode })
    const keys = await fetch(`${scalekit}/keys`)
    t.equal(keys.status, status)
    t.notMatch(await keys.text(), '"keys"')
    t.equal((await ping(good)).status, 200)
  }
  await sendCommand('answers', 'nothing')
  await t.rejects(fetch(`${scalekit}/keys`, { signal: AbortSignal.timeout(200) }))
  t.equal((await ping(good)).status, 200)
  await sendCommand('answers', 'normal')
  t.match(await (await fetch(`${scalekit}/keys`)).json(), { keys: [{ kty: 'RSA' }] })
})

t.test('npm run local token: each fault is rejected with its reason', async (t) => {
  for (const [fault, status, description] of [
    ['expired', 401, /has expired/],
    ['foreign', 401, /for another resource/],
    ['no-scope', 403, /needs the scope news:read/]
  ] as const) {
    const response = await ping((await sendCommand('token', fault)).token)
    t.equal(response.status, status)
    t.match(await response.json(), { error_description: description })
  }
})

t.test('npm run local: prints the result, and lists the commands', async (t) => {
  const [npm, answers, expired, seconds, down] = await Promise.all([
    run(t, ['npm', 'run', '--silent', 'local', '--', 'keys', 'lose'], environment).ended,
    run(t, [...control, 'answers', 'normal'], environment).ended,
    run(t, [...control, 'token', 'expired'], environment).ended,
    run(t, [...control, 'token-seconds', '60'], environment).ended,
    run(t, [...control, 'keys', 'rotate'], { ...environment, ...(await choosePorts()) }).ended
  ])

  t.match(npm, { code: 1, out: '', err: /npm run local -- keys rotate \| withdraw\n/ })
  t.match(answers, { code: 0, out: '{"answers":"normal"}\n' })
  t.match(seconds, { code: 0, out: '{"token-seconds":60}\n' })
  t.match(expired, { code: 0, out: /^eyJ[\w.-]+\n$/ })
  t.match(await (await ping(expired.out.trim())).json(), { error_description: /has expired/ })
  t.match(down, { code: 1, out: '', err: /Start it first, with npm start/ })
})

t.test('control: rejects web pages and other host names, and lists the commands', async (t) => {
  t.equal((await sendControl('{"keys":"withdraw"}', { origin: 'http://localhost:6274' })).status, 404)
  const foreign = request(`${scalekit}/control`, { method: 'POST', headers: { host: 'evil.example.com' } })
  const [response] = await once(foreign.end('{"keys":"withdraw"}'), 'response')
  response.resume()
  t.equal(response.statusCode, 403)
  for (const body of ['', '[]', '{"keys":"lose"}', '{"token":{}}', '{"token-seconds":"0"}']) {
    const response = await sendControl(body)
    t.equal(response.status, 400)
    t.match(await response.json(), { error: 'unknown command', commands: { keys: ['rotate', 'withdraw'] } })
  }
})
