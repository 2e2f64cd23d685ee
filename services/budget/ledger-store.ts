import { setTimeout } from 'node:timers/promises'
import type { Logger } from '../lib/logger.ts'
import { type Ledger, mergeLedgers, newLedger, readLedger } from './ledger.ts'
import type { LedgerCell } from './ledger-cell.ts'
import type { Plan } from './plan.ts'
import { markLedgerLost } from './reservations.ts'

/** What becomes of a ledger, and what that means for whoever has changed it. */
export type Change<T> = (ledger: Ledger, at: number) => { ledger: Ledger; result: T }

export type LedgerStore = ReturnType<typeof createLedgerStore>

interface Waiting {
  update: Change<unknown>
  resolve(result: unknown): void
  reject(error: unknown): void
}

const maxCasAttempts = 200

/**
 * Keeps the ledger in `cell`, so that neither a restart nor another process makes a change undone. Where the cell fails
 * and no replica shares it, memory has to do until it is back.
 */
export function createLedgerStore(options: {
  plan: Plan
  cell: LedgerCell
  /** Who keeps it here. */
  replica: string
  now: () => number
  log: Logger
}) {
  const { plan, cell, replica, now, log } = options
  let latest: Ledger | undefined
  let isAway = false
  let waiting: Waiting[] = []
  let isWorking = false

  /** Makes all changes that wait in one go, however long the cell takes: only other processes are in the way. */
  async function work() {
    isWorking = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        const results = await changeAll(batch)
        batch.forEach(({ resolve }, index) => void resolve(results[index]))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    isWorking = false
  }

  async function changeAll(batch: readonly Waiting[]): Promise<unknown[]> {
    for (let swaps = 0; swaps < maxCasAttempts; swaps++) {
      const stored = await attempt(read)
      const at = stored?.at ?? now()
      const before = reconcile(stored?.ledger, at) ?? newLedger(plan, at)
      let after = before
      const results = batch.map(({ update: change }) => {
        const changed = change(after, at)
        after = changed.ledger
        return changed.result
      })
      if (after !== before) after = { ...after, version: before.version + 1 }
      const isKept =
        stored &&
        (after === stored.ledger ||
          (await attempt(() => cell.compareAndSwap(stored.text, JSON.stringify(after)))))
      if (isKept !== false) {
        if (isKept) noteReturn()
        latest = after
        return results
      }
      await setTimeout(Math.random() * 5 * Math.min(swaps, 10)) // another process was faster
    }
    throw new Error('the ledger is changed by others all the time')
  }

  async function read() {
    const { text, at } = await cell.read()
    const ledger = text === undefined ? undefined : readLedger(text)
    // Of another version of this server, perhaps: nothing that may be written over.
    if (text !== undefined && !ledger && cell.isShared) throw new Error('the stored ledger cannot be read')
    return { text, ledger, at }
  }

  /** What is stored, with what this process knows where that has been lost, or others have not seen it. */
  function reconcile(stored: Ledger | undefined, at: number): Ledger | undefined {
    if (!latest || (stored && stored.day > latest.day)) return stored
    if (
      stored &&
      stored.version >= latest.version &&
      callsMadeBy(stored, replica) >= callsMadeBy(latest, replica)
    )
      return stored
    const merged = stored ? mergeLedgers(stored, latest) : latest
    // Others may know of calls that are in neither.
    return cell.isShared ? markLedgerLost(merged, at) : merged
  }

  /** What the cell says. @throws if it cannot be had and others count in it; if not, memory does: `undefined`. */
  async function attempt<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask()
    } catch (error) {
      const how = cell.isShared
        ? 'only what this replica has set aside is spent'
        : 'it is in memory until it can'
      // Not the error itself: that of a command has the ledger in it, with all subjects.
      const reason = error instanceof Error ? error.message : String(error)
      if (!isAway) log.warn({ reason }, `the count of calls to Alpha Vantage cannot be kept: ${how}`)
      isAway = true
      if (cell.isShared) throw error
      return undefined
    }
  }

  /** All that is known is in the cell: that it can be read does not show that it can be written, too. */
  function noteReturn() {
    if (isAway) log.info({}, 'calls to Alpha Vantage are counted in the store again')
    isAway = false
  }

  return {
    /** Changes the ledger; `change` may run several times. @throws if the ledger is out of reach. */
    update<T>(change: Change<T>): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      waiting.push({ update: change, resolve, reject })
      if (!isWorking) work()
      return promise as Promise<T>
    },
    /** The ledger as this process has seen it last. */
    latest: () => latest,
    /** Takes note of something that the cell cannot be told. */
    remember(change: (ledger: Ledger) => Ledger): Ledger {
      latest = change(latest ?? newLedger(plan, now()))
      return latest
    },
    isAway: () => isAway
  }
}

function callsMadeBy({ made }: Ledger, replica: string): number {
  return made.find(([one]) => one === replica)?.[1] ?? 0
}
