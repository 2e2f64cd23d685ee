import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../lib/logger.ts'
import { type Ledger, newLedger } from './ledger.ts'
import type { LedgerCell } from './ledger-cell.ts'
import { formatLedger, parseLedger } from './ledger-format.ts'
import type { Plan } from './plan.ts'

/** Returns the changed ledger, and a result for the caller. `at` is the current time: milliseconds since 1970. */
export type LedgerChange<T> = (ledger: Ledger, at: number) => { ledger: Ledger; result: T }

interface PendingUpdate {
  change: LedgerChange<unknown>
  resolve(result: unknown): void
  reject(error: unknown): void
}

const maxCasAttempts = 200

/**
 * Stores the ledger in a cell, so that neither a restart nor another process loses a change. While an unshared cell is
 * unavailable, the ledger stays in memory.
 */
export class LedgerStore {
  readonly #plan: Plan
  readonly #cell: LedgerCell
  readonly #now: () => number
  readonly #log: Logger
  #latest: Ledger | undefined
  #isUnavailable = false
  #pending: PendingUpdate[] = []
  #isWriting = false

  /** `now` returns milliseconds since 1970. */
  constructor(options: { plan: Plan; cell: LedgerCell; now: () => number; log: Logger }) {
    this.#plan = options.plan
    this.#cell = options.cell
    this.#now = options.now
    this.#log = options.log
  }

  /** The ledger as this process last read or wrote it. */
  get latest(): Ledger | undefined {
    return this.#latest
  }

  /** Whether the last access to the cell failed. */
  get isUnavailable(): boolean {
    return this.#isUnavailable
  }

  /** Changes the ledger. `change` may run several times. @throws if the cell is shared and unavailable. */
  update<T>(change: LedgerChange<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#pending.push({ change, resolve, reject })
    if (!this.#isWriting) this.#writePending()
    return promise as Promise<T>
  }

  /** Changes the ledger in this process only, while the cell is unavailable. */
  updateInMemory(change: (ledger: Ledger) => Ledger): Ledger {
    this.#latest = change(this.#latest ?? newLedger(this.#plan, this.#now()))
    return this.#latest
  }

  /** Writes all pending changes together, so that only other processes can cause a conflict. */
  async #writePending() {
    this.#isWriting = true
    while (this.#pending.length > 0) {
      const batch = this.#pending
      this.#pending = []
      try {
        const results = await this.#write(batch)
        batch.forEach(({ resolve }, index) => void resolve(results[index]))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#isWriting = false
  }

  async #write(batch: readonly PendingUpdate[]): Promise<unknown[]> {
    for (let attempts = 0; attempts < maxCasAttempts; attempts++) {
      const stored = await this.#tryCell(() => this.#read())
      const at = stored?.at ?? this.#now()
      const before = this.#reconcile(stored?.ledger) ?? newLedger(this.#plan, at)
      let after = before
      const results = batch.map(({ change }) => {
        const changed = change(after, at)
        after = changed.ledger
        return changed.result
      })
      if (after !== before) after = { ...after, version: before.version + 1 }
      const isStored =
        stored &&
        (after === stored.ledger ||
          (await this.#tryCell(() => this.#cell.compareAndSwap(stored.text, formatLedger(after)))))
      if (isStored !== false) {
        if (isStored) this.#markAvailable()
        this.#latest = after
        return results
      }
      await sleep(Math.random() * 5 * Math.min(attempts, 10)) // another process wrote first
    }
    throw new Error('other processes keep changing the ledger')
  }

  async #read() {
    const { text, at } = await this.#cell.read()
    const ledger = text === undefined ? undefined : parseLedger(text)
    // A later release of this server may have written it: do not overwrite it.
    if (text !== undefined && !ledger && this.#cell.isShared)
      throw new Error('the stored ledger cannot be parsed')
    return { text, ledger, at }
  }

  /** Returns the stored ledger. In an unshared cell, a newer ledger in memory wins. */
  #reconcile(stored: Ledger | undefined): Ledger | undefined {
    const latest = this.#latest
    const storedVersion = stored?.version ?? 0
    if (!latest || storedVersion >= latest.version || (stored && stored.dayStart > latest.dayStart))
      return stored
    if (!this.#cell.isShared) return latest
    const versions = { version: latest.version, storedVersion }
    this.#log.warn(versions, 'call count lost; continuing with the stored ledger')
    this.#latest = stored
    return stored
  }

  /** Accesses the cell. After a failure, throws if the cell is shared, and otherwise returns `undefined`. */
  async #tryCell<T>(access: () => Promise<T>): Promise<T | undefined> {
    try {
      return await access()
    } catch (error) {
      const { isShared } = this.#cell
      const consequence = isShared ? 'making no calls' : 'counting in memory'
      // Not the error itself: the error of a failed Redis command contains the ledger with all subjects.
      const reason = error instanceof Error ? error.message : String(error)
      if (!this.#isUnavailable) this.#log.warn({ reason }, `call ledger unavailable; ${consequence}`)
      this.#isUnavailable = true
      if (isShared) throw error
      return undefined
    }
  }

  /** Call only after a write, or after a read without a change to write: a readable cell may not be writable. */
  #markAvailable() {
    if (this.#isUnavailable) this.#log.info({}, 'call ledger available again')
    this.#isUnavailable = false
  }
}
