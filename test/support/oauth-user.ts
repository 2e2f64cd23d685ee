import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens
} from '@modelcontextprotocol/sdk/shared/auth.js'
import { decodeHTML } from 'entities'

export const callback = 'http://localhost:6274/oauth/callback'

/** Remembers what an MCP client remembers, and signs in through the pages as a person's browser would. */
export class Person implements OAuthClientProvider {
  readonly redirectUrl: string
  readonly clientMetadata: OAuthClientMetadata
  client: OAuthClientInformationMixed | undefined
  savedTokens: OAuthTokens | undefined
  verifier = ''
  /** The titles of the pages that came by. */
  pages: string[] = []
  code = ''
  refusal = ''
  /** The scopes that were asked for, sign-in by sign-in. */
  scopes: string[][] = []
  readonly choice: 'continue' | 'cancel'
  readonly name: string
  /** Headers that the browser sends with forms. */
  readonly formHeaders: Record<string, string>
  #callback = new URLSearchParams()
  readonly #cookies = new Map<string, string>()

  constructor(
    options: {
      choice?: 'continue' | 'cancel'
      name?: string
      formHeaders?: Record<string, string>
      grants?: string[]
      callback?: string
    } = {}
  ) {
    this.choice = options.choice ?? 'continue'
    this.name = options.name ?? 'Ada'
    this.formHeaders = options.formHeaders ?? {}
    this.redirectUrl = options.callback ?? callback
    this.clientMetadata = {
      client_name: 'Test client',
      redirect_uris: [this.redirectUrl],
      grant_types: options.grants ?? ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      scope: 'news:read'
    }
  }

  clientInformation = () => this.client
  saveClientInformation(client: OAuthClientInformationMixed) {
    this.client = client
  }
  tokens = () => this.savedTokens
  saveTokens(tokens: OAuthTokens) {
    this.savedTokens = tokens
  }
  saveCodeVerifier(verifier: string) {
    this.verifier = verifier
  }
  codeVerifier = () => this.verifier

  /** Follows the redirects, fills in the forms, and ends with the code that the client's callback gets. */
  async redirectToAuthorization(authorizationUrl: URL) {
    this.scopes.push(authorizationUrl.searchParams.get('scope')?.split(' ') ?? [])
    let response = await this.#visit(authorizationUrl)
    for (let step = 0; step < 15; step += 1) {
      const location = response.headers.get('location')
      if (location?.startsWith(this.redirectUrl)) {
        const { searchParams } = new URL(location)
        this.#callback = searchParams
        this.code = searchParams.get('code') ?? ''
        this.refusal = searchParams.get('error') ?? ''
        return
      }
      if (location) {
        response = await this.#visit(new URL(location, response.url))
      } else {
        const page = await response.text()
        if (!response.ok) throw new Error(page)
        const [, onward] = /<meta http-equiv="refresh" content="0; url=([^"]+)">/.exec(page) ?? []
        if (onward) {
          response = await this.#visit(new URL(decodeHTML(onward)))
          continue
        }
        this.pages.push(/<h1>(.*)<\/h1>/.exec(page)?.[1] ?? page)
        response = await this.#visit(
          new URL(response.url),
          new URLSearchParams({ name: this.name, choice: this.choice })
        )
      }
    }
    throw new Error('The sign-in does not end')
  }

  /** The query with which the browser came back. */
  callback = () => this.#callback

  async #visit(url: URL, form?: URLSearchParams): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie, ...(form && this.formHeaders) },
      ...(form && { method: 'POST', body: form })
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      this.#cookies.set(name, value)
    }
    return response
  }
}
