import type { Subject } from '../alpha-vantage/subject.ts'
import type { Cell } from '../budget/ledger-cell.ts'
import type { Failure } from '../lib/news-error.ts'
import type { Kept, News } from './snapshot.ts'

/** How a flight went that another replica has made. */
export interface Landing {
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
  look(keys: readonly string[]): Promise<Kept[]>
  read(key: string): Promise<News | undefined>
  write(news: News, untilMs: number): Promise<void>
  /** All that is kept, the latest first. */
  list(): Promise<Kept[]>
  /**
   * Runs `fly`, unless another replica is about the same: then waits until that has landed, and says how. `landing` is
   * what the others are told.
   */
  together<T>(
    landing: Landing,
    fly: () => Promise<T>
  ): Promise<{ own: T; other?: undefined } | { own?: undefined; other: Landing }>
  /** Calls `listener` with what others have landed. */
  onLanding(listener: (landing: Landing) => void): void
  /** Where calls are counted. */
  cell: Cell
  isAway(): boolean
  /** Waits for no other replica any more. */
  stop(): void
  close(): Promise<void>
}
