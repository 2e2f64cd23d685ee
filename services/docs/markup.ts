import { html } from 'ghtml'

/** Code with a copy button, labeled `Copy ${what}`. */
export function renderCode(code: string, what: string): string {
  return html`<div class="code"><pre><code data-copy="${what}">${code}</code></pre></div>
`
}

/** Renders text with two kinds of Markdown: `**strong**` and backticks for code. */
export function renderProse(text: string): string {
  return html`${text}`
    .replace(/\*\*(.+?)\*\*/gs, '<strong>$1</strong>')
    .replace(/`([^`]+)`/g, '<code>$1</code>')
}
