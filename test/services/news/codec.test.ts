import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import t from 'tap'
import { decodeNews, encodeNews } from '../../../services/news/codec.ts'
import type { NewsSnapshot } from '../../../services/news/snapshot.ts'
import { storedNews as stored } from '../../support/stored-news.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

t.test('snapshot in format 1: decoded, and encoded with the same keys', async (t) => {
  const { isFull, fetchedMs, ...rest } = stored

  const news = await decodeNews(await compress(JSON.stringify(stored)), 'AAPL 7d')

  t.strictSame(news, { ...rest, hitLimit: isFull, fetchedAtMs: fetchedMs } as unknown as NewsSnapshot)
  t.strictSame(JSON.parse((await decompress(await encodeNews(news))).toString()), stored)
})

t.test('article without a link: encoded and decoded', async (t) => {
  const articles = stored.articles.map((article) => ({ ...article, url: null }))
  const news = await decodeNews(await compress(JSON.stringify({ ...stored, articles })), 'AAPL 7d')

  t.match(news.articles, [{ id: 'abcdefghijkl', url: null }])
  t.strictSame(await decodeNews(await encodeNews(news), 'AAPL 7d'), news)
})

for (const [name, subject, key] of [
  ['a topic', { topic: 'ipo' }, 'ipo 7d'],
  ['the market', {}, 'the market 7d'],
  ['an unknown ticker', { ticker: 'NOPE' }, 'NOPE unknown']
] as const) {
  t.test(`snapshot of ${name}: decoded under its key`, async (t) => {
    const bytes = await compress(JSON.stringify({ ...stored, subject, key }))

    t.match(await decodeNews(bytes, key), { subject, key })
  })
}

t.test('bytes of another key or subject, damaged or too large: rejected', async (t) => {
  const encode = (changes: object) => compress(JSON.stringify({ ...stored, ...changes }))

  await t.rejects(decodeNews(await encode({}), 'MSFT 7d'), /stored news is that of AAPL 7d/)
  await t.rejects(decodeNews(await encode({ subject: { ticker: 'MSFT' } }), 'AAPL 7d'), /AAPL 7d/)
  await t.rejects(decodeNews(await encode({ fetchedMs: undefined }), 'AAPL 7d'), { name: /ZodError|Error/ })
  await t.rejects(decodeNews(Buffer.from('no news'), 'AAPL 7d'))
  await t.rejects(decodeNews(await compress(Buffer.alloc(33 * 1024 * 1024)), 'AAPL 7d'), {
    code: 'ERR_BUFFER_TOO_LARGE'
  })
})
