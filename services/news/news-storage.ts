import type { LedgerCell } from '../budget/ledger-cell.ts'
import type { SingleFlight } from './single-flight.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** What outlives the process: in Redis, shared by replicas, or on disk. */
export interface NewsStorage {
  name: 'disk' | 'redis'
  snapshots: SnapshotStore
  ledgerCell: LedgerCell
  singleFlight: SingleFlight
  isUnavailable(): boolean
  close(): void
}
