import t from 'tap'
import { z } from 'zod'
import { formatArgumentErrors, formatIgnored } from '../../../../services/mcp/primitives/argument-errors.ts'

function explain(field: z.ZodType, value: unknown) {
  const schema = z.strictObject({ field })
  const { error } = schema.safeParse({ field: value }, { reportInput: true })
  return error && formatArgumentErrors({ name: 'tool', schema }, error, [])
}

t.test('each type of a field: the line says what fits, with its bounds', async (t) => {
  for (const [field, value, expected] of [
    [z.boolean(), 'yes', 'true or false'],
    [z.int(), 'x', 'a whole number'],
    [z.int().min(2), 1, 'a whole number of at least 2'],
    [z.number().max(3), 4, 'a number of at most 3'],
    [z.number().min(0).max(1), 2, 'a number from 0 to 1'],
    [z.string().min(2), 'x', 'a text of at least 2 characters'],
    [z.string().min(1).max(2), 'xyz', 'a text of 1 to 2 characters'],
    [z.array(z.string()).max(1), ['x', 'y'], 'a list of at most 1 values'],
    [z.array(z.int()).optional(), 'x', 'a list'],
    [z.strictObject({ street: z.string() }), 'x', 'an object'],
    [z.strictObject({ street: z.string() }), { street: 'x', 'evil\n`key`': 1 }, 'an object'],
    [z.enum(['day', 'week']).default('day'), 'month', 'one of day, week'],
    [z.string().refine(() => false, 'must be rare'), 'x', 'rare']
  ] as const) {
    const [, , line] = explain(field, value)?.split('\n') ?? []
    t.match(line, /^- `field` is `.*`: must be /)
    t.equal(line?.split(': must be ')[1], `${expected}.`)
  }
  t.match(explain(z.int().describe('The count.'), undefined), /\n- `field` is missing: the count\.\n/)
  t.match(explain(z.enum(['a']), undefined), /\n- `field` is missing: must be one of a\.\n/)
})

t.test('a quoted value: one line, bounded, and safe in Markdown', async (t) => {
  for (const [value, quoted] of [
    ['a\nb\t"c"', '"a\\nb\\t\\"c\\""'],
    ['`code`', '"\\u{60}code\\u{60}"'],
    ['\u202e\u200b\u2028\u0085\ue000', '"\\u{202e}\\u{200b}\\u{2028}\\u{85}\\u{e000}"'],
    ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
    [`${'x'.repeat(59)}😀`, `"${'x'.repeat(59)}\\ud83d…"`],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [['a', 1, null, 2], '["a", 1, null, …]'],
    [[['a'], { b: 1 }], '[[…], {…}]'],
    [JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`), '[[…]]']
  ] as const) {
    const [, , line] = explain(z.boolean(), value)?.split('\n') ?? []
    t.equal(line, `- \`field\` is \`${quoted}\`: must be true or false.`)
  }
})

t.test('a key that resembles an argument: named, at most three; any other key: not repeated', async (t) => {
  const names = ['ticker', 'limit', 'since', 'as_of', 'min_relevance', 'bucket']
  for (const [key, similar] of [
    ['limits', 'limit'],
    ['Limit', 'limit'],
    ['limt', 'limit'],
    ['lmiit', 'limit'],
    ['n', 'limit'],
    ['max_results', 'limit'],
    ['maxResults', 'limit'],
    ['symbol', 'ticker'],
    ['tickers', 'ticker'],
    ['symbols', 'ticker'],
    ['time_from', 'since'],
    ['startDate', 'since'],
    ['windows', 'since'],
    ['asOf', 'as_of'],
    ['min-relevance', 'min_relevance'],
    ['interval', 'bucket']
  ] as const) {
    t.equal(formatIgnored([key], names), `Ignored \`${key}\`: did you mean \`${similar}\`?`)
  }
  for (const key of [
    ...[
      'toolCallId',
      'sessionId',
      'session_id',
      'action',
      'chatInput',
      'task_progress',
      '_meta',
      'dummy',
      'data'
    ],
    ...[
      'random_string',
      'input',
      'query',
      'id',
      'tool',
      'reason',
      'thought',
      'kwargs',
      'toolSummary',
      'state'
    ],
    ...[
      '',
      '__proto__',
      'constructor',
      'toString',
      'l\nimit',
      'lim`it',
      `limit${'_'.repeat(40)}`,
      'ｌｉｍｉｔ'
    ]
  ]) {
    t.equal(formatIgnored([key], names), undefined, key)
  }
  const many = Array.from({ length: 100 }, (_, index) => `x${index}`)
  t.equal(
    formatIgnored([...many, 'limits'], names),
    undefined,
    'of thousands of keys, the first 100 are compared'
  )
  t.equal(formatIgnored(['n', 'count', 'x', 'top', 'max'], names)?.split('Ignored').length, 4)
})
