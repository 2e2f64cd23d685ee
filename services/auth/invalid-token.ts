/** Why a token is rejected: a code for logs and metrics. */
export type TokenRejection = keyof typeof rejectionMessages

/** The messages for callers. They contain nothing that helps to forge a token. */
export const rejectionMessages = {
  malformed: 'This is not an access token of the authorization server.',
  signature: 'This is not an access token of the authorization server.',
  issuer: 'The access token was issued by another authorization server.',
  audience: 'The access token is for another resource.',
  expired: 'The access token has expired.',
  not_yet_valid: 'The access token is not valid yet.',
  claims: 'The access token has a missing or malformed claim.',
  denied: 'The access token has been revoked.'
} as const

/** The claims that identify a token and its owner. */
interface TokenOwner {
  jti?: unknown
  client_id?: unknown
  sub?: unknown
}

/** The token does not give access to this server. */
export class InvalidTokenError extends Error {
  readonly code = 'TOKEN_INVALID'
  readonly rejection: TokenRejection
  /** The owner of the token, for the log; `undefined` unless the signature is verified. */
  readonly owner: TokenOwner | undefined

  constructor(rejection: TokenRejection, owner?: TokenOwner) {
    super(rejectionMessages[rejection])
    this.rejection = rejection
    this.owner = owner && { jti: owner.jti, client_id: owner.client_id, sub: owner.sub }
  }
}
