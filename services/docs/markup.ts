import { html } from 'ghtml'

/** Code to copy; `what` it is completes "Copy …". */
export function renderCode(code: string, what: string): string {
  return html`<div class="code"><pre><code data-copy="${what}">${code}</code></pre></div>
`
}

/** A text in which `**` and backticks stand for what they do in Markdown. */
export function renderProse(text: string): string {
  return html`${text}`
    .replace(/\*\*(.+?)\*\*/gs, '<strong>$1</strong>')
    .replace(/`([^`]+)`/g, '<code>$1</code>')
}
