import type { LedgerCell } from '../budget/ledger-cell.ts'
import type { SingleFlight } from './single-flight.ts'
import type { NewsSnapshot, SnapshotInfo } from './snapshot.ts'

/** Storage outside this process: in Redis, which replicas share, or on the disk of one machine. */
export interface NewsStorage {
  name: 'disk' | 'redis'
  snapshots: SnapshotStore
  ledgerCell: LedgerCell
  singleFlight: SingleFlight
  isUnavailable(): boolean
  close(): void
}

/** Stores snapshots outside this process. Best effort: failures are logged and treated as a cache miss. */
export interface SnapshotStore {
  /** The snapshots under `keys`, without their articles. */
  findInfos(keys: readonly string[]): Promise<SnapshotInfo[]>
  read(key: string): Promise<NewsSnapshot | undefined>
  /** Stores `snapshot` until `expiresAtMs`: milliseconds since 1970. */
  write(snapshot: NewsSnapshot, expiresAtMs: number): Promise<void>
  /** The latest snapshots, latest first, without their articles. */
  list(): Promise<SnapshotInfo[]>
}
