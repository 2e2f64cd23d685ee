import { LRUCache } from 'lru-cache'

/** With more keys, the one without events for the longest time starts again at zero. */
const maxKeys = 5000

interface Window {
  count: number
  /** When it began, by `performance.now()`. */
  startedAt: number
}

/** The events of a key in its current window. */
export interface WindowState {
  count: number
  /** Milliseconds until the window ends. */
  resetMs: number
}

/** Counts events by key in windows of a fixed length. A window starts with the first event after the previous window. */
export class FixedWindow {
  readonly #lengthMs: number
  readonly #windows = new LRUCache<string, Window>({ max: maxKeys })

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs
  }

  /** Counts an event, and returns the state after it. */
  count(key: string): WindowState {
    const now = performance.now()
    let window = this.#open(key, now)
    if (!window) {
      window = { count: 0, startedAt: now }
      this.#windows.set(key, window)
    }
    window.count += 1
    return this.#toState(window, now)
  }

  /** Returns the state of `key` without counting an event. */
  read(key: string): WindowState {
    const now = performance.now()
    return this.#toState(this.#open(key, now) ?? { count: 0, startedAt: now }, now)
  }

  #open(key: string, now: number) {
    const window = this.#windows.get(key)
    return window && now - window.startedAt < this.#lengthMs ? window : undefined
  }

  #toState({ count, startedAt }: Window, now: number): WindowState {
    return { count, resetMs: startedAt + this.#lengthMs - now }
  }
}
