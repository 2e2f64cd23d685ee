import { html } from 'ghtml'

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
<input id="name" name="name" value="analyst" autocomplete="username" autofocus required maxlength="60">
<div class="buttons">
<button name="choice" value="continue">Sign in</button>
<button name="choice" value="cancel" class="quiet" formnovalidate>Cancel</button>
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
<ul>!${scopes.length > 0 ? scopes : ['<li>connect, without any scope</li>']}</ul>
<p class="note">You will be sent back to <code>${request.redirectHost}</code>.</p>
<form method="post">
<div class="buttons">
<button name="choice" value="continue" autofocus>Allow</button>
<button name="choice" value="cancel" class="quiet">Deny</button>
</div>
</form>`
  )
}

/** The page for what went wrong. */
export function renderError(error: { error: string; error_description?: string }): string {
  return page(
    'That did not work',
    html`<p>${error.error_description ?? 'The sign-in could not go on.'}</p>
<p class="note"><code>${error.error}</code></p>`
  )
}

function page(title: string, content: string): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Practice Scalekit</title>
<style>!${styles}</style>
</head>
<body>
<main>
<p class="brand">📰 Finance News <span>practice sign-in</span></p>
<h1>${title}</h1>
!${content}
</main>
</body>
</html>
`
}

const styles = `
:root { color-scheme: light dark; --page: #f3f5f8; --card: #fff; --text: #1a2230; --quiet: #5a6577; --line: #d5dbe4; --accent: #1d5fd1; }
@media (prefers-color-scheme: dark) {
  :root { --page: #10141b; --card: #1a202b; --text: #e8ecf3; --quiet: #a3aec0; --line: #364052; --accent: #2f6fdf; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 25rem; background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: 2rem; }
.brand { margin: 0 0 1.5rem; font-weight: 600; }
.brand span, .note { color: var(--quiet); font-weight: 400; font-size: .9rem; }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.2; }
p { margin: 0 0 1rem; }
ul { margin: 0 0 1rem; padding-left: 1.25rem; }
code { font: .85em ui-monospace, monospace; color: var(--quiet); overflow-wrap: anywhere; }
label { display: block; font-weight: 600; margin-bottom: .35rem; }
input { width: 100%; font: inherit; color: inherit; background: transparent; padding: .6rem .75rem; border: 1px solid var(--line); border-radius: .5rem; }
.buttons { display: flex; gap: .75rem; margin-top: 1.25rem; }
button { flex: 1; font: inherit; font-weight: 600; padding: .65rem 1rem; border-radius: .5rem; border: 1px solid var(--accent); background: var(--accent); color: #fff; cursor: pointer; }
button.quiet { background: transparent; border-color: var(--line); color: inherit; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`
