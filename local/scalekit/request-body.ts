import type { IncomingMessage } from 'node:http'

const maxBodyLength = 64 * 1024

/** Reads the body as text; `undefined` if it is longer than 64 Ki characters. */
export async function readText(request: IncomingMessage): Promise<string | undefined> {
  let text: string | undefined = ''
  // The rest is still read, so that the client receives the error instead of a reset connection.
  for await (const chunk of request.setEncoding('utf8')) {
    if (text !== undefined) text += chunk
    if (text !== undefined && text.length > maxBodyLength) text = undefined
  }
  return text
}

/** Reads the body as a JSON object; `undefined` if it is none, or is too long. */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = JSON.parse((await readText(request)) ?? '')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
