import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { mersenne } from 'pure-rand/generator/mersenne'

export type Chance = ReturnType<typeof createChance>

/** Choices that look random, and are the same with the same seed; neighbouring seeds have nothing in common. */
export function createChance(seed: number) {
  const generator = mersenne(seed)
  const between = (least: number, most: number) => least + uniformFloat64(generator) * (most - least)
  return {
    between,
    pick<T>(list: readonly T[]): T {
      const one = list[Math.floor(between(0, list.length))]
      if (one === undefined) throw new Error('There is nothing to choose from')
      return one
    }
  }
}
