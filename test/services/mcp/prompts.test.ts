import t from 'tap'
import { catalogEntries, connectEra, send } from '../../support/catalog-entries.ts'
import { eras } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'

const server = await startServer(t, {}, catalogEntries)

for (const era of eras) {
  t.test(`${era}: prompts are listed, and filled in with their arguments`, async (t) => {
    const client = await connectEra(t, era, server)

    const { prompts } = await client.listPrompts()
    const greeting = await client.getPrompt({ name: 'greeting', arguments: { name: 'Bo', style: 'long' } })
    const brief = await client.getPrompt({
      name: 'morning_brief',
      arguments: { tickers: 'aapl,  MSFT crypto:btc' }
    })

    t.same(
      prompts.map(({ name }) => name),
      ['morning_brief', 'compare_tickers', 'explain_move', 'greeting', 'guarded']
    )
    t.match(prompts[3], {
      title: 'Greeting',
      description: 'Greets.',
      arguments: [
        { name: 'name', description: 'The recipient.', required: true },
        { name: 'style', required: false }
      ]
    })
    t.match(greeting, {
      description: 'Greets.',
      messages: [{ role: 'assistant', content: { type: 'text', text: 'usr_1 greets Bo long' } }]
    })
    t.match(brief.messages, [{ role: 'user', content: { text: /AAPL, MSFT, CRYPTO:BTC\.\n/ } }])
  })

  t.test(`${era}: the server's prompts name existing tools and contain their arguments`, async (t) => {
    const client = await connectEra(t, era, server)
    const { tools } = await client.listTools()
    const { prompts } = await client.listPrompts()
    const fill = async (name: string, args: Record<string, string>) => {
      const { messages } = await client.getPrompt({ name, arguments: args })
      return JSON.stringify(messages)
    }

    const texts = await Promise.all([
      fill('morning_brief', { tickers: 'AAPL', topic: 'earnings' }),
      fill('compare_tickers', { tickers: 'aapl msft AAPL', since: '30d' }),
      fill('explain_move', { ticker: 'crypto:btc' }),
      fill('morning_brief', { tickers: '$brk.b, NYSE:BRK/B, BRK-B', topic: 'Economy - Fiscal', since: ' ' }),
      fill('compare_tickers', { tickers: 'BTC-USD NASDAQ:AAPL', topic: '', toolCallId: '1' })
    ])

    t.match(texts, [
      /AAPL\..*since=24h.*get_market_news with topic=earnings/s,
      /AAPL, MSFT over the last 30d\..*since=30d/s,
      /CRYPTO:BTC has changed over the last 14d.*since=14d/s,
      /these tickers: BRK-B\..*since=24h.*topic=economy_fiscal/s,
      /CRYPTO:BTC, AAPL over the last 7d/
    ])
    const named = texts.flatMap((text) => text.match(/\b(get|compare|explain)_\w+/g) ?? [])
    t.ok(named.length >= 5 && named.every((name) => tools.some((tool) => tool.name === name)))
    t.ok(
      prompts.slice(0, 3).every(({ arguments: args = [] }) => args.every(({ description }) => description))
    )
  })

  t.test(`${era}: invalid arguments of a prompt: -32602, with the reason`, async (t) => {
    for (const [name, args, message] of [
      ['greeting', {}, /name/],
      ['greeting', { name: 'B' }, /name/],
      ['greeting', { name: 'Bo', style: 'loud' }, /style/],
      ['greeting', { nam: 'Bo' }, /`nam` is not an argument: did you mean `name`\?/],
      ['morning_brief', { tickers: '' }, /tickers/],
      ['morning_brief', { tickers: 'A B C D E F G H I J K' }, /10/],
      ['morning_brief', { tickers: 'AAPL, ???' }, /must be one ticker/],
      ['morning_brief', { tickers: 'AAPL', since: 'soon' }, /must be a duration/],
      ['morning_brief', { tickers: 'AAPL', topic: 'weather' }, /topic/],
      ['compare_tickers', { tickers: 'AAPL' }, /`tickers` is .*: must be 2 to 10 different tickers/],
      ['compare_tickers', { tickers: 'AAPL $aapl' }, /must be 2 to 10 different tickers/],
      [
        'morning_brief',
        { tickers: 'MSFT, EUR/USD' },
        /`tickers\[1\]` is `"EUR\/USD"`: must be one side of the pair/
      ],
      ['morning_brief', 5, /`arguments` is `5`: must be an object/],
      ['explain_move', { ticker: 'AAPL, MSFT' }, /must be one ticker/],
      ['nothing', {}, /Unknown prompt: nothing/]
    ] as const) {
      const response = await send(server, era, 'prompts/get', { name, arguments: args })
      t.match(await response.json(), { error: { code: -32602, message } }, `${name} ${JSON.stringify(args)}`)
    }
  })
}

t.test(
  'the server prompts name the tools in the order of use, and end with the sourcing rules',
  async (t) => {
    for (const [name, args, tools] of [
      ['morning_brief', { tickers: 'AAPL', topic: 'earnings' }, ['get_news_sentiment', 'get_market_news']],
      ['compare_tickers', { tickers: 'AAPL MSFT' }, ['compare_news_sentiment', 'explain_sentiment']],
      ['explain_move', { ticker: 'AAPL' }, ['get_sentiment_trend', 'explain_sentiment']]
    ] as const) {
      const response = await send(server, 'legacy', 'prompts/get', { name, arguments: args })
      const { result } = (await response.json()) as { result: { messages: [{ content: { text: string } }] } }
      const { text } = result.messages[0].content
      t.same(text.match(/\b(?:get|compare|explain)_\w+/g), tools)
      t.match(text, /Name the source and time .* Do not give investment advice\.$/)
    }
  }
)

t.test('tickers of a prompt as people and bridges list them: each is read', async (t) => {
  for (const tickers of [
    'AAPL, BRK-B',
    '$AAPL brk.b',
    'AAPL;BRK/B',
    'AAPL and BRK-B',
    '["AAPL","BRK.B"]',
    "['AAPL', 'BRK-B']"
  ]) {
    const params = { name: 'compare_tickers', arguments: { tickers } }
    const response = await send(server, 'legacy', 'prompts/get', params)
    t.match(await response.text(), 'Compare the news sentiment of AAPL, BRK-B over', tickers)
  }
})
