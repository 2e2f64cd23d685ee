import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import type { Test } from './temp.ts'

/** A signing key as Scalekit has them. */
export async function createKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } }
}
export type Key = Awaited<ReturnType<typeof createKey>>
/** The first key of every key server: it takes a while to make one. */
let firstKeyOfAll: Promise<Key> | undefined

export type KeyAnswer = (response: ServerResponse, keys: Key[]) => void

/** A Scalekit environment that has keys and nothing else. */
export async function startKeyServer(t: Test) {
  firstKeyOfAll ??= createKey('snk_test')
  const firstKey = await firstKeyOfAll
  const keyServer = {
    environmentUrl: '',
    /** The keys that are published. */
    keys: [firstKey],
    /** How often they were fetched. */
    fetches: 0,
    /** Answers in their place, while it is set. */
    answer: undefined as KeyAnswer | undefined,
    /** Signs a user's token; `claims` win, and `undefined` takes a claim out. */
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
    if (request.url !== '/keys') return response.writeHead(404).end()
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
