import fc from 'fast-check'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { readArguments } from '../../../../services/mcp/primitives/read-arguments.ts'
import { topicSchema } from '../../../../services/mcp/schemas/topic.ts'

const schema = z.strictObject({
  name: z.string(),
  note: z.string().optional(),
  count: z.int().default(1),
  ratio: z.number().nullable().optional(),
  isLive: z.boolean().default(false),
  order: z.enum(['latest', 'most_bullish', 'A', 'a']).default('latest'),
  size: z.enum(['s m', 's_m', '-s', '+']).optional(),
  names: z.array(z.string()).default([]),
  counts: z.array(z.int()).optional(),
  topics: z.array(topicSchema).optional(),
  orders: z.array(z.enum(['latest', 'a, b', 'c'])).optional()
})
const read = (args: unknown) => readArguments(schema, args).values as Record<string, unknown>

/** Asserts that the field `name` is read as `expected` from each of `values`. */
function readsAs(t: Test, name: keyof typeof schema.shape, expected: unknown, ...values: unknown[]) {
  for (const value of values) t.strictSame(read({ [name]: value })[name], expected, JSON.stringify(value))
}

t.test('no arguments in any form, or an object in any form: an object', async (t) => {
  for (const none of [undefined, null, '', ' \n', [], {}, '{}']) t.strictSame(read(none), {})
  t.strictSame(read({ name: 'x' }), { name: 'x' })
  t.strictSame(read(' {"name":"x","count":"2"} '), { name: 'x', count: 2 })
  for (const other of [5, true, 'x', '5', 'null', '[]', '"x"', ['x']]) t.equal(read(other), other)
})

t.test(
  'null, and text without a letter, in a field that is optional or does not accept it: absent',
  async (t) => {
    const blank = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, null]))
    t.strictSame(read(blank), {})
    for (const name of ['note', 'count', 'ratio', 'isLive', 'order', 'names', 'topics'] as const) {
      readsAs(t, name, undefined, null, '', ' ', '\t\n')
    }
    readsAs(t, 'name', ' ', ' ')
  }
)

t.test('numeric text for a number: the number', async (t) => {
  readsAs(t, 'count', 5, '5', ' 5 ', '5.0', '5.', '+5', '05', '5e0', 5)
  readsAs(t, 'ratio', 0.25, '0.25', '.25', ' 25e-2', 0.25)
  readsAs(t, 'ratio', -1.5, '-1.5')
  readsAs(t, 'ratio', 0, '0', '0.0')
  readsAs(t, 'count', Number.MAX_SAFE_INTEGER, '9007199254740991')
  for (const text of [
    '5abc',
    '0x10',
    '0b1',
    'Infinity',
    'NaN',
    '1e999',
    '5 5',
    '1,5',
    '5%',
    '9007199254740993'
  ]) {
    readsAs(t, 'count', text, text)
  }
  t.ok(Object.is(read({ ratio: -0 }).ratio, -0))
})

t.test('true and false as text for a boolean, in any case: the boolean', async (t) => {
  readsAs(t, 'isLive', true, 'true', 'True', ' TRUE ', true)
  readsAs(t, 'isLive', false, 'false', 'FALSE', false)
  for (const other of ['yes', '1', 1, 'truefalse']) readsAs(t, 'isLive', other, other)
})

t.test('choices in another case or with other separators: the choice, where only one fits', async (t) => {
  readsAs(t, 'order', 'latest', 'LATEST', ' Latest ')
  readsAs(t, 'order', 'most_bullish', 'Most Bullish', 'MOST-BULLISH', 'mostBullish', 'most__bullish')
  readsAs(t, 'order', 'A', 'A')
  readsAs(t, 'order', ' a', ' a')
  readsAs(t, 'size', 'S-M', 'S-M')
  readsAs(t, 'size', 's', 's')
  readsAs(t, 'size', '-s', '-S')
  for (const other of ['late', `latest${' '.repeat(100)}`, 5, ['latest'], 'constructor']) {
    readsAs(t, 'order', other, other)
  }
})

t.test('a list as JSON text, as text with commas, or as its single value: the list', async (t) => {
  const both = ['AAPL', 'MSFT']
  readsAs(t, 'names', both, both, '["AAPL","MSFT"]', ' ["AAPL", "MSFT"] ', 'AAPL,MSFT', ' AAPL , MSFT, ')
  readsAs(t, 'names', both, "['AAPL', 'MSFT']", '[AAPL, MSFT]', '"AAPL", "MSFT"')
  readsAs(t, 'names', ['AAPL'], 'AAPL', ['AAPL'], '["AAPL"]', ['AAPL', null])
  readsAs(t, 'names', [], [], '[]')
  readsAs(t, 'names', [5], 5, '[5]', [5])
  readsAs(t, 'names', [{ a: 1 }], { a: 1 })
  readsAs(t, 'names', ['', 'a, b'], ['', 'a, b'])
  readsAs(t, 'counts', [1, 2], [1, 2], ['1', ' 2'], '1,2', '[1,"2"]', '[ 1, 2 ]', [1, '', '2'])
  readsAs(t, 'counts', [3], 3, '3')
  readsAs(t, 'counts', [1, 2], ['1, 2'], ['[1,2]'])
  readsAs(t, 'names', ['1, 2'], ['1, 2'])
})

t.test('a list of choices with commas in them: each choice is one item', async (t) => {
  readsAs(t, 'orders', ['a, b', 'c'], 'A, B, c', ['a, b', 'C'])
  readsAs(t, 'orders', ['c', 'a, b'], 'c,a, b', ['c, a, b'])
  readsAs(t, 'orders', ['x', 'c', 'y'], 'x, c, y')
  const fiscal = 'Economy - Fiscal Policy (e.g., tax reform, government spending)'
  readsAs(t, 'topics', ['economy_fiscal'], fiscal, [fiscal], JSON.stringify([fiscal]))
  readsAs(t, 'topics', ['earnings', 'economy_fiscal', 'ipo'], `Earnings, ${fiscal},IPO`)
  readsAs(t, 'topics', ['economy_fiscal', 'economy_fiscal'], `${fiscal}, ${fiscal}`)
})

t.test(
  'text for a text: never split, parsed or trimmed; other types for a text: never converted',
  async (t) => {
    for (const text of ['a, b', '["a"]', '5', 'true', ' x ', '{"a":1}', 'null'])
      readsAs(t, 'note', text, text)
    for (const other of [5, true, ['a'], { a: 1 }]) readsAs(t, 'note', other, other)
  }
)

t.test('keys that the schema does not have: dropped, and reported', async (t) => {
  const raw = JSON.parse('{"name":"x","__proto__":{"count":2},"constructor":1,"toString":2,"Count":3}')
  t.strictSame(readArguments(schema, raw), {
    values: { name: 'x' },
    unknownKeys: ['__proto__', 'constructor', 'toString', 'Count']
  })
})

t.test('keys that the schema does not have, with null or an empty text: as if absent', async (t) => {
  const raw = { name: 'x', Count: null, window: '', limits: ' ' }
  t.strictSame(readArguments(schema, raw), { values: { name: 'x' }, unknownKeys: [] })
})

t.test('valid arguments: read unchanged', async (t) => {
  const text = fc.string().filter((text) => text.trim() !== '')
  const valid = fc.record(
    {
      name: fc.string(),
      note: text,
      count: fc.integer(),
      ratio: fc.double({ noNaN: true, noDefaultInfinity: true }),
      isLive: fc.boolean(),
      order: fc.constantFrom('latest', 'most_bullish', 'A', 'a'),
      size: fc.constantFrom('s m', 's_m', '-s', '+'),
      names: fc.array(fc.string()),
      counts: fc.array(fc.integer()),
      topics: fc.array(fc.constantFrom(...topicSchema.options)),
      orders: fc.array(fc.constantFrom('latest', 'a, b', 'c'))
    },
    { requiredKeys: ['name'], noNullPrototype: true }
  )
  fc.assert(
    fc.property(valid, (args) => {
      t.ok(schema.safeParse(args).success)
      t.strictSame(readArguments(schema, args), { values: args, unknownKeys: [] })
    })
  )
})

t.test('numbers, booleans and lists as text: read as the same values', async (t) => {
  fc.assert(
    fc.property(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), (count, ratio) => {
      readsAs(t, 'count', count, String(count))
      if (!Number.isInteger(ratio)) readsAs(t, 'ratio', ratio, String(ratio))
    })
  )
  fc.assert(fc.property(fc.array(fc.string()), (names) => readsAs(t, 'names', names, JSON.stringify(names))))
})

t.test('text of 100,000 characters in any field: read within two seconds', async (t) => {
  // The processor's time: other processes do not count.
  const before = process.cpuUsage()
  for (const unit of ['1', ' ', '_', '- ', ',', '["', ']', '(', "'", 'a,', '.']) {
    const text = `a${unit.repeat(100_000 / unit.length)}!`
    for (const name of Object.keys(schema.shape)) read({ [name]: text })
    read({ ratio: text.slice(1) })
    read(text)
  }
  t.ok(process.cpuUsage(before).user < 2e6)
})
