import { html } from 'ghtml'
import type { Config } from '../../config/config.ts'
import { isLoopback } from '../../lib/loopback.ts'
import type { Catalog } from '../../mcp/catalog.ts'
import { renderCode } from '../markup.ts'
import type { Section } from '../section.ts'

/** How to connect each client, with this server's URL. */
export function connectSection(catalog: Catalog, { protectedResource }: Config): Section {
  const { name } = catalog
  const { resource } = protectedResource.metadata
  const signsInLocally = isLoopback(new URL(protectedResource.environmentUrl).hostname)
  const clients = describeClients(name, resource)
  const programs = renderPrograms(catalog, resource)

  return {
    id: 'connect',
    title: 'Connect',
    parts: [...clients, { id: 'programs', title: 'Your own program' }],
    content: html`<p>Give clients exactly this endpoint: some reject it with a slash at the end. They find the sign-in by
themselves.</p>
<div class="clients">
!${clients.map(
      ({ id, title, content }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h3 id="${id}-title">${title}</h3>
!${content}
</section>
`
    )}</div>
<section id="programs" aria-labelledby="programs-title">
<h3 id="programs-title">Your own program</h3>
<p>These three send the access token in <code>TOKEN</code>. Both SDKs also support the sign-in.!${
      signsInLocally
        ? html` In the folder of this server, <code>export TOKEN=$(npm run --silent token)</code> sets it.`
        : ''
    }</p>
!${programs.map(
      ({ title, code }) => html`<h4>${title}</h4>
!${renderCode(code, `the code for ${title}`)}`
    )}</section>`
  }
}

/** How each client connects to `resource`. */
function describeClients(name: string, resource: string) {
  const isPrivate = isLoopback(new URL(resource).hostname)
  const json = (value: object) => JSON.stringify(value, null, 2)
  const reach = isPrivate
    ? html`<p class="note">It connects from the internet, and cannot reach <code>${resource}</code>, which is on this machine only.</p>`
    : ''
  return [
    {
      id: 'claude',
      title: 'Claude, web and desktop',
      content: html`<p>Settings → Connectors → Add custom connector, with the endpoint as its URL.</p>
!${reach}`
    },
    {
      id: 'chatgpt',
      title: 'ChatGPT',
      content: html`<p>Settings → Apps → Advanced settings → Developer mode; then Create app, with the endpoint as its URL and OAuth
as authentication.</p>
!${reach}`
    },
    {
      id: 'claude-code',
      title: 'Claude Code',
      content: html`!${renderCode(`claude mcp add --transport http ${name} ${resource}`, 'the command for Claude Code')}<p>Then
<code>/mcp</code> takes you to the sign-in.</p>`
    },
    {
      id: 'codex',
      title: 'Codex',
      content: html`!${renderCode(`codex mcp add ${name} --url ${resource}\ncodex mcp login ${name}`, 'the commands for Codex')}<p>The
second command takes you to the sign-in.</p>`
    },
    {
      id: 'vs-code',
      title: 'VS Code',
      content: html`<p>In <code>.vscode/mcp.json</code>, or <a href="vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name, type: 'http', url: resource }))}">install
it in VS Code</a>:</p>
!${renderCode(json({ servers: { [name]: { type: 'http', url: resource } } }), 'the configuration for VS Code')}`
    },
    {
      id: 'cursor',
      title: 'Cursor',
      content: html`<p>In <code>.cursor/mcp.json</code>, or <a href="cursor://anysphere.cursor-deeplink/mcp/install?name=${name}&config=${encodeURIComponent(Buffer.from(JSON.stringify({ url: resource })).toString('base64'))}">install
it in Cursor</a>:</p>
!${renderCode(json({ mcpServers: { [name]: { url: resource } } }), 'the configuration for Cursor')}`
    },
    {
      id: 'inspector',
      title: 'MCP Inspector',
      content: html`!${renderCode(
        `npx -y @modelcontextprotocol/inspector@latest --transport http --server-url ${resource}`,
        'the command for MCP Inspector'
      )}<p>Then connect: it takes you to the sign-in.</p>`
    }
  ]
}

/** One call of the first tool that has an example, in three languages. */
function renderPrograms({ tools }: Catalog, resource: string) {
  const { name = '', example } = tools.find((tool) => tool.example) ?? {}
  const args = example?.arguments ?? {}
  const [inJson, params] = [JSON.stringify(args), JSON.stringify({ name, arguments: args })]
  return [
    {
      title: 'curl',
      code: `curl -s ${resource} \\
  -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}'`
    },
    {
      title: 'TypeScript',
      code: `// npm install @modelcontextprotocol/client
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

const client = new Client({ name: 'my-agent', version: '1.0.0' })
await client.connect(
  new StreamableHTTPClientTransport(new URL('${resource}'), {
    requestInit: { headers: { authorization: \`Bearer \${process.env.TOKEN}\` } }
  })
)
const { content } = await client.callTool(
  ${params}
)
for (const part of content) if (part.type === 'text') console.log(part.text)
await client.close()`
    },
    {
      title: 'Python',
      code: `# pip install "mcp>=2"
import asyncio, os
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

async def main():
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
    async with httpx2.AsyncClient(headers=headers) as http_client:
        transport = streamable_http_client("${resource}", http_client=http_client)
        async with Client(transport) as client:
            result = await client.call_tool("${name}", ${inJson})
            print(result.content[0].text)

asyncio.run(main())`
    }
  ]
}
