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
 * Formats a value as JSON of ASCII characters. Others are escaped (RFC 8259, section 7). Node sends ASCII text without
 * conversion.
 */
export function toAsciiJson(value: unknown): string {
  const ascii = JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
  // After a replacement, V8 stores the text with two bytes per character. A copy has one.
  return Buffer.from(ascii, 'latin1').toString('latin1')
}
