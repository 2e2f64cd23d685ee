import type { ProtectedResource } from '../config/protected-resource.ts'
import type { InvalidTokenError } from './invalid-token.ts'

/** Why a caller is refused, in the words of RFC 6750, section 3.1; `unauthorized` when no token was sent. */
type ChallengeCode = 'unauthorized' | 'invalid_request' | 'invalid_token' | 'insufficient_scope'

/** A caller without the right token. `challenge` is the value of the `WWW-Authenticate` header. */
export class AuthChallengeError extends Error {
  readonly statusCode: number
  readonly code: ChallengeCode
  readonly challenge: string
  /** For the log: the reason, and whose token it is if its signature is good. */
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

const statusCodes = {
  unauthorized: 401,
  invalid_request: 400,
  invalid_token: 401,
  insufficient_scope: 403
} as const

export type Challenges = ReturnType<typeof createChallenges>

/**
 * Writes every challenge of this server (RFC 6750, section 3; RFC 9728, section 5.1): what was wrong with the
 * request, where the metadata is, and which scope to ask for. `onRefusal` is told the reason of each.
 */
export function createChallenges(
  { metadataUrl, requiredScope }: ProtectedResource,
  onRefusal: (reason: string) => void
) {
  const base = { resource_metadata: metadataUrl, scope: requiredScope }
  // RFC 6750, section 3.1: a request without a token gets no error code.
  const withoutToken = bearer(base)

  const challenge = (error: ChallengeCode, description: string, scope = requiredScope) =>
    bearer({ error, error_description: description, ...base, scope })

  function refuse(
    ...[code, description, challenge, details]: ConstructorParameters<typeof AuthChallengeError>
  ) {
    onRefusal(String(details?.fault ?? code))
    return new AuthChallengeError(code, description, challenge, details)
  }

  return {
    /** 401: no token was sent. */
    unauthorized: () =>
      refuse(
        'unauthorized',
        'An access token is needed: send it as "Authorization: Bearer <token>".',
        withoutToken
      ),
    /** 400: the request for access is malformed. */
    invalidRequest: (description: string) =>
      refuse('invalid_request', description, challenge('invalid_request', description)),
    /** 401: the token is not one for this server, now. */
    invalidToken({ message, fault, owner }: InvalidTokenError) {
      const description = `${message} Sign in again.`
      return refuse('invalid_token', description, challenge('invalid_token', description), {
        fault,
        ...owner
      })
    },
    /** 403: the token is good, but lacks some of `scopes`, which are all that the operation needs. */
    insufficientScope(scopes: readonly string[]) {
      const scope = scopes.join(' ')
      const description = `This needs the scope ${scope}: sign in again and ask for it.`
      return refuse('insufficient_scope', description, challenge('insufficient_scope', description, scope))
    }
  }
}

function bearer(parameters: Record<string, string>): string {
  return `Bearer ${Object.entries(parameters)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(', ')}`
}

/** A quoted-string of RFC 9110, section 5.6.4; what a header cannot carry becomes a question mark. */
function quoted(value: string): string {
  return `"${value.replace(/[^\t\x20-\x7E]/g, '?').replace(/["\\]/g, '\\$&')}"`
}
