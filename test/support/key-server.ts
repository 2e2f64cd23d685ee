import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import type { Test } from './temp.ts'

/** Creates a signing key as Scalekit uses. */
export async function createKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } }
}
export type Key = Awaited<ReturnType<typeof createKey>>
/** The first key of every key server, created once because that is slow. */
let sharedFirstKey: Promise<Key> | undefined

export type KeyAnswer = (response: ServerResponse, keys: Key[]) => void

/** Starts a Scalekit stand-in that serves signing keys. */
export async function startKeyServer(t: Test) {
  sharedFirstKey ??= createKey('snk_test')
  const firstKey = await sharedFirstKey
  const keyServer = {
    environmentUrl: '',
    /** The published keys. */
    keys: [firstKey],
    /** The number of fetches of the keys. */
    fetches: 0,
    /** While set, answers in place of the keys. */
    answer: undefined as KeyAnswer | undefined,
    /** While set, answers requests for anything but the keys. Otherwise they get 404. */
    answerOther: undefined as ((response: ServerResponse, request: IncomingMessage) => void) | undefined,
    /** Signs a user's token. `claims` override the defaults; `undefined` removes a claim. */
    signToken: (claims: JWTPayload, key: Key = firstKey) =>
      new SignJWT({
        sub: 'usr_1',
        client_id: 'm2m_1',
        oid: 'org_1',
        scope: 'openid news:read',
        exp: Math.floor(Date.now() / 1000) + 600,
        ...claims
      })
        .setProtectedHeader({ alg: 'RS256', kid: key.kid })
        .sign(key.privateKey)
  }
  const server = createServer((request, response) => {
    if (request.url !== '/keys') {
      return keyServer.answerOther ? keyServer.answerOther(response, request) : response.writeHead(404).end()
    }
    keyServer.fetches += 1
    if (keyServer.answer) return keyServer.answer(response, keyServer.keys)
    const body = JSON.stringify({ keys: keyServer.keys.map(({ jwk }) => jwk) })
    return response.setHeader('content-type', 'application/json').end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  keyServer.environmentUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return keyServer
}
