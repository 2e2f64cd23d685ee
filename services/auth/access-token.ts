import { decodeJwt, decodeProtectedHeader } from 'jose'
import { z } from 'zod'
import { withoutTrailingSlash } from '../lib/url.ts'
import type { Caller } from './caller.ts'
import { InvalidTokenError } from './invalid-token.ts'

const maxTokenLength = 8192
const maxScopes = 100

/** The decoded claims of a token. A claim may have any type until a schema has checked it. */
export type Claims = Record<string, unknown>

const printable = z.string().regex(/^\P{Cc}+$/u)
const resources = z.union([z.string(), z.array(z.string()).min(1)])

/** The claims that this server uses. Scalekit puts the scopes of a user in `scope`, and of a machine client in `scopes`. */
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

/**
 * Parses an access token of at most 8192 characters, without a network request. The header must name RS256 and a key ID,
 * and must not contain or link a key: a token must not choose its algorithm or its key (RFC 8725, sections 3.1 and 3.10).
 * @throws {InvalidTokenError} `malformed`
 */
export function parseToken(token: string): { keyId: string; claims: Claims } {
  if (token.length > maxTokenLength) throw new InvalidTokenError('malformed')
  try {
    const { alg, kid, jwk, jku, x5u, x5c, crit } = decodeProtectedHeader(token)
    const unsupported = jwk ?? jku ?? x5u ?? x5c ?? crit
    if (isCanonical(token) && alg === 'RS256' && typeof kid === 'string' && unsupported === undefined)
      return { keyId: kid, claims: decodeJwt(token) }
  } catch {
    // Not a JWT.
  }
  throw new InvalidTokenError('malformed')
}

/**
 * Whether each part has the canonical base64url encoding (RFC 7515, section 2; RFC 4648, section 3.5). Decoders ignore
 * pad bits and padding, so an altered token could still have a valid signature.
 */
function isCanonical(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
}

/**
 * Converts verified claims to the caller. `ownResource` is the resource identifier of this server.
 * @throws {InvalidTokenError} `claims` if a claim is missing or malformed, or if there are more than 100 scopes.
 * `audience` if the claim `resource` names another resource.
 */
export function toCaller(claims: Claims, ownResource: string): Omit<Caller, 'tokenHash'> {
  const { success, data } = claimsSchema.safeParse(claims)
  if (!success) throw new InvalidTokenError('claims', claims)
  const namesOtherResource = [data.resource ?? ownResource]
    .flat()
    .some((resource) => withoutTrailingSlash(resource) !== withoutTrailingSlash(ownResource))
  if (namesOtherResource) throw new InvalidTokenError('audience', claims)
  const scopes = new Set([...(data.scope?.split(' ').filter(Boolean) ?? []), ...(data.scopes ?? [])])
  if (scopes.size > maxScopes) throw new InvalidTokenError('claims', claims)
  return {
    subject: data.sub,
    clientId: data.client_id,
    organization: data.oid ?? data.org_id,
    scopes: [...scopes],
    expiresAt: data.exp,
    tokenId: data.jti
  }
}
