import t from 'tap'
import { startServer } from '../support/server.ts'
import { callEveryTool, findFailures } from './every-tool.ts'
import { skip } from './installed.ts'
import { clients } from './table.ts'

const warnings = t.capture(console, 'warn')
t.jobs = 4
for (const { name, connect } of clients) {
  t.test(`${name}, with a bearer token: lists and calls every tool`, { skip, buffered: true }, async (t) => {
    const { resource, token, log } = await startServer(t)

    const connection = await connect(t, resource, { token })
    await callEveryTool(t, connection)
    await connection.close()

    t.same(findFailures(log), [])
  })
}

t.test('no client warns, for example of a schema that it cannot read', { skip }, async (t) => {
  t.same(
    warnings().map(({ args }) => args[0]),
    []
  )
})
