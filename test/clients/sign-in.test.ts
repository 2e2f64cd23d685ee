import t from 'tap'
import { startLocally } from '../support/local-mode.ts'
import { Person } from '../support/oauth-user.ts'
import { until } from '../support/until.ts'
import { callEveryTool, findFailures } from './every-tool.ts'
import { skip } from './installed.ts'
import { clients } from './table.ts'

/** The shortest lifetime of a token that leaves a slow machine the time for a call. */
const tokenSeconds = 10

// Most of the time, the tests wait for the ends of tokens.
t.jobs = 9
t.setTimeout(180_000)
for (const { name, connect } of clients) {
  const title = `${name}, with the sign-in: calls every tool, also after the end of its first token`
  t.test(title, { skip, buffered: true, timeout: 90_000 }, async (t) => {
    const { resource, scalekit, log } = await startLocally(t, {
      // Nine clients at a time keep the event loop busy.
      OVERLOAD_EVENT_LOOP_DELAY_MS: '0',
      SCALEKIT_TIMEOUT_MS: '30000'
    })
    const setTokenSeconds = (seconds: number) =>
      fetch(`${scalekit}/control`, { method: 'POST', body: `{"token-seconds":"${seconds}"}` })
    const person = new Person()

    await setTokenSeconds(tokenSeconds)
    const connection = await connect(t, resource, { person })
    const tokenEnd = Date.now() + tokenSeconds * 1000
    await callEveryTool(t, connection)
    await setTokenSeconds(3600)
    await until(() => Date.now() > tokenEnd)
    await callEveryTool(t, connection)
    await connection.close()

    t.equal(person.scopes.length, 1, 'one sign-in')
    t.same(findFailures(log, ['POST /mcp 401', 'GET /mcp 401']), [])
  })
}
