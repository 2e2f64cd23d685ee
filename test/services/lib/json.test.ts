import fc from 'fast-check'
import t from 'tap'
import { toAsciiJson } from '../../../services/lib/json.ts'

t.test('toAsciiJson: ASCII that parses to the same value', async (t) => {
  t.equal(toAsciiJson({ é: '📰 "\\u00e9"\u007f' }), '{"\\u00e9":"\\ud83d\\udcf0 \\"\\\\u00e9\\"\u007f"}')
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const json = toAsciiJson(value)
      t.match(json, /^[\x20-\x7f]*$/)
      t.strictSame(JSON.parse(json), JSON.parse(JSON.stringify(value)))
    }),
    { numRuns: 200 }
  )
})
