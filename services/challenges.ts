import type { ProtectedResource } from './protected-resource.ts'

/** Why a caller is refused, in the words of RFC 6750, section 3.1; `unauthorized` when no token was sent. */
type RefusalCode = 'unauthorized' | 'invalid_request' | 'invalid_token' | 'insufficient_scope'

/** A caller without the right token. `challenge` is the value of the `WWW-Authenticate` header. */
export class Refusal extends Error {
  readonly statusCode: number
  readonly code: RefusalCode
  readonly challenge: string

  constructor(statusCode: number, code: RefusalCode, description: string, challenge: string) {
    super(description)
    this.statusCode = statusCode
    this.code = code
    this.challenge = challenge
  }
}

export type Challenges = ReturnType<typeof createChallenges>

/**
 * Writes every challenge of this server (RFC 6750, section 3; RFC 9728, section 5.1): what was wrong with the
 * request, where the metadata is, and which scope to ask for.
 */
export function createChallenges({ metadataUrl, requiredScope }: ProtectedResource) {
  const base = { resource_metadata: metadataUrl, scope: requiredScope }
  // RFC 6750, section 3.1: a request without a token gets no error code.
  const withoutToken = bearer(base)

  const refuse = (statusCode: number, error: RefusalCode, description: string) =>
    new Refusal(statusCode, error, description, bearer({ error, error_description: description, ...base }))

  return {
    /** 401: no token was sent. */
    unauthorized: () =>
      new Refusal(
        401,
        'unauthorized',
        'An access token is needed: send it as "Authorization: Bearer <token>".',
        withoutToken
      ),
    /** 400: the request for access is malformed. */
    invalidRequest: (description: string) => refuse(400, 'invalid_request', description),
    /** 401: the token is not one for this server, now. */
    invalidToken: (description: string) => refuse(401, 'invalid_token', description),
    /** 403: the token is good, its scopes do not suffice. */
    insufficientScope: () =>
      refuse(
        403,
        'insufficient_scope',
        `This needs the scope ${requiredScope}: sign in again and ask for it.`
      )
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
