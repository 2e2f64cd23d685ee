import type { Subject } from '../alpha-vantage/client.ts'
import type { Failure } from '../alpha-vantage/errors.ts'
import type { Kept, News } from './snapshot.ts'

/** A text that changes in one go, whoever else changes it. */
export interface Cell {
  /** Whether other replicas change it, too. */
  isShared: boolean
  /** The text, if there is one, and the time there: milliseconds since 1970. @throws if it is out of reach. */
  read(): Promise<{ text: string | undefined; at: number }>
  /** Puts `to` in the place of `from`; `false` if something else is there by now. @throws if it is out of reach. */
  swap(from: string | undefined, to: string): Promise<boolean>
  /** Calls `listener` whenever it is in reach again. */
  onReturn(listener: () => void): void
}

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
