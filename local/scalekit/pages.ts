import { readFileSync } from 'node:fs'
import { html } from 'ghtml'
import { cspHash } from '../../services/lib/csp-hash.ts'

const style = readFileSync(new URL('pages.css', import.meta.url), 'utf8')

/**
 * What every page here is sent with. Browsers hold a form to `form-action` through all redirects that follow, so that
 * none may lead from a form to a client, wherever that sends people on to: {@link renderRedirect} does.
 */
export const pageHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src ${cspHash(style)}; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff'
}

/** What each scope lets a client do, for the consent page. */
const scopeMeanings: Record<string, string> = {
  'news:read': 'read news sentiment',
  openid: 'know who you are',
  offline_access: 'stay signed in until you say otherwise'
}

/** The page on which a person says who they are. No password: this is practice. */
export function renderSignIn(): string {
  return page(
    'Sign in',
    html`<p>This is the practice sign-in of your own machine. Any name will do; nothing leaves this computer.</p>
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

/** The page on which a person lets a client in. */
export function renderConsent(request: { client: string; redirectHost: string; scopes: string[] }): string {
  const scopes = request.scopes.map(
    (scope) => html`<li>${scopeMeanings[scope] ?? 'use the scope'} <code>${scope}</code></li>`
  )
  return page(
    'Allow access?',
    html`<p><strong>${request.client}</strong> would like to:</p>
<ul class="scopes">!${scopes.length > 0 ? scopes : ['<li>connect, without any scope</li>']}</ul>
<p class="note">You will be sent back to <code>${request.redirectHost}</code>.</p>
<form method="post">
<div class="buttons">
<button type="submit" name="choice" value="continue">Allow</button>
<button type="submit" name="choice" value="cancel" class="quiet">Deny</button>
</div>
</form>`
  )
}

/** The page that leads on from a form, at once and by itself. It stays where a client is an application of its own. */
export function renderRedirect(url: string): string {
  return page(
    'On we go',
    html`<p>If nothing happens, <a href="${url}">go on by hand</a>. If your MCP client has opened, you can close this page.</p>`,
    html`<meta http-equiv="refresh" content="0; url=${url}">`
  )
}

/** The page for what went wrong. */
export function renderError(error: { error: string; error_description?: string }): string {
  return page(
    'That did not work',
    html`<p>${error.error_description ?? 'The sign-in could not go on.'}</p>
<p>Start again from your MCP client. If it has known this server from before, let it forget it, and connect anew.</p>
<p class="note"><code>${error.error}</code></p>`
  )
}

/** The page at every other address. */
export function renderNotFound(): string {
  return page(
    'Nothing to do here',
    html`<p>This is the practice Scalekit, which signs people in for MCP clients. Connect one, and it brings you to the right page.</p>`
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
<title>${title} · Practice Scalekit</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(logo)}">
<style>!${style}</style>
</head>
<body>
<main>
<p class="brand">!${logo}<span>Finance News <small>Practice sign-in</small></span></p>
<h1>${title}</h1>
!${content}
</main>
</body>
</html>
`
}
