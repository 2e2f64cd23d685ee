import t from 'tap'
import { type EntryQuery, SharedCache } from '../../../services/lib/shared-cache.ts'
import { TieredEntries } from '../../../services/lib/tiered-entries.ts'

interface Entry {
  key: string
  fetchedAtMs: number
  value: string
}

const ttlMs = 100
const graceMs = 1000

/** A cache with a clock at 10,000,000 ms and a store in memory. `fetch` returns an entry and counts its calls. */
function start() {
  const clock = { now: 10_000_000 }
  const stored = new Map<string, Entry>()
  const fetched: Entry[] = []
  const entries = new TieredEntries<Entry>({
    store: {
      findInfos: async (keys) =>
        keys.flatMap((key) => {
          const entry = stored.get(key)
          return entry ? [{ ...entry, expiresAtMs: entry.fetchedAtMs + graceMs }] : []
        }),
      read: async (key) => stored.get(key),
      write: async (entry) => void stored.set(entry.key, entry)
    },
    maxSize: 10,
    getSize: () => 1,
    freshUntil: ({ fetchedAtMs }) => fetchedAtMs + ttlMs,
    expiresAt: ({ fetchedAtMs }) => fetchedAtMs + graceMs,
    now: () => clock.now,
    onRemembered() {}
  })
  const cache = new SharedCache({
    entries,
    softTimeoutMs: 20,
    allowsStale: ({ value }) => value !== 'never stale',
    isRequesterError: (error) => error instanceof RangeError
  })
  const query: EntryQuery<Entry> = {
    keys: ['a', 'b'],
    satisfies: () => true,
    requester: 'usr_1',
    denial: () => undefined,
    runExclusive: async (fetch) => ({ entry: await fetch() }),
    async fetch() {
      const entry = { key: 'a', fetchedAtMs: clock.now, value: `fetch ${fetched.length + 1}` }
      fetched.push(entry)
      return entry
    }
  }
  const find = (changes: Partial<EntryQuery<Entry>> = {}) => cache.find({ ...query, ...changes })
  return { clock, stored, fetched, entries, cache, find }
}

t.test('missing entry: fetched, stored, and a hit until its time to live ends', async (t) => {
  const { clock, stored, find } = start()

  t.match(await find(), { status: 'miss', entry: { value: 'fetch 1' } })
  t.match(stored.get('a'), { value: 'fetch 1' })
  clock.now += ttlMs - 1
  t.match(await find(), { status: 'hit', entry: { value: 'fetch 1' } })
  clock.now += 1
  t.match(await find(), { status: 'miss', entry: { value: 'fetch 2' } })
})

t.test('entry of another key in the store: a hit if it satisfies the query', async (t) => {
  const { clock, stored, find } = start()
  stored.set('b', { key: 'b', fetchedAtMs: clock.now, value: 'stored' })

  t.match(await find({ satisfies: ({ key }) => key === 'a' }), { status: 'miss' })
  t.match(await find({ keys: ['c', 'b'] }), { status: 'hit', entry: { value: 'stored' } })
})

t.test('stored entry from the future or past its expiry: ignored', async (t) => {
  for (const ageMs of [-60_001, graceMs]) {
    const { clock, stored, find } = start()
    stored.set('b', { key: 'b', fetchedAtMs: clock.now - ageMs, value: 'stored' })

    t.match(await find(), { status: 'miss', entry: { value: 'fetch 1' } })
  }
})

t.test('stale entry: returned with the error of the fetch, until it expires', async (t) => {
  const { clock, find } = start()
  const fetch = () => Promise.reject(new Error('failed'))
  await find()

  clock.now += graceMs - 1
  t.match(await find({ fetch }), { status: 'stale', staleReason: { message: 'failed' } })
  clock.now += 1
  await t.rejects(find({ fetch }), { message: 'failed' })
})

t.test('stale entry that may not be returned: the error of the fetch', async (t) => {
  const { clock, stored, find } = start()
  stored.set('a', { key: 'a', fetchedAtMs: clock.now - ttlMs, value: 'never stale' })

  await t.rejects(find({ fetch: () => Promise.reject(new Error('failed')) }), { message: 'failed' })
})

t.test('stale entry and a denial: returned without a fetch, unless one is in flight', async (t) => {
  const { clock, fetched, find } = start()
  const denial = () => new Error('denied')
  await find()
  clock.now += ttlMs

  t.match(await find({ denial }), { status: 'stale', staleReason: { message: 'denied' } })
  t.equal(fetched.length, 1)
  const [, joined] = await Promise.all([find(), find({ denial })])
  t.match(joined, { status: 'miss', entry: { value: 'fetch 2' } })
})

t.test(
  'stale entry and a slow fetch: returned after the soft timeout, and the fetch completes',
  async (t) => {
    const { clock, cache, find } = start()
    const { promise, resolve } = Promise.withResolvers<Entry>()
    await find()
    clock.now += ttlMs

    const found = await find({ fetch: () => promise })
    t.match(found, { status: 'stale', entry: { value: 'fetch 1' } })
    t.notOk('staleReason' in found)
    resolve({ key: 'a', fetchedAtMs: clock.now, value: 'slow' })
    await cache.close()
    t.match(await find(), { status: 'hit', entry: { value: 'slow' } })
  }
)

t.test('concurrent callers: one fetch; an error of its requester alone makes the others fetch', async (t) => {
  const { fetched, find } = start()
  const shared = await Promise.all([find(), find({ requester: 'usr_2' })])
  t.equal(shared[0]?.entry, shared[1]?.entry)
  t.equal(fetched.length, 1)

  const other = start()
  const fetch = () => Promise.reject(new RangeError('share spent'))
  const [first, second] = await Promise.allSettled([
    other.find({ fetch }),
    other.find({ requester: 'usr_2' })
  ])
  t.match(first, { status: 'rejected', reason: { message: 'share spent' } })
  t.match(second, { status: 'fulfilled', value: { status: 'miss', entry: { value: 'fetch 1' } } })
})

t.test('fetch of another replica: its entry is loaded, and its error is thrown', async (t) => {
  const { clock, stored, fetched, find } = start()
  const found = await find({
    async runExclusive() {
      stored.set('a', { key: 'a', fetchedAtMs: clock.now - ttlMs, value: 'remote' })
      return { error: undefined }
    }
  })
  t.match(found, { status: 'miss', entry: { value: 'remote' } }, 'even past its time to live')
  t.equal(fetched.length, 0)
  await t.rejects(find({ keys: ['c'], runExclusive: async () => ({ error: new Error('remote failure') }) }), {
    message: 'remote failure'
  })
})

t.test(
  'fetch of another replica without a readable entry, or with an error of its requester: fetched here',
  async (t) => {
    for (const error of [undefined, new RangeError('share spent')]) {
      const { find } = start()
      let runs = 0
      const found = await find({
        async runExclusive(fetch) {
          runs += 1
          return runs === 1 ? { error } : { entry: await fetch() }
        }
      })
      t.match(found, { status: 'miss', entry: { value: 'fetch 1' } })
    }
  }
)
