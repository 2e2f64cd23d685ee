import type { Subject } from '../alpha-vantage/subject.ts'
import type { LedgerCell } from '../budget/ledger-cell.ts'
import type { Failure } from '../lib/news-error.ts'
import type { NewsSnapshot, SnapshotInfo } from './snapshot.ts'

/** How a flight went that another replica has made. */
export interface FetchOutcome {
  key: string
  subject: Subject
  /** Whether it was about news up to now. */
  isLive: boolean
  failure?: Failure
}

/**
 * Keeps news beside this process's memory: on disk, or in Redis for several replicas. It is never in the way: what fails
 * in it is logged, and is as if nothing were kept.
 */
export interface Store {
  name: 'disk' | 'redis'
  /** What is known of the news under `keys`. */
  look(keys: readonly string[]): Promise<SnapshotInfo[]>
  read(key: string): Promise<NewsSnapshot | undefined>
  write(news: NewsSnapshot, expiresAtMs: number): Promise<void>
  /** All that is kept, the latest first. */
  list(): Promise<SnapshotInfo[]>
  /**
   * Runs `fly`, unless another replica is about the same: then waits until that has landed, and says how. `landing` is
   * what the others are told.
   */
  runExclusive<T>(
    landing: FetchOutcome,
    fly: () => Promise<T>
  ): Promise<{ local: T; remote?: undefined } | { local?: undefined; remote: FetchOutcome }>
  /** Calls `listener` with what others have landed. */
  onRemoteFetch(listener: (landing: FetchOutcome) => void): void
  /** Where calls are counted. */
  cell: LedgerCell
  isAway(): boolean
  /** Waits for no other replica any more. */
  stop(): void
  close(): Promise<void>
}
