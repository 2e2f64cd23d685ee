import { html } from 'ghtml'

/** A part of the page, with those parts of its own that the table of contents names. */
export interface Section {
  id: string
  title: string
  content: string
  parts?: readonly { id: string; title: string }[]
}

export function renderSection({ id, title, content }: Section): string {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
!${content}
</section>
`
}

/** Its entry in the table of contents. */
export function renderTocEntry({ id, title, parts = [] }: Section): string {
  const inner = parts.map((part) => html`<li><a href="#${part.id}">${part.title}</a></li>`)
  return html`<li><a href="#${id}">${title}</a>!${inner.length > 0 ? html`<ol>!${inner}</ol>` : ''}</li>
`
}
