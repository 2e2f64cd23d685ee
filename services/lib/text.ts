/** `text` in at most `mostBytes` of UTF-8, with an ellipsis where it was cut. */
export function truncateUtf8(text: string, mostBytes: number): string {
  // No character takes more than three bytes a unit.
  if (text.length * 3 <= mostBytes || Buffer.byteLength(text) <= mostBytes) return text
  const start = Buffer.from(text).subarray(0, mostBytes - 3)
  // A character that was cut is left out.
  return `${new TextDecoder().decode(start, { stream: true }).trimEnd()}…`
}
