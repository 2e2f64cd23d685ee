import { readFile, writeFile } from 'node:fs/promises'
import { arch, cpus, platform } from 'node:os'
import packageJson from './package.json' with { type: 'json' }

const file = new URL('RESULTS.md', import.meta.url)

/** The machine and the versions behind the figures. */
export const machine = `Node ${process.version}, ${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model.trim()} (load generator and server share them)`

/** Reads the version of a measured package. */
export const readVersion = (name: keyof typeof packageJson.dependencies) => packageJson.dependencies[name]

/** Prints a section, and writes it to `RESULTS.md`. Replaces the section with the same title. */
export async function report(title: string, ...paragraphs: string[]): Promise<void> {
  const section = [`## ${title}`, ...paragraphs].join('\n\n')
  process.stdout.write(`\n${section}\n`)
  const sections = (await readFile(file, 'utf8')).trim().split(/\n+(?=## )/)
  const index = sections.findIndex((existing) => existing.startsWith(`## ${title}\n`))
  if (index === -1) sections.push(section)
  else sections[index] = section
  await writeFile(file, `${sections.join('\n\n')}\n`)
}

export function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Formats the median, with the range in brackets. */
export function spread(values: number[], digits = 2): string {
  const [low, middle, high] = [Math.min(...values), median(values), Math.max(...values)]
  return `${middle.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`
}

/** Divides a figure of each load by that of `baseline` in the same round. */
export function ratios<Figure extends string>(
  loads: Record<Figure, number>[],
  baseline: Record<Figure, number>[],
  figure: Figure
): number[] {
  return loads.map((load, round) => load[figure] / (baseline[round]?.[figure] ?? Number.NaN))
}

export const toMedian = <Figure extends string>(loads: Record<Figure, number>[], figure: Figure) =>
  median(loads.map((load) => load[figure]))
