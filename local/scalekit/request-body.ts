import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

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

/** Returns the request with another body. */
export function replaceBody(
  { method, url, socket, headers }: IncomingMessage,
  text: string
): IncomingMessage {
  const body = Buffer.from(text)
  return Object.assign(Readable.from([body]), {
    method,
    url,
    socket,
    headers: { ...headers, 'content-length': String(body.length), 'transfer-encoding': undefined }
  }) as unknown as IncomingMessage
}
