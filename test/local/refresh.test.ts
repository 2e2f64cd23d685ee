import { decodeJwt } from 'jose'
import t from 'tap'
import { openScalekitStore } from '../../local/scalekit/store.ts'
import { startLocally } from '../support/local-mode.ts'
import { createOAuthRequests } from '../support/oauth-requests.ts'
import { Person } from '../support/oauth-user.ts'
import { sdks, signIn } from '../support/sign-in.ts'
import { temporaryFolder } from '../support/temp.ts'
import { until } from '../support/until.ts'

const folder = await temporaryFolder(t)
const { resource, scalekit } = await startLocally(t, {
  DATA_DIR: folder,
  RATE_LIMIT_FAILURES_PER_MINUTE: '0'
})
const { register, refresh, signInWith } = createOAuthRequests(scalekit, resource)

t.test(
  'offline_access without a prompt for consent: granted; a refresh can name all requested scopes, or some',
  async (t) => {
    for (const scope of [
      'news:read offline_access',
      'openid email profile news:read offline_access',
      'openid email profile offline_access'
    ]) {
      const { client, tokens, person } = await signInWith({ scope })

      t.ok(tokens.scope?.split(' ').includes('offline_access'), scope)
      t.match(person.html[1], 'stay signed in until you sign out')
      for (const named of [
        scope,
        'news:read',
        'email',
        'offline_access',
        'offline_access profile news:read',
        ''
      ]) {
        const refreshed = await refresh(client.client_id, tokens.refresh_token, { scope: named })
        t.match(refreshed, { status: 200, refresh_token: String }, `refresh with "${named}"`)
        t.match(decodeJwt(String(refreshed.access_token)).scope, 'news:read')
      }
    }
  }
)

t.test('a prompt that the provider does not know: ignored', async (t) => {
  for (const prompt of ['select_account', 'login select_account', 'create', '']) {
    const { tokens, person } = await signInWith({ scope: 'news:read offline_access', prompt })

    t.match(tokens, { status: 200, scope: 'news:read offline_access' }, prompt)
    t.same(person.pages, ['Sign in', 'Allow access?'])
  }
  t.match((await signInWith({ scope: 'news:read', prompt: 'create' })).tokens, { status: 200 })
})

t.test('scopes that do not exist: ignored, and the token has the scope of the server', async (t) => {
  for (const scope of ['openid email profile', 'mcp:tools mcp:resources', 'email']) {
    const { tokens } = await signInWith({ scope })

    t.match(decodeJwt(String(tokens.access_token)).scope, 'news:read', scope)
    t.match(tokens.scope, 'news:read')
    t.notMatch(tokens.scope, /email|profile|mcp/)
  }
})

t.test('registration: the response has the scope that is granted', async (t) => {
  for (const [scope, granted] of [
    [undefined, 'news:read'],
    ['', 'news:read'],
    ['news:read', 'news:read'],
    ['openid email profile', 'news:read openid'],
    ['something:else', 'news:read'],
    ['news:read offline_access', 'news:read offline_access']
  ]) {
    t.match(await register({ ...new Person().clientMetadata, scope }), { status: 201, scope: granted })
  }
})

t.test('registration without grants: a refresh token', async (t) => {
  const { tokens } = await signInWith({ scope: 'news:read' }, { grant_types: undefined })

  t.ok(tokens.refresh_token)
})

t.test('the same refresh token several times at once: each gets tokens that work', async (t) => {
  const { client, tokens } = await signInWith({ scope: 'news:read offline_access' })

  const refreshed = await Promise.all(
    Array.from({ length: 5 }, () => refresh(client.client_id, tokens.refresh_token))
  )

  for (const { status, refresh_token } of refreshed) {
    t.equal(status, 200)
    t.match(await refresh(client.client_id, refresh_token), { status: 200 })
  }
})

t.test(
  'the same refresh token 30 s after its first use: all tokens of the sign-in are revoked',
  async (t) => {
    const store = openScalekitStore(folder)
    t.teardown(() => store.close())
    const { client, tokens } = await signInWith({ scope: 'news:read' })
    const refreshed = await refresh(client.client_id, tokens.refresh_token)
    const records = store.adapter('RefreshToken')
    const used = (await records.find(String(tokens.refresh_token))) ?? {}
    const firstUse = Math.floor(Date.now() / 1000) - 28
    await records.upsert(String(tokens.refresh_token), { ...used, consumed: firstUse }, 60)

    t.match(await refresh(client.client_id, tokens.refresh_token), { status: 200 }, 'a second use')
    await until(() => Date.now() / 1000 >= firstUse + 30)
    const again = await refresh(client.client_id, tokens.refresh_token)

    t.match(again, { status: 400, error: 'invalid_grant' })
    t.match(await refresh(client.client_id, refreshed.refresh_token), { status: 400, error: 'invalid_grant' })
  }
)

t.test('npm run local token-seconds 1: clients refresh after the end of the token', async (t) => {
  const setSeconds = (seconds: string) =>
    fetch(`${scalekit}/control`, { method: 'POST', body: JSON.stringify({ 'token-seconds': seconds }) })
  t.same(await (await setSeconds('1')).json(), { 'token-seconds': 1 })
  t.teardown(() => setSeconds('3600'))

  for (const sdk of sdks) {
    const person = new Person({ scope: 'news:read offline_access' })
    const client = await signIn(t, resource, { sdk, person })
    const first = person.savedTokens
    t.equal(first?.expires_in, 1)
    await until(() => Number(decodeJwt(first?.access_token ?? '').exp) * 1000 < Date.now())

    const result = await client.callTool({ name: 'get_news_sentiment', arguments: { ticker: 'AAPL' } })

    t.match(result, { structuredContent: { ticker: 'AAPL' } }, sdk)
    t.not(person.savedTokens?.access_token, first?.access_token)
    t.same(person.pages, ['Sign in', 'Allow access?'], 'no second sign-in')
  }
})
