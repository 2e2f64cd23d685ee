import { html } from 'ghtml'

/** Renders code with a copy button, which has the label `Copy ${subject}`. */
export function renderCode(code: string, subject: string): string {
  return html`<div class="code"><pre><code data-copy="${subject}">${code}</code></pre></div>
`
}

/** Renders text with a subset of Markdown: `**strong**`, and backticks for code. */
export function renderProse(text: string): string {
  return html`${text}`
    .replace(/\*\*(.+?)\*\*/gs, '<strong>$1</strong>')
    .replace(/`([^`]+)`/g, '<code>$1</code>')
}
