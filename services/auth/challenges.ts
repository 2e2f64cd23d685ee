import type { ProtectedResource } from '../config/protected-resource.ts'
import type { InvalidTokenError } from './invalid-token.ts'

/** The error codes of RFC 6750, section 3.1, and `unauthorized` for a request without a token. */
type ChallengeCode = 'unauthorized' | 'invalid_request' | 'invalid_token' | 'insufficient_scope'

const statusCodes = {
  unauthorized: 401,
  invalid_request: 400,
  invalid_token: 401,
  insufficient_scope: 403
} as const

/** The request has no access token, or a token that does not permit the request. The response is a challenge. */
export class AuthChallengeError extends Error {
  readonly statusCode: number
  readonly code: ChallengeCode
  /** The value of the `WWW-Authenticate` header. */
  readonly challenge: string
  /** Log fields: the reason, and the owner of the token if its signature is valid. */
  readonly details: Record<string, unknown>

  constructor(
    code: ChallengeCode,
    description: string,
    challenge: string,
    details: Record<string, unknown> = {}
  ) {
    super(description)
    this.statusCode = statusCodes[code]
    this.code = code
    this.challenge = challenge
    this.details = { reason: code, ...details }
  }
}

export type Challenges = ReturnType<typeof createChallenges>

/**
 * Creates the challenges of this server (RFC 6750, section 3). Each names the metadata document (RFC 9728, section 5.1)
 * and the scope to request. Each calls `onChallenge` with its reason, such as `expired` or `unauthorized`.
 */
export function createChallenges(
  { metadataUrl, requiredScope }: ProtectedResource,
  onChallenge: (reason: string) => void
) {
  const base = { resource_metadata: metadataUrl, scope: requiredScope }
  // A request without a token gets no error code (RFC 6750, section 3.1).
  const challengeWithoutToken = formatBearer(base)

  const formatChallenge = (error: ChallengeCode, description: string, scope = requiredScope) =>
    formatBearer({ error, error_description: description, ...base, scope })

  function createChallenge(
    ...[code, description, challenge, details]: ConstructorParameters<typeof AuthChallengeError>
  ) {
    onChallenge(String(details?.rejection ?? code))
    return new AuthChallengeError(code, description, challenge, details)
  }

  return {
    /** 401: the request has no access token. */
    unauthorized: () =>
      createChallenge(
        'unauthorized',
        'An access token is required. Send it as "Authorization: Bearer <token>".',
        challengeWithoutToken
      ),
    /** 400: the `Authorization` header is malformed. */
    invalidRequest: (description: string) =>
      createChallenge('invalid_request', description, formatChallenge('invalid_request', description)),
    /** 401: the token does not give access to this server. */
    invalidToken({ message, rejection, owner }: InvalidTokenError) {
      const description = `${message} Sign in again.`
      return createChallenge('invalid_token', description, formatChallenge('invalid_token', description), {
        rejection,
        ...owner
      })
    },
    /** 403: the token is valid, but lacks at least one of `scopes`, the scopes that the operation needs. */
    insufficientScope(scopes: readonly string[]) {
      const scope = scopes.join(' ')
      const description = `This request needs the scope ${scope}. Sign in again and request it.`
      return createChallenge(
        'insufficient_scope',
        description,
        formatChallenge('insufficient_scope', description, scope)
      )
    }
  }
}

function formatBearer(parameters: Record<string, string>): string {
  return `Bearer ${Object.entries(parameters)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(', ')}`
}

/** Formats a quoted-string (RFC 9110, section 5.6.4). Characters that a header cannot carry become question marks. */
function quote(value: string): string {
  return `"${value.replace(/[^\t\x20-\x7E]/g, '?').replace(/["\\]/g, '\\$&')}"`
}
