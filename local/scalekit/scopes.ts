/** Other prompts, such as `select_account`, are ignored. */
const knownPrompts = ['none', 'login', 'consent']

export type Scopes = ReturnType<typeof createScopes>

/** Selects the scopes to grant. `resourceScopes` are the scopes of the MCP server, the default first. */
export function createScopes(resourceScopes: readonly string[]) {
  const known = [...resourceScopes, 'openid', 'offline_access']

  /** Selects the known scopes. Ignores the others, as RFC 6749, section 3.3, allows. */
  const selectKnown = (requested: unknown) =>
    String(requested ?? '')
      .split(' ')
      .filter((scope) => known.includes(scope))

  const includesResourceScope = (scopes: readonly string[]) =>
    scopes.some((scope) => resourceScopes.includes(scope))

  /** Adds the default if no scope of the MCP server is among the requested: a token without one is of no use. */
  function select(requested: unknown): string[] {
    const scopes = selectKnown(requested)
    return includesResourceScope(scopes) ? scopes : [...resourceScopes.slice(0, 1), ...scopes]
  }

  return {
    known,
    select,
    /**
     * Adapts an authorization request. oidc-provider grants `offline_access` only together with a prompt for consent
     * (OpenID Connect Core, section 11), which MCP clients do not request, and rejects prompts that it does not know.
     */
    adaptAuthorization(query: URLSearchParams) {
      const scopes = select(query.get('scope'))
      const prompts = new Set(
        query
          .get('prompt')
          ?.split(' ')
          .filter((prompt) => knownPrompts.includes(prompt))
      )
      query.set('scope', scopes.join(' '))
      if (scopes.includes('offline_access') && !prompts.has('none')) {
        prompts.add('consent')
      }
      query.set('prompt', [...prompts].join(' '))
    },
    /**
     * Adapts a refresh request: it may name each scope that was requested at sign-in, whether granted or not. Without a
     * scope of the MCP server, the request is for all that were granted, as the default is added at sign-in.
     */
    adaptRefresh(form: URLSearchParams) {
      if (form.get('grant_type') !== 'refresh_token' || !form.has('scope')) return
      const scopes = selectKnown(form.get('scope'))
      if (includesResourceScope(scopes)) form.set('scope', scopes.join(' '))
      else form.delete('scope')
    }
  }
}
