/** Parses `text` as JSON. Returns `undefined` if it is not JSON, so that a schema rejects it. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether `value` is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Formats JSON with ASCII characters alone: others are escaped (RFC 8259, section 7). Node sends such a text without
 * converting it.
 */
export function toAsciiJson(value: unknown): string {
  const ascii = JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
  // V8 keeps two bytes per character in what it makes of a text with other characters.
  return Buffer.from(ascii, 'latin1').toString('latin1')
}
