import { html } from 'ghtml'
import type { Catalog } from '../../mcp/catalog.ts'
import { describeArguments } from '../../mcp/primitives/prompt.ts'
import { methodology } from '../../mcp/resources/methodology.ts'
import { toolErrors } from '../../mcp/tools/error-codes.ts'
import { renderProse } from '../markup.ts'
import type { Section } from '../section.ts'

/** The errors that tools return. */
export function errorsSection(): Section {
  return {
    id: 'errors',
    title: 'Errors',
    content: html`<p>If a call fails, the result is a tool error (<code>isError</code>) that says what to do. Its <code>_meta</code> has a
stable <code>code</code>, the number of calls that it cost (<code>upstream_calls</code>), and <code>retry_at</code>, the time to ask again, if it
is known. Errors about the quota also list cached news, which costs no call.</p>
<table class="errors">
<thead><tr><th scope="col">Code</th><th scope="col">When</th><th scope="col">What to do</th></tr></thead>
<tbody>
!${toolErrors.map(
      ({ code, when, advice }) =>
        html`<tr><th scope="row"><code>${code}</code></th><td>${sentence(when)}</td><td>!${renderProse(advice)}</td></tr>
`
    )}</tbody>
</table>`
  }
}

/** The resources and the resource templates. */
export function resourcesSection({ resources, resourceTemplates }: Catalog): Section {
  const all = [
    ...resourceTemplates.map(({ uriTemplate, ...more }) => ({ uri: uriTemplate, ...more })),
    ...resources
  ]
  return {
    id: 'resources',
    title: 'Resources',
    content: html`<table>
<thead><tr><th scope="col">URI</th><th scope="col">What it is</th></tr></thead>
<tbody>
!${all.map(
      ({ uri, title, description, mimeType }) =>
        html`<tr><th scope="row"><code>${uri}</code></th><td><strong>${title}.</strong> ${description} <span class="type">${mimeType}</span></td></tr>
`
    )}</tbody>
</table>`
  }
}

/** The prompts, each with its arguments. */
export function promptsSection({ prompts }: Catalog): Section {
  return {
    id: 'prompts',
    title: 'Prompts',
    parts: prompts.map(({ name }) => ({ id: name, title: name })),
    content: html`<p>Everyday questions, worded so that models use the tools well. Tickers and topics are completed while you type.</p>
!${prompts.map(
      (prompt) => html`<section id="${prompt.name}" aria-labelledby="${prompt.name}-title">
<h3 id="${prompt.name}-title"><code>${prompt.name}</code></h3>
<p>${prompt.description}</p>
<dl class="fields">
!${describeArguments(prompt).map(
        ({ name, description, required }) =>
          html`<div><dt><code>${name}</code></dt><dd><span class="type">${required ? 'required' : 'optional'}</span> ${description}</dd></div>
`
      )}</dl>
</section>
`
    )}`
  }
}

/** The method behind the numbers. */
export function methodSection(): Section {
  const [, ...paragraphs] = methodology.trim().split(/\n{2,}/)
  return {
    id: 'method',
    title: 'Method and source',
    content: html`<p>The scores of articles come from Alpha Vantage’s own model: −1 is bearish, 1 is bullish, and between −0.15 and
0.15 is neutral. Everything else is arithmetic on them, which can be checked by hand.</p>
<details><summary>All formulas, as in <code>news:///method</code></summary>
!${paragraphs.map(
      (paragraph) => html`<p>!${renderProse(paragraph)}</p>
`
    )}</details>`
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
