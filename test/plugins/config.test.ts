import { inspect } from 'node:util'
import t from 'tap'
import { startServer } from '../support/server.ts'

t.test('started app: no decorator except config contains the raw settings', async (t) => {
  const secret = 'client-secret-value'
  const { app } = await startServer(t, { SCALEKIT_CLIENT_SECRET: secret })
  const decorators = Object.keys(app).filter((name) => name !== 'config')

  t.equal(app.config.SCALEKIT_CLIENT_SECRET, secret)
  t.ok(decorators.includes('tokenVerifier'))
  for (const name of decorators) {
    t.notMatch(inspect(Reflect.get(app, name), { depth: 4, maxStringLength: null }), secret, name)
  }
  t.notOk(app.hasDecorator('getEnvs'))
  t.notOk(app.hasRequestDecorator('getEnvs'))
  for (const scope of findChildScopes(app)) {
    t.ok(
      !Object.hasOwn(scope, 'config') || Reflect.get(scope, 'config') === app.config,
      'no raw settings in a scope'
    )
  }
})

/** The child scopes of an app, which Fastify stores under a symbol. */
function findChildScopes(app: object): object[] {
  const symbol = Object.getOwnPropertySymbols(app).find(
    ({ description }) => description === 'fastify.children'
  )
  const scopes = (symbol ? Reflect.get(app, symbol) : []) as object[]
  return scopes.flatMap((scope) => [scope, ...findChildScopes(scope)])
}

t.test('setting that has no effect: the server starts and logs a warning with its name', async (t) => {
  const { log } = await startServer(t, { ALPHA_VANTAGE_LEASED_CALLS: '5' })

  const warnings = log.map((line) => JSON.parse(line)).filter(({ msg }) => msg.startsWith('setting ignored'))
  t.equal(warnings.length, 1)
  t.match(warnings[0], { level: 40, setting: 'ALPHA_VANTAGE_LEASED_CALLS' })
})

t.test('DENY_LIST set: the server does not start, and the error contains only names', async (t) => {
  const startup = startServer(t, { DENY_LIST: 'usr_denied' })

  await t.rejects(startup, { code: 'SETTINGS_INVALID', message: /DENY_LIST_FILE/ })
  t.notMatch(await startup.catch(String), 'usr_denied')
})
