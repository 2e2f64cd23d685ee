import { html } from 'ghtml'
import type { Config } from '../../config/config.ts'
import type { Catalog } from '../../mcp/catalog.ts'
import type { Section } from '../section.ts'

/** Access: where to sign in, and which scopes a token needs. */
export function accessSection(catalog: Catalog, { protectedResource }: Config): Section {
  const { metadata, metadataUrl, requiredScope } = protectedResource
  const { tools, prompts, resources, resourceTemplates } = catalog
  const scoped = [
    ...[...tools, ...prompts].map(({ name, scopes = [] }) => ({ what: name, scopes })),
    ...resources.map(({ uri, scopes = [] }) => ({ what: uri, scopes })),
    ...resourceTemplates.map(({ uriTemplate, scopes = [] }) => ({ what: uriTemplate, scopes }))
  ].filter(({ scopes }) => scopes.length > 0)
  const codes = (texts: readonly string[]) => texts.map((text) => html`<code>${text}</code>`).join(', ')

  return {
    id: 'access',
    title: 'Sign-in and scopes',
    content: html`<p>Every request needs an OAuth 2.1 access token for this server, in the <code>Authorization</code> header. Clients get one
by themselves: they read <a href="${metadataUrl}">this server’s metadata</a>, which names the sign-in at
!${codes(metadata.authorization_servers)}.</p>
<table class="pairs">
<thead><tr><th scope="col">For</th><th scope="col">a token needs the scope</th></tr></thead>
<tbody>
<tr><th scope="row">everything</th><td><code>${requiredScope}</code></td></tr>
!${scoped.map(
      ({
        what,
        scopes
      }) => html`<tr><th scope="row"><code>${what}</code></th><td>also !${codes(scopes)}</td></tr>
`
    )}</tbody>
</table>`
  }
}
