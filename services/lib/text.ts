/** Truncates `text` to at most `maxBytes` of UTF-8, with an ellipsis at the end. */
export function truncateUtf8(text: string, maxBytes: number): string {
  // A UTF-16 code unit takes at most three bytes.
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text
  const start = Buffer.from(text).subarray(0, maxBytes - 3)
  // `stream` drops an incomplete character at the end.
  return `${new TextDecoder().decode(start, { stream: true }).trimEnd()}…`
}
