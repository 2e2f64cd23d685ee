import { html } from 'ghtml'
import type { Config } from '../config/config.ts'
import { toNewsSource } from '../config/news-source.ts'
import type { Catalog } from '../mcp/catalog.ts'
import { script, style } from './assets.ts'
import { renderSection, renderTocEntry } from './section.ts'
import { accessSection } from './sections/access.ts'
import { connectSection } from './sections/connect.ts'
import { limitsSection } from './sections/limits.ts'
import { errorsSection, methodSection, promptsSection, resourcesSection } from './sections/reference.ts'
import { provenanceSection, toolsSection } from './sections/tools.ts'

/** Renders the documentation page as one HTML document. It uses the catalog and the settings, so it never contradicts them. */
export function renderDocs(catalog: Catalog, config: Config): string {
  const { metadata } = config.protectedResource
  const sections = [
    connectSection(catalog, config),
    toolsSection(catalog),
    provenanceSection(),
    errorsSection(),
    resourcesSection(catalog),
    promptsSection(catalog),
    accessSection(catalog, config),
    limitsSection(config),
    methodSection()
  ]

  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${summary}">
<title>${catalog.title}</title>
<link rel="icon" href="${icon}">
<style>!${style}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<p class="kicker">MCP server <span class="version">${catalog.version}</span></p>
<h1>${catalog.title}</h1>
<p class="lead">${summary}</p>
<p class="endpoint"><span class="label">Endpoint</span> <code data-copy="the endpoint">${metadata.resource}</code></p>
!${renderSource(config)}
</header>
<nav aria-label="On this page">
<ol>
!${sections.map(renderTocEntry)}
</ol>
</nav>
<main id="content" tabindex="-1">
!${sections.map(renderSection)}
</main>
<footer>
<p>Articles belong to their publishers. Nothing here is investment advice.</p>
</footer>
<script>!${script}</script>
</body>
</html>
`
}

const summary =
  'Ask Claude, ChatGPT, your editor or your own agent what the news says about a stock, a coin or a currency, and get the ' +
  'sentiment score with its 95% interval and the articles behind it.'

const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1f5c4d"/><path d="M7 21l6-7 5 4 7-9" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>'
)}`

function renderSource(config: Config): string {
  switch (toNewsSource(config)) {
    case 'sample':
      return html`<p class="source sample"><strong>Sample news.</strong> The news of this server is invented, and every answer says so. Do not
base any decision on it.</p>`
    case 'alpha-vantage':
      return html`<p class="source"><strong>Real news</strong>, from <a href="https://www.alphavantage.co/documentation/#news-sentiment">Alpha
Vantage</a>.</p>`
    case 'other':
      return html`<p class="source sample"><strong>News from a server in place of Alpha Vantage.</strong> The field <code>sample_data</code> of
each answer says whether the news is invented.</p>`
  }
}
