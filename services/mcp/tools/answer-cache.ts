import { LRUCache } from 'lru-cache'
import type { z } from 'zod'
import type { CacheResult } from '../../news/cache.ts'
import type { ToolAnswer } from '../primitives/tool.ts'

/** An answer holds for a second, so that these are not many; a long one takes 100 kB. */
const maxAnswers = 30

/**
 * Remembers the latest answers of a tool: the same question about the same news, in the same second, has the same one.
 * Under load that is most of them, and their arithmetic and checks are done once.
 */
export function createAnswerCache<Output extends z.ZodObject>() {
  const answers = new LRUCache<string, ToolAnswer<Output>>({ max: maxAnswers })

  return (
    {
      question,
      found,
      calls,
      now
    }: { question: unknown; found: readonly CacheResult[]; calls: number; now: number },
    make: () => ToolAnswer<Output>
  ): ToolAnswer<Output> => {
    const from = found.map(({ news, cache, staleReason: because }) => [
      news.key,
      news.fetchedAtMs,
      cache,
      because?.message
    ])
    const key = JSON.stringify([question, from, calls, Math.floor(now / 1000)])
    const known = answers.get(key)
    if (known) return known
    const answer = make()
    answers.set(key, answer)
    return answer
  }
}
