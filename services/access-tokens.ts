import { ScalekitClient } from '@scalekit-sdk/node'
import { decodeJwt } from 'jose'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import type { ProtectedResource } from './protected-resource.ts'

/** Who calls, from an access token that was found good. */
export interface Caller {
  /** The user, or the client itself for a machine (`sub`). */
  subject: string
  /** The OAuth client (`client_id`); a URL under Client ID Metadata Documents. */
  clientId: string | undefined
  /** The Scalekit organisation (`oid`). */
  organization: string | undefined
  scopes: readonly string[]
  /** When the token ends, in seconds since 1970 (`exp`). */
  expiresAt: number
}

/** The claims that are read of a Scalekit access token; users carry `scope`, machines `scopes`. */
const claimsSchema = Type.Object({
  sub: Type.String({ minLength: 1 }),
  exp: Type.Number(),
  client_id: Type.Optional(Type.String()),
  oid: Type.Optional(Type.String()),
  org_id: Type.Optional(Type.String()),
  scope: Type.Optional(Type.String()),
  scopes: Type.Optional(Type.Array(Type.String()))
})

export type AccessTokens = ReturnType<typeof createAccessTokens>

/** Checks access tokens with Scalekit. */
export function createAccessTokens(options: {
  protectedResource: ProtectedResource
  clientId: string | undefined
  clientSecret: string | undefined
  timeoutMs: number
}) {
  const { environmentUrl, issuers, audiences } = options.protectedResource
  // Checking a token needs neither the id nor the secret; the SDK takes empty ones.
  const scalekit = new ScalekitClient(environmentUrl, options.clientId ?? '', options.clientSecret ?? '', {
    timeoutMs: options.timeoutMs
  })
  // Without both, the SDK accepts every token of the environment. It takes lists; its types name only strings.
  const expected = { issuer: issuers as unknown as string, audience: audiences }

  return {
    /** The token's caller; `undefined` if the token is not a good one for this server, now. */
    async check(token: string): Promise<Caller | undefined> {
      if (!(await scalekit.validateAccessToken(token, expected))) return undefined
      const claims: unknown = decodeJwt(token)
      return Check(claimsSchema, claims) ? callerOf(claims) : undefined
    }
  }
}

function callerOf(claims: Static<typeof claimsSchema>): Caller {
  return {
    subject: claims.sub,
    clientId: claims.client_id,
    organization: claims.oid ?? claims.org_id,
    scopes: [...new Set([...(claims.scope?.split(' ').filter(Boolean) ?? []), ...(claims.scopes ?? [])])],
    expiresAt: claims.exp
  }
}
