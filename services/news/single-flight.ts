import type { Subject } from '../alpha-vantage/subject.ts'
import type { Failure } from '../lib/news-error.ts'

/** A fetch that replicas share. */
export interface SharedFetch {
  key: string
  subject: Subject
  /** Whether it fetches news up to now. */
  isLive: boolean
}

/** How a fetch ended. */
export interface FetchOutcome extends SharedFetch {
  failure?: Failure
}

/** The value of a fetch by this replica, or the outcome of a fetch by another one. */
export type FlightResult<T> = { local: T; remote?: undefined } | { local?: undefined; remote: FetchOutcome }

/** One fetch at a time for each key, across replicas. */
export interface SingleFlight {
  /**
   * Runs `fetch`. If another replica is running the same one, waits for that instead.
   * @throws what `fetch` throws.
   */
  runExclusive<T>(shared: SharedFetch, fetch: () => Promise<T>): Promise<FlightResult<T>>
  /** Calls `listener` with the outcome of each fetch of another replica. */
  onRemoteFetch(listener: (outcome: FetchOutcome) => void): void
  /** Stops waiting for other replicas: calls that wait fail with an upstream error. */
  stop(): void
}

/** For a server without replicas: the cache already shares the fetches of one process. */
export const localSingleFlight: SingleFlight = {
  runExclusive: async (_shared, fetch) => ({ local: await fetch() }),
  onRemoteFetch() {},
  stop() {}
}
