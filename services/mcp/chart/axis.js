import { label } from './elements.js'
import { bands, formatSigned } from './values.js'

// Charts are drawn in pixels, again for each width: the text of a scaled picture would be too small to read.

export const scale = (from, to, start, end) => (value) =>
  start + ((value - from) / (to - from)) * (end - start)

/** The range of an axis: every value drawn, zero, and enough of the bands beside neutral to name them. */
export function axisRange(items) {
  const values = items
    .flatMap(({ score, interval }) => [score, interval?.low, interval?.high])
    .map((value) => value ?? 0)
  return [Math.max(-1, Math.min(-0.28, ...values) - 0.04), Math.min(1, Math.max(0.28, ...values) + 0.04)]
}

/** The parts of the bands that `range` shows, in pixels. */
export const visibleBands = ([min, max], toPixel) =>
  bands
    .filter(({ from, to }) => from < max && to > min)
    .map(({ name, from, to }) => ({
      name,
      start: toPixel(Math.max(min, from)),
      end: toPixel(Math.min(max, to))
    }))

/** The axis marks that fit with `spacing` pixels between them. The most useful marks come first. */
export function axisTicks([min, max], toPixel, spacing) {
  const ticks = []
  for (const tick of [0, 0.35, -0.35, 0.15, -0.15, 0.7, -0.7, 1, -1]) {
    const hasRoom = ticks.every(({ pixel }) => Math.abs(pixel - toPixel(tick)) >= spacing)
    const words = tick === 0 ? '0' : formatSigned(tick)
    if (tick >= min && tick <= max && hasRoom)
      ticks.push({ words, pixel: toPixel(tick), kind: tick ? 'grid' : 'zero' })
  }
  return ticks
}

/** Draws the name of a band. A hyphenated name takes two lines. */
export function drawBandName(name, x, middle, anchor) {
  const lines = name.split(/(?<=-)/)
  return lines.map((words, i) => label(words, x, middle + 4 + (i - (lines.length - 1) / 2) * 12, anchor))
}
