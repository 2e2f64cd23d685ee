import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { createKey } from '../support/key-server.ts'
import { startServer } from '../support/server.ts'
import { temporaryFolder } from '../support/temp.ts'

t.test('no log line at trace level and no response contains a token, a secret or a key', async (t) => {
  const clientSecret = 'client-secret-value'
  const denyList = join(await temporaryFolder(t), 'deny')
  await writeFile(denyList, 'usr_denied')
  const server = await startServer(t, {
    SCALEKIT_CLIENT_ID: 'skc_1',
    SCALEKIT_CLIENT_SECRET: clientSecret,
    SCALEKIT_KEYS_COOLDOWN_MS: '10',
    DENY_LIST_FILE: denyList,
    REQUEST_TIMEOUT_MS: '100'
  })
  const { news, keyServer, signToken, url, port, token } = server
  const stranger = await createKey('snk_test')
  const tokens = [
    token,
    await signToken({ exp: 1 }),
    await signToken({ aud: 'other' }),
    await signToken({ scope: 'a' }),
    await signToken({ sub: 'usr_denied' }),
    await signToken({}, stranger),
    await signToken({}, { ...stranger, kid: 'snk_unknown' }),
    'garbage-token-value'
  ]
  const responses: string[] = []
  const request = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(url + path, init)
    responses.push(JSON.stringify([...response.headers]), await response.text())
  }
  const call = (ticker: unknown) =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'get_news_sentiment', arguments: { ticker } }
    })

  const sendRejected = async (token: string) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    await request('/mcp', { method: 'POST', headers, body: call('AAPL') })
    await request(`/mcp?access_token=${token}`, { method: 'POST' })
    await request(`/nowhere/?token=${token}`, { headers })
    await request(`/mcp%zz?token=${token}`, { headers })
    for (const body of ['{', '', '[]', call(7), call('Apple Inc')])
      await request('/mcp', { method: 'POST', headers, body })
    await sendRaw(
      port,
      `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Length: x\r\n\r\n`
    )
    await sendRaw(
      port,
      `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Length: 9\r\n\r\n{`
    )
  }
  // Concurrently, because the server checks for slow requests once a second.
  await Promise.all(tokens.map(sendRejected))
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const faults = [
    (query: Record<string, string | undefined>) => ({
      Information: `We have detected your API key as ${query.apikey} and`
    }),
    (query: Record<string, string | undefined>) => ({ Note: `The key ${query.apikey} is bad` }),
    (query: Record<string, string | undefined>) => `<html>${query.apikey}`
  ]
  for (const [number, fault] of faults.entries()) {
    news.answer = (_reply, query) => fault(query)
    await request('/mcp', { method: 'POST', headers, body: call(`FAULT${number}`) })
  }
  await news.close()
  await request('/mcp', { method: 'POST', headers, body: call('GONE') })
  keyServer.answer = (response) => response.destroy()
  await request('/mcp', { method: 'POST', headers: { ...headers, authorization: `Bearer ${tokens[6]}` } })

  // Node and loggers may write buffers as lists of bytes.
  const written = [...server.log, ...responses].join('\n')
  const bytes = [...written.matchAll(/\[(\d+(?:,\d+){20,})\]/g)].map(([, list = '']) =>
    String.fromCharCode(...list.split(',').map(Number))
  )
  const everything = [written, ...bytes].join('\n')
  t.ok(server.log.length > 100 && responses.length > 100, 'there is enough to search')
  for (const secret of [...tokens, clientSecret, 'SECRETKEY123']) t.notOk(everything.includes(secret))
  for (const jwt of tokens.slice(0, -1))
    t.notOk(everything.includes(jwt.split('.')[2] ?? jwt), 'no signature')
})

async function sendRaw(port: number, text: string) {
  const socket = connect(port, 'localhost').on('error', () => {})
  socket.resume().write(text)
  await once(socket, 'close')
}
