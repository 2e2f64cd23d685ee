/**
 * The quantile of Student's t distribution: with `degreesOfFreedom`, a value is further from 0 than the result with the
 * probability `alpha`. Exact to 1e-6.
 * @param alpha Two-sided: 0.05 for an interval of 95%.
 * @param degreesOfFreedom An integer from 1.
 */
export function studentT(alpha: number, degreesOfFreedom: number): number {
  // Bisection over the angle θ = atan(t / √ν), in which the probability is monotonic and smooth.
  let low = 0
  let high = Math.PI / 2
  for (;;) {
    const angle = (low + high) / 2
    if (angle <= low || angle >= high) return Math.sqrt(degreesOfFreedom) * Math.tan(angle)
    if (probabilityWithin(angle, degreesOfFreedom) < 1 - alpha) low = angle
    else high = angle
  }
}

/** P(|T| < √ν · tan θ) for an integer ν (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4). */
function probabilityWithin(angle: number, degreesOfFreedom: number): number {
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)]
  const isOdd = degreesOfFreedom % 2 === 1
  // The first term, then each term by its ratio to the term before.
  let term = isOdd ? cos : 1
  let series = degreesOfFreedom > 1 ? term : 0
  for (let n = isOdd ? 3 : 2; n < degreesOfFreedom; n += 2) {
    term *= ((n - 1) / n) * cos ** 2
    series += term
  }
  return isOdd ? (2 / Math.PI) * (angle + sin * series) : sin * series
}
