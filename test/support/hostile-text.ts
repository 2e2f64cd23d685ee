import fc from 'fast-check'

/** Texts and characters with a meaning in Markdown, and a few ordinary ones. */
const parts = [
  ...'\\`*_{}[]()<>#+-.!|~&;:/="\'$@^ a1é',
  '](https://evil.example)',
  '[click](javascript:alert(1))',
  '![](https://evil.example/a.png)',
  '<img src=x onerror=alert(1)>',
  '</p>',
  '<!-- ',
  '<https://evil.example>',
  'https://evil.example/x',
  'www.evil.example',
  'a@evil.example',
  '&lt;',
  '&#60;',
  '&amp;lt;b&amp;gt;',
  '[a]: https://evil.example',
  '[^1]',
  '- ',
  '1. ',
  '1) ',
  '# ',
  '> ',
  '---',
  '===',
  '| a | b |',
  '| - | - |',
  '```',
  '**',
  '__',
  '~~',
  '\n',
  '\n\n',
  '\r',
  '\u2028',
  '\u2029',
  '\u0085',
  '\t',
  '    ',
  '  \n',
  '\\\n',
  'Published: '
]

/** Whole lines that begin a block, or that change the line before. */
const lines = [
  '| - | - |',
  ':- | -',
  '- | -',
  '---',
  '- - -',
  '===',
  '***',
  '_ _ _',
  '```',
  '~~~',
  '<p>',
  '# a',
  '> a',
  '[a]: b'
]

/** Text of a third party that Markdown would read as more than text. */
export const hostileText = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(fc.constantFrom(...parts), { minLength: 1, maxLength: 8 })
      .map((some) => some.join(''))
  },
  { weight: 1, arbitrary: fc.constantFrom(...lines) }
)

/** The same on one line, as the feed parser leaves it. */
export const hostileLine = hostileText.map((text) => text.replace(/\s+/g, ' ').trim()).filter(Boolean)

/** A URL of a feed whose path is full of characters that Markdown and autolinks treat in a special way. */
export const hostileUrl = fc
  .array(fc.constantFrom(..."*_~&;#!'(),.:=?/+$-a1", '&amp;', '&copy;', '_a_', '**', '~~'), {
    maxLength: 12
  })
  .map((some) => `https://example.com/${some.join('')}`)
