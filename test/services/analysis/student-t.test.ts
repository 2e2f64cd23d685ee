import t from 'tap'
import { studentT } from '../../../services/analysis/student-t.ts'

/** Published tables of the two-sided quantile, by degrees of freedom. */
const tables: Record<string, [degreesOfFreedom: number, quantile: number][]> = {
  0.05: [
    [1, 12.7062047],
    [2, 4.3026527],
    [3, 3.1824463],
    [4, 2.7764451],
    [5, 2.5705818],
    [6, 2.4469119],
    [7, 2.3646243],
    [8, 2.3060041],
    [9, 2.2621572],
    [10, 2.2281389],
    [12, 2.1788128],
    [15, 2.1314495],
    [20, 2.0859634],
    [30, 2.0422725],
    [60, 2.0002978],
    [120, 1.9799304],
    [1000, 1.9623391]
  ],
  0.01: [
    [2, 9.9248432],
    [5, 4.032143],
    [10, 3.1692727]
  ],
  0.001: [
    [10, 4.5868939],
    [30, 3.6459586]
  ]
}

t.test('two-sided quantile: as in published tables, to 1e-6', async (t) => {
  for (const [alpha, rows] of Object.entries(tables)) {
    for (const [degreesOfFreedom, quantile] of rows) {
      const result = studentT(Number(alpha), degreesOfFreedom)
      t.ok(Math.abs(result - quantile) < 1e-6, `${alpha}, ${degreesOfFreedom}: ${result}`)
    }
  }
})

t.test(
  'two degrees of freedom: the closed form holds for the alpha of any number of comparisons',
  async (t) => {
    for (let pairs = 1; pairs <= 5000; pairs += 7) {
      const alpha = 0.05 / pairs
      // P(|T| < t) = t / √(2 + t²)
      const quantile = (1 - alpha) * Math.sqrt(2 / (alpha * (2 - alpha)))
      t.ok(Math.abs(studentT(alpha, 2) - quantile) < 1e-6, `${pairs} pairs`)
    }
  }
)
