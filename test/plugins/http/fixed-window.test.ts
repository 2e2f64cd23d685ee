import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { FixedWindow } from '../../../plugins/http/fixed-window.ts'

t.test('count: each key has its own window; read: counts nothing', async (t) => {
  const windows = new FixedWindow(60_000)

  t.equal(windows.read('a').count, 0)
  t.equal(windows.count('a').count, 1)
  t.equal(windows.count('a').count, 2)
  t.equal(windows.count('b').count, 1)
  t.equal(windows.read('a').count, 2)
})

t.test('resetMs falls from the first event on; after the window, the count starts again', async (t) => {
  const windows = new FixedWindow(100)
  const first = windows.count('a')
  t.ok(first.resetMs > 90 && first.resetMs <= 100)

  await sleep(110)

  t.match(windows.read('a'), { count: 0 })
  t.equal(windows.count('a').count, 1)
  t.ok(windows.read('a').resetMs > 50, 'a window of its own')
})

t.test('more than 5000 keys: the one without events for the longest time starts again at zero', async (t) => {
  const windows = new FixedWindow(60_000)
  windows.count('old')
  windows.count('busy')
  for (let key = 0; key < 4999; key += 1) {
    windows.count(String(key))
    windows.count('busy')
  }

  t.equal(windows.read('old').count, 0)
  t.equal(windows.read('busy').count, 5000)
})
