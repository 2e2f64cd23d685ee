/** Why a token is not good: for the log, and as the code of a sentence for its owner. */
export type TokenRejection = keyof typeof rejectionMessages

/** What its owner is told; nothing that helps to forge one. */
export const rejectionMessages = {
  malformed: 'This is not an access token of the authorization server.',
  signature: 'This is not an access token of the authorization server.',
  issuer: 'The access token comes from another authorization server.',
  audience: 'The access token is for another resource.',
  expired: 'The access token has expired.',
  not_yet_valid: 'The access token is not valid yet.',
  claims: 'The access token lacks a claim that is needed, or has a broken one.',
  denied: 'The access token has been revoked.'
} as const

/** The token is not a good one for this server, now. */
export class InvalidTokenError extends Error {
  readonly code = 'TOKEN_INVALID'
  readonly fault: TokenRejection
  /** Whose token it is; only if its signature is good. */
  readonly owner: { jti?: unknown; client_id?: unknown; sub?: unknown } | undefined

  constructor(fault: TokenRejection, owner?: { jti?: unknown; client_id?: unknown; sub?: unknown }) {
    super(rejectionMessages[fault])
    this.fault = fault
    this.owner = owner && { jti: owner.jti, client_id: owner.client_id, sub: owner.sub }
  }
}
