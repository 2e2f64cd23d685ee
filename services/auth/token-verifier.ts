import { createHmac, hash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { ProtectedResource } from '../config/protected-resource.ts'
import type { Caller } from './caller.ts'
import type { DenyList } from './deny-list.ts'
import { InvalidTokenError, type TokenRejection } from './invalid-token.ts'
import type { KeySet, SigningKeys } from './signing-keys.ts'

const maxTokenLength = 8192
/** A token that becomes valid within this time waits for it: clocks differ, and the SDK allows no leeway. */
const maxNotBeforeWaitMs = 5000

const printable = z.string().regex(/^\P{Cc}+$/u)
const resources = z.union([z.string(), z.array(z.string()).min(1)])

/** The claims that are read of a Scalekit access token; users carry `scope`, machines `scopes`. */
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
type Claims = z.output<typeof claimsSchema>
const maxScopes = 100

export interface TokenVerifierOptions {
  protectedResource: ProtectedResource
  keys: SigningKeys
  denyList: DenyList
  /** How many good tokens are remembered. */
  cacheSize: number
  /** How long each is, at most; 0 remembers none. */
  cacheTtlMs: number
}

export type TokenVerifier = ReturnType<typeof createTokenVerifier>

/** Checks access tokens with Scalekit, and remembers the good ones. */
export function createTokenVerifier({
  protectedResource,
  keys,
  denyList,
  cacheSize,
  cacheTtlMs
}: TokenVerifierOptions) {
  const { issuers, audiences, metadata } = protectedResource
  // Without both, the SDK accepts every token of the environment. It takes lists; its types name only strings.
  const expected = { issuer: issuers as unknown as string, audience: audiences }
  const resource = metadata.resource.replace(/\/$/, '')
  // By the token's hash, so that nobody who reads this memory gets a token from it. Only good tokens get in.
  const verifiedTokens = new LRUCache<string, Caller>({ max: cacheSize })
  const hmacKey = randomBytes(32)

  /** The key generation by which the token passes the gate; a token that is about to become valid waits for it. */
  async function verifySignature(
    token: string,
    kid: string,
    claims: Record<string, unknown>
  ): Promise<KeySet> {
    const startedAt = Date.now()
    const generation = await keys.current(kid)
    if (!generation.ids.has(kid)) throw new InvalidTokenError('signature')
    if (await generation.scalekit.validateAccessToken(token, expected)) return generation

    // The gate says no without a reason. With a good signature, the claims have it.
    const isSigned = await compactVerify(token, generation.keySet, { algorithms: ['RS256'] }).then(
      () => true,
      () => false
    )
    if (!isSigned) throw new InvalidTokenError('signature')
    const validAt = typeof claims.nbf === 'number' ? Math.ceil(claims.nbf) * 1000 : Number.NaN
    if (!(validAt > startedAt && validAt <= startedAt + maxNotBeforeWaitMs)) {
      throw new InvalidTokenError(findRejectionReason(claims), claims)
    }
    // Timers may be early by a moment.
    await sleep(Math.max(0, validAt - Date.now()) + 5)
    // Keys may have been withdrawn meanwhile.
    const later = await keys.current(kid)
    const passes = later.ids.has(kid) && (await later.scalekit.validateAccessToken(token, expected))
    if (!passes) throw new InvalidTokenError(findRejectionReason(claims), claims)
    return later
  }

  function findRejectionReason({ iss, aud, exp, nbf }: Record<string, unknown>): TokenRejection {
    const now = Date.now() / 1000
    // Claims can be of any type: even turning one into a text can throw.
    if (!issuers.some((one) => one === iss)) return 'issuer'
    if (![aud].flat().some((one) => audiences.some((own) => own === one))) return 'audience'
    if (typeof exp === 'number' && exp <= now) return 'expired'
    return typeof nbf === 'number' && nbf > now ? 'not_yet_valid' : 'claims'
  }

  return {
    /** The token's caller, if the token was found good before and still counts. */
    cached(token: string): Caller | undefined {
      const caller = verifiedTokens.get(hash('sha256', token))
      const isUsable =
        caller && keys.ready() && caller.expiresAt * 1000 > Date.now() && !denyList.denies(caller)
      return isUsable ? caller : undefined
    },
    /**
     * The token's caller.
     * @throws {InvalidTokenError} if it is not a good token for this server, now.
     * @throws {KeysUnavailableError} if that cannot be decided.
     */
    async verify(token: string): Promise<Caller> {
      if (token.length > maxTokenLength) throw new InvalidTokenError('malformed')
      const { kid, claims } = parseToken(token)
      const generation = await verifySignature(token, kid, claims)
      const { success, data } = claimsSchema.safeParse(claims)
      if (!success) throw new InvalidTokenError('claims', claims)
      const caller = toCaller(data, createHmac('sha256', hmacKey).update(token).digest('base64url'))
      const isForeign = [data.resource ?? resource].flat().some((one) => one.replace(/\/$/, '') !== resource)
      if (isForeign) throw new InvalidTokenError('audience', claims)
      if (caller.scopes.length > maxScopes) throw new InvalidTokenError('claims', claims)
      if (denyList.denies(caller)) throw new InvalidTokenError('denied', claims)

      const ttl = Math.min(cacheTtlMs, caller.expiresAt * 1000 - Date.now())
      // Keys may have changed meanwhile; then the next request decides anew.
      if (ttl >= 1 && generation.fingerprint === keys.latest()?.fingerprint) {
        verifiedTokens.set(hash('sha256', token), caller, { ttl: Math.floor(ttl) })
      }
      return caller
    },
    /** Forgets every token: to be called when the keys have changed. */
    clearCache: () => verifiedTokens.clear()
  }
}

/**
 * Reads a token before anything is asked of anyone: RS256 and nothing else, by a key of the key set, not of the token
 * (RFC 8725, sections 3.1 and 3.5).
 */
function parseToken(token: string): { kid: string; claims: Record<string, unknown> } {
  try {
    // base64url has many spellings of the same bytes; one of them is right (RFC 7515, section 2).
    const isCanonical = token
      .split('.')
      .every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
    if (!isCanonical) throw new InvalidTokenError('malformed')
    const { alg, kid, jwk, jku, x5u, x5c, crit } = decodeProtectedHeader(token)
    const embedded = jwk ?? jku ?? x5u ?? x5c ?? crit
    if (alg === 'RS256' && typeof kid === 'string' && embedded === undefined)
      return { kid, claims: decodeJwt(token) }
  } catch {
    // Not a token at all.
  }
  throw new InvalidTokenError('malformed')
}

function toCaller(claims: Claims, tokenHash: string): Caller {
  return {
    subject: claims.sub,
    clientId: claims.client_id,
    organization: claims.oid ?? claims.org_id,
    scopes: [...new Set([...(claims.scope?.split(' ').filter(Boolean) ?? []), ...(claims.scopes ?? [])])],
    expiresAt: claims.exp,
    tokenId: claims.jti,
    tokenHash
  }
}
