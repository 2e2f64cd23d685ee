import { LRUCache } from 'lru-cache'
import { isRecord, toAsciiJson } from '../lib/json.ts'
import type { CallOutcome, McpCall, Reuse } from './primitives/request-context.ts'
import type { Era, PostedMessage, PostResponse, RequestId } from './protocol/messages.ts'

/** Larger requests are rarely repeated. */
const maxRequestBytes = 4096
/** Of all responses and their keys together. */
const maxCachedCharacters = 10_000_000
/** What an entry takes besides, so that many short ones cannot exceed the maximum. */
const entryLength = 300

/** A request that may get the response to an earlier one. */
export interface PlainRequest {
  /** Everything that the response depends on, except for the id and the news. */
  key: string
  id: RequestId
  /** The `_meta` of the params. */
  meta: Record<string, unknown>
}

interface CachedResponse {
  /** JSON up to the id, which is at the end. */
  text: string
  call: McpCall
  era: Era
  reuse: Reuse
}

/**
 * The direct way to a response: caches the responses of the SDKs, for the same request of any caller with any id. A lookup
 * costs a tenth of the CPU time that the SDKs need for a message. It adds and deletes nothing that outlives the request,
 * because that would make each garbage collection slower.
 */
export class ResponseCache {
  readonly #responses = new LRUCache<string, CachedResponse>({
    maxSize: maxCachedCharacters,
    sizeCalculation: ({ text }, key) => text.length + key.length + entryLength
  })

  /** Finds the response to the request with this key, if it is still valid. */
  find(key: string): CachedResponse | undefined {
    const cached = this.#responses.get(key)
    return cached?.reuse.isValid() ? cached : undefined
  }

  /** Adds a response, unless it is an error, a stream, or JSON without the id at the end. */
  add(
    { key, id }: PlainRequest,
    response: PostResponse | undefined,
    { outcome, era, reuse }: Pick<CachedResponse, 'era' | 'reuse'> & { outcome: CallOutcome | undefined }
  ) {
    const { status, body } = response ?? {}
    if (status !== 200 || typeof body !== 'string' || outcome?.outcome !== 'ok') return
    const end = formatEnd(id)
    if (!body.endsWith(end)) return
    const { method, tool } = outcome
    this.#responses.set(key, { text: body.slice(0, -end.length), call: { method, tool }, era, reuse })
  }

  clear() {
    this.#responses.clear()
  }
}

/** Formats a cached response for a request with this id, as JSON. */
export function formatResponse({ text }: CachedResponse, id: RequestId): string {
  return text + formatEnd(id)
}

const formatEnd = (id: RequestId) => `,"id":${typeof id === 'number' ? id : toAsciiJson(id)}}`

/**
 * Reads a request whose response may be cached. Returns `undefined` for a batch, a notification, a large body or one without
 * a declared length, a client that accepts only streams, and a request for progress notifications. Nothing else is checked,
 * because a response is cached only if the SDKs have accepted an equal request.
 */
export function readPlainRequest(posted: PostedMessage): PlainRequest | undefined {
  const { body, length, headers, acceptsJson } = posted
  if (!acceptsJson || !isRecord(body) || !(length <= maxRequestBytes)) return undefined
  const { id, params } = body
  if (typeof id !== 'string' && !Number.isSafeInteger(id)) return undefined
  if (params !== undefined && !isRecord(params)) return undefined
  const meta = params?._meta ?? {}
  if (!isRecord(meta) || meta.progressToken !== undefined) return undefined
  const message = { ...body, id: 0, params: params && { ...params, _meta: selectReserved(meta) } }
  const key = JSON.stringify([headers, message])
  // An infinite number, such as 1e999 in the body, becomes null: the key would stand for two requests.
  if (key.includes('null')) return undefined
  return { key, id: id as RequestId, meta }
}

/** Selects the fields of `_meta` that MCP reserves. The SDKs ignore others, which may differ in each request. */
function selectReserved(meta: Record<string, unknown>): Record<string, unknown> {
  const reserved: Record<string, unknown> = {}
  for (const name in meta) if (name.startsWith('io.modelcontextprotocol/')) reserved[name] = meta[name]
  return reserved
}
