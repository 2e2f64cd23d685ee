import t from 'tap'
import { startServer } from '../support/server.ts'
import { callEveryTool, findFailures } from './every-tool.ts'
import { skip } from './installed.ts'
import { clients } from './table.ts'

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
