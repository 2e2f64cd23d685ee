import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { createGuardHook, type Guard } from '../../../plugins/http/guard.ts'

/** Starts a server whose route is behind `guards`. `ran` has the names of the guards and of the handler that ran. */
async function start(t: Test, guards: Record<string, Guard>) {
  const ran: string[] = []
  const app: FastifyInstance = Fastify()
  const recorded = Object.entries(guards).map<Guard>(([name, guard]) => (request, reply) => {
    ran.push(name)
    return guard(request, reply)
  })
  app.addHook('onRequest', createGuardHook(recorded))
  app.get('/', async () => {
    ran.push('handler')
    return 'answered'
  })
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { ran, get: async () => (await fetch(url)).status }
}

const fail = () => {
  throw Object.assign(new Error('denied'), { statusCode: 403 })
}
const wait = () => new Promise<void>((resolve) => setImmediate(resolve))

t.test('guards run in order, whether they return a promise or not, and then the handler', async (t) => {
  const { ran, get } = await start(t, { first() {}, second: wait, third() {}, fourth: wait })

  t.equal(await get(), 200)
  t.same(ran, ['first', 'second', 'third', 'fourth', 'handler'])
})

t.test('a guard throws: neither the next guard nor the handler runs', async (t) => {
  const { ran, get } = await start(t, { first() {}, second: fail, third() {} })

  t.equal(await get(), 403)
  t.same(ran, ['first', 'second'])
})

t.test('a guard throws after one with a promise, or in its own promise: nothing else runs', async (t) => {
  const after = await start(t, { first: wait, second: fail, third() {} })
  const inPromise = await start(t, { first: () => wait().then(fail), second() {} })

  t.same([await after.get(), await inPromise.get()], [403, 403])
  t.same([after.ran, inPromise.ran], [['first', 'second'], ['first']])
})
