import { createHmac, hash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { ProtectedResource } from '../config/protected-resource.ts'
import { withoutTrailingSlash } from '../lib/url.ts'
import type { Caller } from './caller.ts'
import type { DenyList } from './deny-list.ts'
import { InvalidTokenError, type TokenRejection } from './invalid-token.ts'
import type { KeySet, SigningKeys } from './signing-keys.ts'

const maxTokenLength = 8192
const maxScopes = 100
const maxNotBeforeWaitMs = 5000

type Claims = Record<string, unknown>

const printable = z.string().regex(/^\P{Cc}+$/u)
const resources = z.union([z.string(), z.array(z.string()).min(1)])

/** The claims that this server uses. Scalekit writes the scopes of users to `scope`, those of machines to `scopes`. */
const claimsSchema = z.object({
  sub: printable,
  exp: z.number(),
  jti: printable.optional(),
  client_id: printable.optional(),
  oid: printable.optional(),
  org_id: printable.optional(),
  resource: resources.optional(),
  scope: z.string().optional(),
  scopes: z.array(z.string()).optional()
})

export interface TokenVerifierOptions {
  protectedResource: ProtectedResource
  keys: SigningKeys
  denyList: DenyList
  /** The maximum number of verified tokens in the cache. */
  cacheSize: number
  /** How long a verified token is cached at most; 0 disables the cache. */
  cacheTtlMs: number
}

export type TokenVerifier = ReturnType<typeof createTokenVerifier>

/** Verifies access tokens for this server, and caches the valid ones. */
export function createTokenVerifier(options: TokenVerifierOptions) {
  const { protectedResource, keys, denyList, cacheSize, cacheTtlMs } = options
  const { issuers, audiences, metadata } = protectedResource
  // The SDK checks `iss` and `aud` only when both are passed; else it accepts any token of the environment.
  // It accepts lists, but its types declare `issuer` a string.
  const expected = { issuer: issuers as unknown as string, audience: audiences }
  // Keyed by the hash of the token, so that a memory dump does not reveal tokens.
  const verifiedTokens = new LRUCache<string, { caller: Caller; keyFingerprint: string }>({ max: cacheSize })
  const hmacKey = randomBytes(32)

  /** Checks signature, issuer, audience and lifetime (RFC 7519, section 7.2; RFC 8725, sections 3.8 and 3.9). */
  async function validate(token: string, keyId: string): Promise<{ isValid: boolean; keySet: KeySet }> {
    const keySet = await keys.getKeySet(keyId)
    const isValid = keySet.keyIds.has(keyId) && (await keySet.scalekit.validateAccessToken(token, expected))
    return { isValid, keySet }
  }

  /** Returns the key set that verifies the token. */
  async function verifySignature(token: string, keyId: string, claims: Claims): Promise<KeySet> {
    const receivedAtMs = Date.now()
    const { isValid, keySet } = await validate(token, keyId)
    if (isValid) return keySet

    // The SDK gives no reason. If the signature is valid, the claims contain it.
    if (!(await isSigned(token, keySet))) throw new InvalidTokenError('signature')
    if (await waitForNotBefore(claims.nbf, receivedAtMs)) {
      // The key may have been withdrawn during the wait.
      const later = await validate(token, keyId)
      if (later.isValid) return later.keySet
    }
    throw new InvalidTokenError(findRejection(claims, protectedResource), claims)
  }

  return {
    /** The caller, if the token is cached and still gives access. */
    cached(token: string): Caller | undefined {
      const { caller, keyFingerprint } = verifiedTokens.get(hash('sha256', token)) ?? {}
      // After a key rotation or withdrawal the token is verified again.
      if (!caller || keyFingerprint !== keys.currentFingerprint()) return undefined
      return caller.expiresAt * 1000 > Date.now() && !denyList.isDenied(caller) ? caller : undefined
    },
    /**
     * Verifies an access token and returns its caller.
     * @throws {InvalidTokenError} if the token does not give access to this server.
     * @throws {KeysUnavailableError} if there are no signing keys to decide that with.
     */
    async verify(token: string): Promise<Caller> {
      if (token.length > maxTokenLength) throw new InvalidTokenError('malformed')
      const { keyId, claims } = parseToken(token)
      const { fingerprint: keyFingerprint } = await verifySignature(token, keyId, claims)
      const tokenHash = createHmac('sha256', hmacKey).update(token).digest('base64url')
      const caller = toCaller(claims, tokenHash, metadata.resource)
      if (denyList.isDenied(caller)) throw new InvalidTokenError('denied', claims)

      const ttl = Math.floor(Math.min(cacheTtlMs, caller.expiresAt * 1000 - Date.now()))
      if (ttl > 0) verifiedTokens.set(hash('sha256', token), { caller, keyFingerprint }, { ttl })
      return caller
    },
    isDenied: denyList.isDenied,
    onDenied: denyList.onDenied,
    /** Whether there are signing keys to verify tokens with. */
    keyState: keys.state,
    /** When a caller should retry after {@link KeysUnavailableError}, in seconds. */
    retryAfterSeconds: keys.retryAfterSeconds
  }
}

/**
 * Parses a token before anything is fetched for it. The algorithm must be RS256, and the key one of the key set: a
 * token cannot choose either (RFC 8725, sections 3.1 and 3.10).
 */
function parseToken(token: string): { keyId: string; claims: Claims } {
  try {
    // Decoders accept several spellings of the same bytes. Only one is canonical (RFC 7515, section 2; RFC 4648,
    // section 3.5), so that a token cannot be altered without a new signature.
    const isCanonical = token
      .split('.')
      .every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
    const { alg, kid, jwk, jku, x5u, x5c, crit } = decodeProtectedHeader(token)
    const embeddedKey = jwk ?? jku ?? x5u ?? x5c
    if (isCanonical && alg === 'RS256' && typeof kid === 'string' && (embeddedKey ?? crit) === undefined)
      return { keyId: kid, claims: decodeJwt(token) }
  } catch {
    // Not a JWT.
  }
  throw new InvalidTokenError('malformed')
}

function isSigned(token: string, { jwks }: KeySet): Promise<boolean> {
  return compactVerify(token, jwks, { algorithms: ['RS256'] }).then(
    () => true,
    () => false
  )
}

/**
 * Waits until `nbf` if it lies at most 5 s ahead: the clock of the authorization server may be ahead of this one, and
 * the SDK allows none of the leeway of RFC 7519, section 4.1.5. Returns `false` without waiting for any other value.
 * `receivedAtMs` is when verification began, because `nbf` may have passed since.
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
  // Claims can have any type. Comparison is by identity, because converting an object to a string can throw.
  if (!issuers.some((issuer) => issuer === iss)) return 'issuer'
  if (![aud].flat().some((value) => audiences.some((audience) => audience === value))) return 'audience'
  if (typeof exp === 'number' && exp <= now) return 'expired'
  return typeof nbf === 'number' && nbf > now ? 'not_yet_valid' : 'claims'
}

/** Checks the claims that the SDK does not check, and converts them. */
function toCaller(claims: Claims, tokenHash: string, ownResource: string): Caller {
  const { success, data } = claimsSchema.safeParse(claims)
  if (!success) throw new InvalidTokenError('claims', claims)
  const isForOther = [data.resource ?? ownResource]
    .flat()
    .some((resource) => withoutTrailingSlash(resource) !== withoutTrailingSlash(ownResource))
  if (isForOther) throw new InvalidTokenError('audience', claims)
  const scopes = new Set([...(data.scope?.split(' ').filter(Boolean) ?? []), ...(data.scopes ?? [])])
  if (scopes.size > maxScopes) throw new InvalidTokenError('claims', claims)
  return {
    subject: data.sub,
    clientId: data.client_id,
    organization: data.oid ?? data.org_id,
    scopes: [...scopes],
    expiresAt: data.exp,
    tokenId: data.jti,
    tokenHash
  }
}
