/** Who calls, under the names of the token's claims, for the log. */
export function describeCaller({ tokenId, clientId, subject }: Caller) {
  return { jti: tokenId, client_id: clientId, sub: subject }
}

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
  /** The token's own id (`jti`), by which it can be refused before it ends. */
  tokenId: string | undefined
  /** Tells tokens apart without holding them: an HMAC of the token, with a key of this process. */
  tokenHash: string
}
