import { html } from 'ghtml'
import { z } from 'zod'
import type { Catalogue } from './mcp/catalogue.ts'
import type { Tool } from './mcp/tool.ts'
import type { ProtectedResource } from './protected-resource.ts'

/** The documentation page: what this server does, its tools, and how to connect to it. One HTML document. */
export function renderDocs(catalogue: Catalogue, { metadata, requiredScope }: ProtectedResource): string {
  const { resource } = metadata
  const vsCode = JSON.stringify({ servers: { [catalogue.name]: { type: 'http', url: resource } } }, null, 2)
  const cursor = JSON.stringify({ mcpServers: { [catalogue.name]: { url: resource } } }, null, 2)

  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${catalogue.title}</title>
<style>!${styles}</style>
</head>
<body>
<main>
<h1>${catalogue.title}</h1>
<p>Stock-news sentiment from Alpha Vantage for MCP clients: ask Claude, ChatGPT, VS Code, Cursor or your own agent how
the news speaks of a stock, a coin or a currency, and get the articles with their scores.</p>
<dl>
<dt>MCP endpoint</dt><dd><code>${resource}</code> (Streamable HTTP, protocol revisions up to 2026-07-28)</dd>
<dt>Sign-in</dt><dd>OAuth 2.1 through <code>${metadata.authorization_servers.join(', ')}</code></dd>
<dt>Scope</dt><dd><code>${requiredScope}</code></dd>
<dt>Version</dt><dd>${catalogue.version}</dd>
</dl>
<h2>Tools</h2>
!${catalogue.tools.map(renderTool)}
<h2>Resources and prompts</h2>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">What it is</th></tr></thead>
<tbody>!${renderRows(catalogue)}</tbody>
</table>
<h2>Connect</h2>
<h3>Claude</h3>
<p>Settings → Connectors → Add custom connector, with the URL <code>${resource}</code>; it connects from the internet, so
the URL has to be a public one. In Claude Code any will do:</p>
<pre tabindex="0"><code>claude mcp add --transport http ${catalogue.name} ${resource}</code></pre>
<h3>ChatGPT</h3>
<p>Settings → Connectors → Advanced → Developer mode, then create a connector with the URL <code>${resource}</code>. It
needs a public one, too.</p>
<h3>VS Code</h3>
<p>In <code>.vscode/mcp.json</code>:</p>
<pre tabindex="0"><code>${vsCode}</code></pre>
<h3>Cursor</h3>
<p>In <code>.cursor/mcp.json</code>:</p>
<pre tabindex="0"><code>${cursor}</code></pre>
<h3>MCP Inspector</h3>
<pre tabindex="0"><code>npx -y @modelcontextprotocol/inspector@latest --transport http --server-url ${resource}</code></pre>
<p>Then connect: it takes you to the sign-in.</p>
<p>Copy the URL as it is: with clients, even a slash at its end makes a difference.</p>
<h2>Good to know</h2>
<p>The scores of articles are Alpha Vantage's own: −1 is bearish, 1 is bullish; between −0.15 and 0.15 is neutral. How levels
are made from them is in the resource <code>news:///method</code>. Articles belong to their publishers. Nothing here is investment advice.</p>
</main>
</body>
</html>
`
}

interface JsonProperty {
  description?: string
  default?: unknown
  enum?: string[]
  items?: { enum?: string[] }
}

function renderTool(tool: Tool): string {
  const { properties = {}, required = [] } = z.toJSONSchema(tool.inputSchema, { io: 'input' })
  const rows = Object.entries(properties).map(([name, property]) => {
    const { description, default: fallback, enum: own, items } = Object(property) as JsonProperty
    const choices = own ?? items?.enum
    const meaning = choices ? `${description} One of: ${choices.join(', ')}.` : description
    const otherwise = fallback === undefined ? '' : `, default ${JSON.stringify(fallback)}`
    const need = required.includes(name) ? 'required' : `optional${otherwise}`
    return html`<tr><th scope="row"><code>${name}</code></th><td>${need}</td><td>${meaning}</td></tr>`
  })
  return html`<section>
<h3><code>${tool.name}</code>: ${tool.title}</h3>
<p>${tool.description}</p>
<table>
<thead><tr><th scope="col">Input</th><th scope="col">Needed</th><th scope="col">Meaning</th></tr></thead>
<tbody>!${rows}</tbody>
</table>
</section>
`
}

function renderRows({ resources, resourceTemplates, prompts }: Catalogue): string[] {
  const rows = [
    ...resources.map(({ uri, description }) => [uri, description]),
    ...resourceTemplates.map(({ uriTemplate, description }) => [uriTemplate, description]),
    ...prompts.map(({ name, description }) => [name, description])
  ]
  return rows.map(
    ([name, description]) => html`<tr><th scope="row"><code>${name}</code></th><td>${description}</td></tr>`
  )
}

const styles = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { margin: 0; font: 1rem/1.6 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 2rem; line-height: 1.2; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
code { font: .9em ui-monospace, monospace; background: var(--soft); padding: .1em .3em; border-radius: .3em; overflow-wrap: anywhere; }
pre { background: var(--soft); padding: 1rem; border-radius: .5rem; overflow-x: auto; }
pre code { background: none; padding: 0; overflow-wrap: normal; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; }
dt { font-weight: 600; }
dd { margin: 0; }
table { width: 100%; border-collapse: collapse; }
th code { overflow-wrap: normal; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid var(--line); }
`
