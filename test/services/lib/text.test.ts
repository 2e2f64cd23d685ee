import t from 'tap'
import { truncateUtf8 } from '../../../services/lib/text.ts'

t.test('text over the limit of bytes: truncated between characters, with an ellipsis', async (t) => {
  t.equal(truncateUtf8('abcde', 5), 'abcde')
  t.equal(truncateUtf8('abcdef', 5), 'ab…')
  t.equal(truncateUtf8('a😀bcde', 8), 'a😀…')
  t.equal(truncateUtf8('a😀bcd', 7), 'a…')
  t.equal(truncateUtf8('新闻情绪', 9), '新闻…')
  t.ok(
    Array.from({ length: 20 }, (_, index) => truncateUtf8('a😀新'.repeat(9), index + 3)).every((text) =>
      text.isWellFormed()
    )
  )
})
