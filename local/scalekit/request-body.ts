import type { IncomingMessage } from 'node:http'

const largestBodyBytes = 64 * 1024

/** The body as text; `undefined` if there is too much of it. */
export async function readText(request: IncomingMessage): Promise<string | undefined> {
  let text: string | undefined = ''
  // What is too much is still read: who is cut off does not get to know why.
  for await (const chunk of request.setEncoding('utf8')) {
    if (text !== undefined) text += chunk
    if (text !== undefined && text.length > largestBodyBytes) text = undefined
  }
  return text
}

/** The JSON object in the body; `undefined` if there is none, or too much of it. */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = JSON.parse((await readText(request)) ?? '')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
