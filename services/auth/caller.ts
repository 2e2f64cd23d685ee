/** A caller: the claims of a verified access token. */
export interface Caller {
  /** The user, or the client itself for a machine (`sub`). */
  subject: string
  /** The OAuth client (`client_id`); a URL for a client with a Client ID Metadata Document. */
  clientId: string | undefined
  /** The Scalekit organization (`oid`). */
  organization: string | undefined
  scopes: readonly string[]
  /** When the token expires, in seconds since 1970 (`exp`). */
  expiresAt: number
  /** The ID of the token (`jti`), by which the deny list can revoke it. */
  tokenId: string | undefined
  /** Identifies the token without revealing it: its HMAC under a random key of this process. */
  tokenHash: string
}

/** Log fields that identify a caller, named after the claims of the token. */
export function describeCaller({ tokenId, clientId, subject }: Caller) {
  return { jti: tokenId, client_id: clientId, sub: subject }
}
