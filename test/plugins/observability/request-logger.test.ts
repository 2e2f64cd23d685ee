import { Writable } from 'node:stream'
import fc from 'fast-check'
import Fastify from 'fastify'
import t from 'tap'
import { createInfoWriter, RequestLogger } from '../../../plugins/observability/request-logger.ts'
import { stopClock } from '../../support/clock.ts'

/** Creates a logger of a request, and the lines that it writes. */
function start(level = 'trace') {
  const lines: Record<string, unknown>[] = []
  const stream = new Writable({
    write(line, _encoding, done) {
      lines.push(JSON.parse(String(line)))
      done()
    }
  })
  const app = Fastify({ logger: { level, stream } })
  return { lines, logger: new RequestLogger(app.log, { reqId: 'r1' }) }
}

t.test('each level: the line has the fields of the request, of the child and its own', async (t) => {
  const { lines, logger } = start()
  const child = logger.child({ sub: 'usr_1' })
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

  for (const level of levels) child[level]({ status: 200 }, 'message of %s', level)

  t.match(
    lines,
    levels.map((level, index) => ({
      level: (index + 1) * 10,
      reqId: 'r1',
      sub: 'usr_1',
      status: 200,
      msg: `message of ${level}`
    }))
  )
  t.equal(child.level, 'trace')
})

t.test('a text, an error or nothing instead of fields: the line has the fields of the request', async (t) => {
  const { lines, logger } = start()

  logger.info('text with %d', 1)
  logger.warn(new Error('failed'))
  logger.warn(new Error('failed'), 'with a message')
  logger.info(undefined)
  logger.silent()

  t.match(lines, [
    { reqId: 'r1', msg: 'text with 1' },
    { reqId: 'r1', err: { message: 'failed', stack: String }, msg: 'failed' },
    { reqId: 'r1', err: { message: 'failed' }, msg: 'with a message' },
    { reqId: 'r1' }
  ])
  t.equal(lines.length, 4)
})

t.test('the same field in the line, the child and the request: the first of them is logged', async (t) => {
  const { lines, logger } = start('info')

  logger.child({ reqId: 'r2' }).info({ reqId: 'r3' })
  logger.child({ reqId: 'r2' }).info('text')
  logger.debug('below the level')

  t.match(lines, [{ reqId: 'r3' }, { reqId: 'r2' }])
  t.equal(lines.length, 2)
})

t.test('property: a line of the request log has the bytes that pino writes', async (t) => {
  const written: string[] = []
  const stream = { write: (line: string) => void written.push(line) }
  const { log } = Fastify({ logger: { stream } })
  stopClock(t)
  const writeInfo = createInfoWriter(log, stream)
  const text = fc.string({ unit: 'binary', maxLength: 60 })
  const value = fc.oneof(
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constant(undefined),
    fc.jsonValue()
  )
  const names = fc.constantFrom('reqId', 'sub', 'path', 'status', 'durationMs', 'mcp', 'é "')

  fc.assert(
    fc.property(fc.dictionary(names, value), text, (fields, message) => {
      written.length = 0
      log.info(fields, message.replaceAll('%', ''))
      writeInfo(fields, message.replaceAll('%', ''))
      t.equal(written[1], written[0])
    })
  )
})

t.test('a line of the request log below the level of the server is not written', async (t) => {
  for (const [level, count] of [
    ['info', 1],
    ['debug', 1],
    ['warn', 0],
    ['silent', 0]
  ] as const) {
    const written: string[] = []
    const stream = { write: (line: string) => void written.push(line) }
    createInfoWriter(Fastify({ logger: { level, stream } }).log, stream)({ status: 200 }, 'request completed')
    t.equal(written.length, count, level)
  }
})
