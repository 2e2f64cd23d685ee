import t from 'tap'
import { Instrument } from '../../../services/mcp/protocol/instrumentation.ts'
import { createRequestHandlers } from '../../../services/mcp/protocol/request-handlers.ts'
import { catalogEntries, connectEra, greeting, send } from '../../support/catalog-entries.ts'
import { eras } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'

const server = await startServer(t, {}, catalogEntries)

for (const era of eras) {
  t.test(`${era}: the tools with a chart name its page, which needs no network`, async (t) => {
    const client = await connectEra(t, era, server)
    const uri = 'ui://finance-news/sentiment.html'

    const { tools } = await client.listTools()
    const { resources } = await client.listResources()
    const { contents } = await client.readResource({ uri })

    const withChart = tools.filter(({ _meta }) => _meta)
    t.same(
      withChart.map(({ name }) => name),
      ['compare_news_sentiment', 'get_sentiment_trend']
    )
    for (const { _meta } of withChart) t.same(_meta, { ui: { resourceUri: uri }, 'ui/resourceUri': uri })
    const page = {
      uri,
      mimeType: 'text/html;profile=mcp-app',
      _meta: { ui: { csp: { connectDomains: [], resourceDomains: [] }, prefersBorder: true } }
    }
    t.match(
      resources.find((resource) => resource.uri === uri),
      page
    )
    t.match(contents, [{ ...page, text: /^<!doctype html>/i }])
    const [{ text: html }] = contents as unknown as [{ text: string }]
    t.match(html, /content="default-src 'none'; style-src 'sha256-[^;]+'; script-src 'sha256-[^;]+';/)
    t.notMatch(html, /\{\{|src="|href="|@import|url\(/, 'no placeholder is left, and nothing is fetched')
  })

  t.test(`${era}: a list with a cursor: -32602, because lists have one page`, async (t) => {
    for (const method of ['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list']) {
      for (const cursor of ['next', 5]) {
        const response = await send(server, era, method, { cursor })
        t.match(await response.json(), { error: { code: -32602, message: /Leave out cursor/ } }, method)
      }
    }
  })
}

t.test('without a tool that has a page, MCP Apps is not declared', async (t) => {
  const { catalog } = server.app.mcp
  const tools = catalog.tools.filter(({ uiResourceUri }) => uiResourceUri === undefined)
  const { capabilities } = createRequestHandlers(
    { ...catalog, tools },
    new Instrument({ isTraced: false, onToolCall() {} })
  )

  t.strictSame(capabilities, { tools: {}, resources: {}, prompts: {}, completions: {} })
})

t.test("the server's icon is one small SVG image that loads nothing", async (t) => {
  const [icon, ...others] = server.app.mcp.catalog.icons
  const svg = Buffer.from(icon?.src.split(',')[1] ?? '', 'base64').toString()

  t.strictSame(others, [])
  t.ok(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" viewBox='))
  t.notMatch(svg, /href|url\(|<script|<style/)
  t.ok(JSON.stringify(icon).length < 400)
})

t.test('two entries with the same name: the server does not start', async (t) => {
  await t.rejects(startServer(t, {}, { prompts: [greeting, greeting] }), {
    message: /Duplicate catalog entry: greeting/
  })
})
