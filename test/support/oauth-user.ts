import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens
} from '@modelcontextprotocol/sdk/shared/auth.js'
import { decodeHTML } from 'entities'

export const callback = 'http://localhost:6274/oauth/callback'

/** The OAuth state of an MCP client, with a person who signs in through the pages as a browser does. */
export class Person implements OAuthClientProvider {
  readonly redirectUrl: string
  readonly clientMetadata: OAuthClientMetadata
  /** The client ID, for a client that does not register. */
  readonly clientMetadataUrl?: string
  client: OAuthClientInformationMixed | undefined
  savedTokens: OAuthTokens | undefined
  verifier = ''
  /** The titles of the pages visited. */
  pages: string[] = []
  /** The HTML of the pages visited. */
  html: string[] = []
  code = ''
  error = ''
  /** The scopes requested, one list for each sign-in. */
  scopes: string[][] = []
  readonly choice: 'continue' | 'cancel'
  readonly name: string
  /** Headers to send with forms. */
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
      scope?: string
      /** The redirects to register, if they differ from the callback. */
      redirects?: string[]
      clientMetadataUrl?: string
    } = {}
  ) {
    this.choice = options.choice ?? 'continue'
    this.name = options.name ?? 'Ada'
    this.formHeaders = options.formHeaders ?? {}
    this.redirectUrl = options.callback ?? callback
    this.clientMetadata = {
      client_name: 'Test client',
      redirect_uris: options.redirects ?? [this.redirectUrl],
      grant_types: options.grants ?? ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      scope: options.scope ?? 'news:read'
    }
    if (options.clientMetadataUrl) this.clientMetadataUrl = options.clientMetadataUrl
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

  /** Follows redirects and submits forms until the client's callback receives the code. */
  async redirectToAuthorization(authorizationUrl: URL) {
    this.scopes.push(authorizationUrl.searchParams.get('scope')?.split(' ') ?? [])
    const redirectUrl = authorizationUrl.searchParams.get('redirect_uri') ?? this.redirectUrl
    let response = await this.#visit(authorizationUrl)
    for (let step = 0; step < 15; step += 1) {
      const location = response.headers.get('location')
      if (location?.startsWith(redirectUrl)) {
        const { searchParams } = new URL(location)
        this.#callback = searchParams
        this.code = searchParams.get('code') ?? ''
        this.error = searchParams.get('error') ?? ''
        return
      }
      if (location) {
        response = await this.#visit(new URL(location, response.url))
      } else {
        const page = await response.text()
        if (!response.ok) throw new Error(page)
        const [, nextUrl] = /<meta http-equiv="refresh" content="0; url=([^"]+)">/.exec(page) ?? []
        if (nextUrl) {
          response = await this.#visit(new URL(decodeHTML(nextUrl)))
          continue
        }
        this.html.push(page)
        this.pages.push(/<h1>(.*)<\/h1>/.exec(page)?.[1] ?? page)
        response = await this.#visit(
          new URL(response.url),
          new URLSearchParams({ name: this.name, choice: this.choice })
        )
      }
    }
    throw new Error('The sign-in did not finish')
  }

  /** The query of the callback. */
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
