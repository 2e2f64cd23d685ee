import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { mersenne } from 'pure-rand/generator/mersenne'

export type Random = ReturnType<typeof createRandom>

/** Random choices, the same for the same seed. Adjacent seeds give independent sequences. */
export function createRandom(seed: number) {
  const generator = mersenne(seed)
  const between = (min: number, max: number) => min + uniformFloat64(generator) * (max - min)
  return {
    between,
    pick<T>(list: readonly T[]): T {
      const item = list[Math.floor(between(0, list.length))]
      if (item === undefined) throw new Error('The list is empty')
      return item
    }
  }
}
