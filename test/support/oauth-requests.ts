import { createHash } from 'node:crypto'
import { Person } from './oauth-user.ts'

/** Creates functions that send the requests of an OAuth client to the local Scalekit at `scalekit`. */
export function createOAuthRequests(scalekit: string, resource: string) {
  /** Registers a client. */
  async function register(metadata: object) {
    const response = await fetch(`${scalekit}/api/v1/resources/res_local/clients:register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token_endpoint_auth_method: 'none', ...metadata })
    })
    const body = (await response.json()) as { client_id: string; scope: string; application_type: string }
    return { status: response.status, ...body }
  }

  /** Sends an authorization request, as a browser does. */
  const authorize = (query: Record<string, string>) =>
    fetch(
      `${scalekit}/oauth/authorize?${new URLSearchParams({
        response_type: 'code',
        code_challenge: 'x'.repeat(43),
        code_challenge_method: 'S256',
        resource,
        ...query
      })}`,
      { redirect: 'manual' }
    )

  /** Sends a token request. */
  async function requestTokens(form: Record<string, string>) {
    const body = new URLSearchParams({ resource, ...form })
    const response = await fetch(`${scalekit}/oauth/token`, { method: 'POST', body })
    const tokens = (await response.json()) as Partial<
      Record<'access_token' | 'refresh_token' | 'scope' | 'error', string>
    >
    return { status: response.status, ...tokens }
  }

  const refresh = (client_id = '', refresh_token = '', form: Record<string, string> = {}) =>
    requestTokens({ grant_type: 'refresh_token', client_id, refresh_token, ...form })

  /** Registers a client, signs in with `query`, and returns the client and its tokens. */
  async function signInWith(query: Record<string, string>, metadata: object = {}) {
    const person = new Person()
    const client = await register({ ...person.clientMetadata, ...metadata })
    const code_verifier = 'v'.repeat(43)
    const { url } = await authorize({
      client_id: client.client_id,
      redirect_uri: person.redirectUrl,
      code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
      ...query
    })
    await person.redirectToAuthorization(new URL(url))
    const tokens = await requestTokens({
      grant_type: 'authorization_code',
      client_id: client.client_id,
      redirect_uri: person.redirectUrl,
      code: person.code,
      code_verifier
    })
    return { client, tokens, person }
  }

  return { register, authorize, refresh, signInWith }
}
