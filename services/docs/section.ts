import { html } from 'ghtml'

/** A section of the page, with the subsections that the table of contents lists. */
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

/** The section's entry in the table of contents. */
export function renderTocEntry({ id, title, parts = [] }: Section): string {
  const inner = parts.map((part) => html`<li><a href="#${part.id}">${part.title}</a></li>`)
  return html`<li><a href="#${id}">${title}</a>!${inner.length > 0 ? html`<ol>!${inner}</ol>` : ''}</li>
`
}
