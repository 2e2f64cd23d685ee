import { LRUCache } from 'lru-cache'
import type { z } from 'zod'
import type { CacheResult } from '../../news/cache.ts'
import type { ToolAnswer } from '../primitives/tool.ts'

/** An answer is reusable for one second, so few are needed. A long one takes 100 kB. */
const maxAnswers = 30

/** What an answer depends on. */
interface AnswerInputs {
  query: unknown
  results: readonly CacheResult[]
  calls: number
  /** Milliseconds since 1970. */
  now: number
}

/**
 * Creates a function that reuses the latest answers of a tool: the same query on the same news within the same second
 * has the same answer. Under load most queries repeat, and their answer is computed and validated once.
 */
export function createAnswerCache<Output extends z.ZodObject>() {
  const answers = new LRUCache<string, ToolAnswer<Output>>({ max: maxAnswers })

  return (
    { query, results, calls, now }: AnswerInputs,
    compute: () => ToolAnswer<Output>
  ): ToolAnswer<Output> => {
    const sources = results.map(({ news, cache, staleReason }) => [
      news.key,
      news.fetchedAtMs,
      cache,
      staleReason?.message
    ])
    const key = JSON.stringify([query, sources, calls, Math.floor(now / 1000)])
    const cached = answers.get(key)
    if (cached) return cached
    const answer = compute()
    answers.set(key, answer)
    return answer
  }
}
