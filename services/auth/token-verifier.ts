import { createHmac, hash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { compactVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import type { ProtectedResource } from '../config/protected-resource.ts'
import { type Claims, parseToken, toCaller } from './access-token.ts'
import type { Caller } from './caller.ts'
import type { DenyList } from './deny-list.ts'
import { InvalidTokenError, type TokenRejection } from './invalid-token.ts'
import type { KeySet } from './key-set.ts'
import type { SigningKeys } from './signing-keys.ts'

const maxNotBeforeWaitMs = 5000

export interface TokenVerifierOptions {
  protectedResource: ProtectedResource
  keys: SigningKeys
  denyList: DenyList
  /** The maximum number of verified tokens in the cache. */
  cacheSize: number
  /** The maximum time that a verified token stays in the cache, in milliseconds; 0 disables the cache. */
  cacheTtlMs: number
}

export type TokenVerifier = ReturnType<typeof createTokenVerifier>

/** Verifies access tokens for this server, and caches the valid ones. */
export function createTokenVerifier(options: TokenVerifierOptions) {
  const { protectedResource, keys, denyList, cacheSize, cacheTtlMs } = options
  const { issuers, audiences, metadata } = protectedResource
  // The SDK checks `iss` and `aud` only if both are passed. Otherwise it accepts any token of the environment.
  // It supports a list of issuers, but its types declare a string.
  const expected = { issuer: issuers as unknown as string, audience: audiences }
  // Keyed by a hash, so that the cache contains no tokens.
  const verifiedTokens = new LRUCache<string, { caller: Caller; keyFingerprint: string }>({ max: cacheSize })
  const hmacKey = randomBytes(32)

  /** Checks signature, issuer, audience and lifetime (RFC 7519, section 7.2; RFC 8725, sections 3.8 and 3.9). */
  async function validate(token: string, keyId: string): Promise<{ isValid: boolean; keySet: KeySet }> {
    const keySet = await keys.find(keyId)
    const isValid = keySet.keyIds.has(keyId) && (await keySet.scalekit.validateAccessToken(token, expected))
    return { isValid, keySet }
  }

  /** Returns the key set that the token is valid with. */
  async function findValidKeySet(token: string, keyId: string, claims: Claims): Promise<KeySet> {
    const receivedAtMs = Date.now()
    const { isValid, keySet } = await validate(token, keyId)
    if (isValid) return keySet

    // The SDK gives no reason. If the signature is valid, a claim is the reason.
    if (!(await isSigned(token, keySet))) throw new InvalidTokenError('signature')
    if (await waitForNotBefore(claims.nbf, receivedAtMs)) {
      // The key may have been withdrawn during the wait.
      const later = await validate(token, keyId)
      if (later.isValid) return later.keySet
    }
    throw new InvalidTokenError(findRejection(claims, protectedResource), claims)
  }

  return {
    /** Returns the caller if the token is cached and still gives access. */
    cached(token: string): Caller | undefined {
      const { caller, keyFingerprint } = verifiedTokens.get(hash('sha256', token)) ?? {}
      // After a key is rotated or withdrawn, or without keys, the token must be verified again.
      if (!caller || keyFingerprint !== keys.fingerprint) return undefined
      return caller.expiresAt * 1000 > Date.now() && !denyList.isDenied(caller) ? caller : undefined
    },
    /**
     * Verifies an access token and returns its caller.
     * @throws {InvalidTokenError} if the token does not give access to this server.
     * @throws {KeysUnavailableError} if there are no signing keys to verify the token with.
     */
    async verify(token: string): Promise<Caller> {
      const { keyId, claims } = parseToken(token)
      const { fingerprint: keyFingerprint } = await findValidKeySet(token, keyId, claims)
      const tokenHash = createHmac('sha256', hmacKey).update(token).digest('base64url')
      const caller = { ...toCaller(claims, metadata.resource), tokenHash }
      if (denyList.isDenied(caller)) throw new InvalidTokenError('denied', claims)

      const ttl = Math.floor(Math.min(cacheTtlMs, caller.expiresAt * 1000 - Date.now()))
      if (ttl > 0) verifiedTokens.set(hash('sha256', token), { caller, keyFingerprint }, { ttl })
      return caller
    },
    isDenied: denyList.isDenied,
    onDenied: denyList.onDenied,
    /** Whether the signing keys are fresh, stale or missing. */
    keyState: () => keys.state,
    /** When a caller should retry after {@link KeysUnavailableError}, in seconds. */
    retryAfterSeconds: keys.retryAfterSeconds
  }
}

function isSigned(token: string, { jwks }: KeySet): Promise<boolean> {
  return compactVerify(token, jwks, { algorithms: ['RS256'] }).then(
    () => true,
    () => false
  )
}

/**
 * Waits until `nbf` if it is at most 5 s after `receivedAtMs`, and returns `true`. Returns `false` immediately otherwise.
 * The clock of the authorization server may be ahead of this one, and the SDK has no leeway (RFC 7519, section 4.1.5).
 * `receivedAtMs` is when verification started: `nbf` may have passed since then.
 */
async function waitForNotBefore(nbf: unknown, receivedAtMs: number): Promise<boolean> {
  const notBeforeMs = typeof nbf === 'number' ? Math.ceil(nbf) * 1000 : Number.NaN
  if (!(notBeforeMs > receivedAtMs && notBeforeMs <= receivedAtMs + maxNotBeforeWaitMs)) return false
  // Timers may fire slightly early.
  await sleep(Math.max(0, notBeforeMs - Date.now()) + 5)
  return true
}

/** Finds the claim for which the SDK rejects a token with a valid signature. */
function findRejection(
  { iss, aud, exp, nbf }: Claims,
  { issuers, audiences }: ProtectedResource
): TokenRejection {
  const now = Date.now() / 1000
  // Compared with ===, because converting a claim of another type to a string can throw.
  if (!issuers.some((issuer) => issuer === iss)) return 'issuer'
  if (![aud].flat().some((value) => audiences.some((audience) => audience === value))) return 'audience'
  if (typeof exp === 'number' && exp <= now) return 'expired'
  return typeof nbf === 'number' && nbf > now ? 'not_yet_valid' : 'claims'
}
