import { once } from 'node:events'
import { appendFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Caller } from '../../../services/auth/caller.ts'
import { createDenyList } from '../../../services/auth/deny-list.ts'
import { ping, pingStatus } from '../../support/ping.ts'
import { startServer } from '../../support/server.ts'
import { temporaryFolder } from '../../support/temp.ts'
import { until } from '../../support/until.ts'

async function createDenyListFile(t: Test, content: string): Promise<string> {
  const file = join(await temporaryFolder(t), 'deny')
  await writeFile(file, content)
  return file
}

t.test('DENY_LIST_FILE: its tokens, subjects and clients get 401', async (t) => {
  const file = await createDenyListFile(t, '# denied since May\njti_1\n  usr_bad # left\nm2m_bad\n')
  const server = await startServer(t, { DENY_LIST_FILE: file })

  for (const claims of [{ jti: 'jti_1' }, { sub: 'usr_bad' }, { client_id: 'm2m_bad' }]) {
    const { status, error_description } = await ping(server, await server.signToken(claims))
    t.equal(status, 401)
    t.equal(error_description, 'The access token has been revoked. Sign in again.')
  }
  t.equal(await pingStatus(server, await server.signToken({ jti: 'jti_2' })), 200)
})

t.test(
  'DENY_LIST_FILE changes: applied without a restart, also to cached tokens and open streams',
  async (t) => {
    const file = await createDenyListFile(t, '# no entries\n')
    const server = await startServer(t, { DENY_LIST_FILE: file })
    const token = await server.signToken({ sub: 'usr_fired' })
    t.equal(await pingStatus(server, token), 200)
    const called = Promise.withResolvers<void>()
    server.news.answer = async (reply) => {
      called.resolve()
      reply.hijack()
    }
    const stream = await fetch(server.resource, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream'
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'get_news_sentiment', arguments: { ticker: 'AAPL' }, _meta: { progressToken: 1 } }
      })
    })
    await called.promise

    await appendFile(file, 'usr_fired # left the company\n')

    await t.rejects(stream.text(), 'the open stream is cut off')
    t.equal(await pingStatus(server, token), 401)
    t.equal(await pingStatus(server, server.token), 200, 'other callers keep their access')
    await writeFile(file, '')
    await until(async () => (await pingStatus(server, token)) === 200)
  }
)

t.test(
  'DENY_LIST_FILE cannot be read at startup: the server does not start, and the error names it',
  async (t) => {
    const folder = await temporaryFolder(t)
    for (const [file, reason] of [
      [join(folder, 'none'), 'ENOENT'],
      [folder, 'EISDIR']
    ] as const) {
      await t.rejects(startServer(t, { DENY_LIST_FILE: file }), {
        code: 'SETTINGS_INVALID',
        message: new RegExp(`DENY_LIST_FILE cannot be read \\(${reason}\\)[^]*Example: DENY_LIST_FILE=`)
      })
    }
  }
)

t.test('DENY_LIST_FILE is deleted: its last entries stay denied', async (t) => {
  const file = await createDenyListFile(t, 'usr_first')
  const server = await startServer(t, { DENY_LIST_FILE: file })
  const statuses = async () => {
    const tokens = await Promise.all(['usr_first', 'usr_second'].map((sub) => server.signToken({ sub })))
    return Promise.all(tokens.map((token) => pingStatus(server, token)))
  }
  t.same(await statuses(), [401, 200])

  await writeFile(file, 'usr_first\nusr_second\n')
  await until(() => server.log.some((line) => line.includes('deny list updated')))
  t.same(await statuses(), [401, 401])
  await rm(file)
  await until(() => server.log.some((line) => line.includes('DENY_LIST_FILE not read')))

  t.same(await statuses(), [401, 401])
})

// The response to tools/list is cached, that to ping is not.
for (const method of ['ping', 'tools/list']) {
  t.test(`caller is denied while the body of ${method} arrives: 401 instead of a result`, async (t) => {
    const file = await createDenyListFile(t, '')
    const server = await startServer(t, { DENY_LIST_FILE: file })
    const message = { jsonrpc: '2.0', id: 1, method }
    const body = JSON.stringify(message)
    const slowRequest = request(server.resource, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.token}`,
        'content-type': 'application/json',
        'content-length': body.length
      }
    })
    const responded = once(slowRequest, 'response')
    slowRequest.write(body.slice(0, 10))
    await until(() => server.log.some((line) => line.includes('incoming request')))
    // A later request of the same caller has a response, so the slow request has passed authentication.
    t.equal((await server.post(message)).status, 200)

    await writeFile(file, 'usr_1')
    await until(() => server.log.some((line) => line.includes('deny list updated')))
    slowRequest.end(body.slice(10))

    const [response] = await responded
    response.resume()
    t.equal(response.statusCode, 401)
  })
}

t.test(
  'shared entries: applied on the next poll, kept while they are unreadable, and allowed again after removal',
  async (t) => {
    const logged: string[] = []
    const record = (_details: object, message: string) => void logged.push(message)
    const log = { debug: record, info: record, warn: record, error: record }
    let read = async (): Promise<string[]> => ['usr_1']
    const denyList = await createDenyList({ file: undefined, readShared: () => read(), log })
    t.teardown(() => denyList.close())
    const caller: Caller = {
      subject: 'usr_2',
      clientId: undefined,
      organization: undefined,
      scopes: [],
      expiresAt: 0,
      tokenId: undefined,
      tokenHash: ''
    }
    t.equal(denyList.isDenied({ ...caller, subject: 'usr_1' }), true, 'read before the server starts')
    t.equal(denyList.isDenied(caller), false)
    let calls = 0
    denyList.onDenied(caller, () => {
      calls += 1
    })
    denyList.onDenied(caller, () => t.fail('unsubscribed'))()

    read = async () => ['usr_1', 'usr_2']
    await until(() => calls === 1)
    t.equal(denyList.isDenied(caller), true)
    let failures = 0
    read = async () => {
      failures += 1
      throw new Error('Redis is unavailable')
    }
    await until(() => failures === 2)
    t.equal(denyList.isDenied(caller), true)
    read = async () => []
    await until(() => !denyList.isDenied(caller))

    t.ok(logged.includes('shared deny list emptied; its entries are allowed again'))
    t.equal(calls, 1)
  }
)
