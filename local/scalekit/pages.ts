import { readFileSync } from 'node:fs'
import { html } from 'ghtml'
import { cspHash } from '../../services/lib/csp-hash.ts'
import type { Failure } from './failures.ts'

const style = readFileSync(new URL('pages.css', import.meta.url), 'utf8')

/**
 * The headers of every page. Browsers apply `form-action` to all redirects after a form, so a form cannot redirect to a
 * client: {@link renderRedirect} does that with a page.
 */
export const pageHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src ${cspHash(style)}; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff'
}

/** The meaning of each scope, for the consent page. */
const scopeMeanings: Record<string, string> = {
  'news:read': 'read news sentiment',
  openid: 'know who you are',
  offline_access: 'stay signed in until you sign out'
}

/** The sign-in page. It asks for no password: local mode accepts any name. */
export function renderSignIn(): string {
  return page(
    'Sign in',
    html`<p>This is the local sign-in on your own machine. Any name works, and nothing leaves this computer.</p>
<form method="post">
<label for="name">Your name</label>
<input id="name" name="name" type="text" value="analyst" autocomplete="username" required maxlength="60">
<div class="buttons">
<button type="submit" name="choice" value="continue">Sign in</button>
<button type="submit" name="choice" value="cancel" class="quiet" formnovalidate>Cancel</button>
</div>
</form>`
  )
}

/** The consent page, where a person allows or denies a client. */
export function renderConsent(request: {
  client: string
  /** The client ID, if it is a URL. */
  clientUrl: string | undefined
  redirectHost: string
  scopes: string[]
}): string {
  const scopes = request.scopes.map(
    (scope) => html`<li>${scopeMeanings[scope] ?? 'use the scope'} <code>${scope}</code></li>`
  )
  return page(
    'Allow access?',
    html`<p><strong>${request.client}</strong> would like to:</p>
<ul class="scopes">!${scopes.length > 0 ? scopes : ['<li>connect without any scope</li>']}</ul>
<p class="note">You will be sent back to <code>${request.redirectHost}</code>.</p>
!${request.clientUrl ? html`<p class="note">The client calls itself <code>${request.clientUrl}</code>. Local mode does not check that.</p>` : ''}
<form method="post">
<div class="buttons">
<button type="submit" name="choice" value="continue">Allow</button>
<button type="submit" name="choice" value="cancel" class="quiet">Deny</button>
</div>
</form>`
  )
}

/** The page that redirects from a form to the client. It stays open if the client is a native application, whose URL does not replace the page. */
export function renderRedirect(url: string): string {
  return page(
    'Continue to your client',
    html`<p>If nothing happens, <a href="${url}">continue</a>. If your MCP client has opened, you can close this page.</p>`,
    html`<meta http-equiv="refresh" content="0; url=${url}">`
  )
}

/** The page of a sign-in that failed: what happened, and what to do. */
export function renderFailure({ happened, advice, error }: Failure): string {
  return page(
    'Sign-in failed',
    html`<p>${happened}</p>
<p>${advice}</p>
<p class="note"><code>${error}</code></p>`
  )
}

/** The page for an unknown path. */
export function renderNotFound(): string {
  return page(
    'Page not found',
    html`<p>This is the local Scalekit, which signs people in for MCP clients. Connect a client: it opens the right page.</p>`
  )
}

const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#17614f"/><path d="M7 21l6-7 5 4 7-9" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>'

function page(title: string, content: string, head = ''): string {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
!${head}
<title>${title} · Local Scalekit</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(logo)}">
<style>!${style}</style>
</head>
<body>
<main>
<p class="brand">!${logo}<span>Finance News <small>Local sign-in</small></span></p>
<h1>${title}</h1>
!${content}
</main>
</body>
</html>
`
}
