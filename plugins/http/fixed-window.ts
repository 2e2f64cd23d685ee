import { LRUCache } from 'lru-cache'

/** A key with an older window starts again at zero. */
const maxKeys = 5000

/** The events of a key in its current window. */
export interface WindowState {
  count: number
  /** Milliseconds until the window ends. */
  resetMs: number
}

/** Counts events by key in windows of a fixed length. A window starts with the first event after the previous one. */
export class FixedWindow {
  readonly #lengthMs: number
  readonly #windows = new LRUCache<string, { count: number; startedAt: number }>({ max: maxKeys })

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs
  }

  /** Counts an event. */
  count(key: string): WindowState {
    let window = this.#open(key)
    if (!window) {
      window = { count: 0, startedAt: performance.now() }
      this.#windows.set(key, window)
    }
    window.count += 1
    return this.#toState(window)
  }

  /** Returns the state of `key` without counting an event. */
  read(key: string): WindowState {
    return this.#toState(this.#open(key) ?? { count: 0, startedAt: performance.now() })
  }

  #open(key: string) {
    const window = this.#windows.get(key)
    return window && performance.now() - window.startedAt < this.#lengthMs ? window : undefined
  }

  #toState({ count, startedAt }: { count: number; startedAt: number }): WindowState {
    return { count, resetMs: Math.max(0, startedAt + this.#lengthMs - performance.now()) }
  }
}
