import { formatUrl } from '../../services/lib/markdown.ts'
import { type Block, dialects, renderMarkdown } from './markdown.ts'
import { resultText, type ToolResult } from './rpc.ts'

interface Article {
  title: string
  source: string
  summary?: string
  url: string
}

interface Output {
  sentiment?: { largest_source: { source: string; share: number } | null }
  articles?: Article[]
  stories?: Article[]
  sources?: { source: string }[]
  largest_change?: { moved_by: Article[] } | null
  most_bullish?: { evidence: Article }[]
  most_bearish?: { evidence: Article }[]
}

/** The texts of third parties in a tool's structured content, as its text must quote them, in order. */
function toQuotes(output: Output): string[] {
  const {
    sentiment,
    articles = [],
    stories = [],
    sources = [],
    most_bullish = [],
    most_bearish = []
  } = output
  const largest = sentiment?.largest_source
  const briefs = [
    ...(output.largest_change?.moved_by ?? []),
    ...stories,
    ...[...most_bullish, ...most_bearish].map(({ evidence }) => evidence)
  ]
  return [
    ...(largest && largest.share > 0.5 ? [largest.source] : []),
    ...articles.flatMap(({ title, summary, source, url }) => [
      `📰 ${title}`,
      ...(summary ? [summary] : []),
      `Source: ${source}`,
      `Link: ${formatUrl(url)}`
    ]),
    ...briefs.map(({ title, source }) => `📰 ${title} (${source})`),
    ...sources.map(({ source }) => source)
  ]
}

/** No single line breaks, which vanish. Code is for arguments; inside a quote it would be without its backticks. */
const ordinaryKinds = [
  'blockquote',
  'bullet_list',
  'code_inline',
  'list_item',
  'ordered_list',
  'paragraph',
  'text'
]

/**
 * Describes how a host would render the text of `result` wrong: quotes have all text of third parties, literally, and
 * nothing else; each headline is in one list item with its numbers; links lead only to the articles.
 */
export function findTextFault(result: ToolResult): string | undefined {
  if (result.content.some(({ type }) => type !== 'text')) return 'not only text'
  const output = (result.structuredContent ?? {}) as Output
  for (const dialect of dialects) {
    const { blocks, kinds, links } = renderMarkdown(resultText(result), dialect)
    const quotes = blocks.filter(({ isQuoted }) => isQuoted).map(({ text }) => text)
    const expected = JSON.stringify(toQuotes(output))
    if (JSON.stringify(quotes) !== expected) return `quotes ${JSON.stringify(quotes)} instead of ${expected}`
    const urls = dialect === 'GFM' ? (output.articles ?? []).map(({ url }) => formatUrl(url)) : []
    // A host may leave out punctuation and all after it.
    const isLinked =
      links.length === urls.length && links.every((link, index) => urls[index]?.startsWith(link))
    if (!isLinked) return `links to ${links.join()}`
    const others = kinds.filter(
      (kind) => !ordinaryKinds.includes(kind) && kind !== (urls.length > 0 && 'link')
    )
    if (others.length > 0) return `contains ${others.join()}`
    const apart = blocks.find(
      (block) => block.isQuoted && block.text.startsWith('📰') && !hasNumbers(blocks, block)
    )
    if (apart) return `has no numbers in one list item with ${apart.text}`
  }
  return undefined
}

function hasNumbers(blocks: Block[], { item }: Block): boolean {
  return (
    item !== undefined &&
    blocks.some((one) => one.item === item && !one.isQuoted && /[+-]?\d\.\d\d/.test(one.text))
  )
}
