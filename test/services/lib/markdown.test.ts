import fc from 'fast-check'
import t from 'tap'
import {
  escapeMarkdown,
  formatBullets,
  formatNumbered,
  formatQuote,
  formatUrl
} from '../../../services/lib/markdown.ts'
import { hostileLine, hostileUrl } from '../../support/hostile-text.ts'
import { dialects, renderMarkdown } from '../../support/markdown.ts'

for (const dialect of dialects) {
  t.test(`${dialect}: any escaped line renders as its own text, wherever it is in a paragraph`, async () => {
    fc.assert(
      fc.property(
        hostileLine,
        fc.constantFrom('', '📰 ', 'Source: ', 'a | b\n'),
        fc.constantFrom('', ' (Wire)'),
        (line, before, after) => {
          const text = before + line + after
          const rendered = renderMarkdown(before + escapeMarkdown(line) + after, dialect)
          const isLiteral = rendered.blocks.length === 1 && rendered.blocks[0]?.text === text
          return isLiteral && rendered.kinds.every((kind) => /^(paragraph|softbreak|text)$/.test(kind))
        }
      ),
      { numRuns: 2000 }
    )
  })

  t.test(`${dialect}: any URL of a feed renders as text, and links to nothing but itself`, async () => {
    fc.assert(
      fc.property(hostileUrl, (url) => {
        const shown = formatUrl(url)
        const { blocks, kinds, links } = renderMarkdown(`Link: ${shown}`, dialect)
        if (decodeURIComponent(shown) !== url) return false
        if (dialect === 'CommonMark') {
          return kinds.join() === 'paragraph,text' && blocks[0]?.text === `Link: ${shown}`
        }
        // Autolinks exclude punctuation at the end.
        return kinds.join() === 'link,paragraph,text' && shown.startsWith(links.join(' '))
      }),
      { numRuns: 2000 }
    )
  })
}

t.test('ordinary headline: the same in plain text', async (t) => {
  for (const headline of [
    'Apple (NASDAQ:AAPL) beats estimates: EPS up 12% - but margins fall',
    "AT&T, S&P 500 & Barron's: what's next?",
    '#1 pick of 2026: C# and F# jobs!',
    '-5% in a day; +3% since, ~$5B lost',
    '10 stocks to watch | Example Wire',
    '3.5 million cars; a snake_case name; 5 > 3; Q3/Q4'
  ]) {
    t.equal(escapeMarkdown(headline), headline)
  }
})

t.test('www., ://, @ and ]( in a text: escaped, so that no host makes a link of them', async (t) => {
  t.equal(escapeMarkdown('[a](b) ![c](d)'), '\\[a]\\(b) !\\[c]\\(d)')
  t.equal(
    escapeMarkdown('www.evil.example http://evil.example a@evil.example'),
    'www\\.evil.example http\\://evil.example a\\@evil.example'
  )
})

t.test('list items with a quote and text: the text is in the item, and not in the quote', async (t) => {
  const items = Array.from(
    { length: 11 },
    (_, index) => `${formatQuote(`title ${index}`, 'summary')}\n\nscore ${index}`
  )
  const quoteInItems = items.flatMap((_, item) => [
    { text: `title ${item}`, isQuoted: true, item },
    { text: 'summary', isQuoted: true, item },
    { text: `score ${item}`, isQuoted: false, item }
  ])

  t.same(renderMarkdown(formatNumbered(items), 'CommonMark').blocks, quoteInItems)
  t.same(renderMarkdown(formatBullets(items), 'CommonMark').blocks, quoteInItems)
  t.match(formatNumbered(items), /\n\n10\. > title 9\n {4}>\n {4}> summary\n\n {4}score 9\n\n/)
})

t.test('list of single lines: without blank lines, from any number', async (t) => {
  t.equal(formatNumbered(['a', 'b'], 9), '9. a\n10. b')
  t.equal(formatBullets(['a', 'b']), '- a\n- b')
})
