/**
 * Characters with a meaning in CommonMark 0.31 or GFM, a line each: escapes, code, links and HTML; links again, for
 * renderers that ignore escapes; entities; ends of emphasis, without which a start is literal; autolinks; and at the
 * start quotes, tables, lists, breaks and headings. An ordinary headline has none, and reads the same in plain text.
 */
const special = new RegExp(
  [
    /[\\`[<]/,
    /(?<=\])\(/,
    /&(?=#?\w+;)/,
    /(?<!\s)(?:[*~]|_(?![\p{L}\p{N}]))/u,
    /:(?=\/\/)|(?<=www)\.|(?<=\S)@(?=\S)/,
    /^[>|:]|^[-+=](?=[-=\s]|$)|^#(?=#*(?:\s|$))|(?<=^\d{1,9})[.)](?=\s|$)/
  ]
    .map(({ source }) => source)
    .join('|'),
  'giu'
)

/** Escapes `text`, which has no line breaks, so that Markdown shows it literally. Not for cells of tables. */
export function escapeMarkdown(text: string): string {
  return text.replace(special, '\\$&')
}

/**
 * Formats a URL as bare text, which hosts with autolinks make a link. A backslash would be part of that link, so
 * characters with a meaning in Markdown are percent-encoded (RFC 3986, section 2.1).
 */
export function formatUrl(url: string): string {
  return url.replace(
    /[*~]|_(?![a-z\d])|(?<=&#?\w+);/gi,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  )
}

/** Formats paragraphs as a block quote. */
export function formatQuote(...paragraphs: string[]): string {
  return paragraphs.map((paragraph) => `> ${paragraph}`).join('\n>\n')
}

/** Formats a bulleted list. An item may have several blocks. */
export function formatBullets(items: readonly string[]): string {
  return formatList(items, () => '-')
}

/** Formats a numbered list that starts with `first`. An item may have several blocks. */
export function formatNumbered(items: readonly string[], first = 1): string {
  return formatList(items, (index) => `${first + index}.`)
}

function formatList(items: readonly string[], toMarker: (index: number) => string): string {
  const hasBlocks = items.some((item) => item.includes('\n'))
  return items
    .map((item, index) => {
      const marker = toMarker(index)
      const indent = ' '.repeat(marker.length + 1)
      return `${marker} ${item.replace(/\n(?!\n)/g, `\n${indent}`)}`
    })
    .join(hasBlocks ? '\n\n' : '\n')
}
