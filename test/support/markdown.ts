import MarkdownIt from 'markdown-it'

/** A paragraph or another block with text, as a reader sees it. */
export interface Block {
  text: string
  isQuoted: boolean
  /** The number of the innermost list item around it. */
  item: number | undefined
}

const parsers = {
  CommonMark: new MarkdownIt('commonmark'),
  /** With tables, strikethrough, and links from URLs and email addresses. */
  GFM: new MarkdownIt({ html: true, linkify: true })
}
// GFM makes no links from `example.com` and `//example.com`.
parsers.GFM.linkify.set({ fuzzyLink: false }).add('//', null)
for (const parser of Object.values(parsers)) {
  // By default, the parser makes no link to javascript: and the like. Other parsers do.
  parser.validateLink = () => true
  parser.normalizeLink = parser.normalizeLinkText = (url) => url
}

export type Dialect = keyof typeof parsers
export const dialects = Object.keys(parsers) as Dialect[]

/** Renders `markdown`: its blocks, the kinds of everything in it (such as `paragraph`, `link`), and its links. */
export function renderMarkdown(markdown: string, dialect: Dialect) {
  const blocks: Block[] = []
  const kinds = new Set<string>()
  const links: string[] = []
  const items: number[] = []
  let itemCount = 0
  let quotes = 0
  for (const { type, nesting, children, content } of parsers[dialect].parse(markdown, {})) {
    if (type !== 'inline') kinds.add(type.replace(/_(open|close)$/, ''))
    if (type.startsWith('blockquote')) quotes += nesting
    if (type === 'list_item_open') items.push(itemCount++)
    if (type === 'list_item_close') items.pop()
    if (nesting !== 0) continue
    for (const inline of children ?? []) {
      kinds.add(inline.type.replace(/_(open|close)$/, ''))
      if (inline.type === 'link_open') links.push(String(inline.attrGet('href')))
    }
    const text =
      children?.map(({ type, content }) => (/break$/.test(type) ? '\n' : content)).join('') ?? content
    blocks.push({ text, isQuoted: quotes > 0, item: items.at(-1) })
  }
  return { blocks, kinds: [...kinds].toSorted(), links }
}
