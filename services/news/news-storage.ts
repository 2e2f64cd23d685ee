import type { LedgerCell } from '../budget/ledger-cell.ts'
import type { SingleFlight } from './single-flight.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** Storage outside this process: in Redis, which replicas share, or on the disk of one machine. */
export interface NewsStorage {
  name: 'disk' | 'redis'
  snapshots: SnapshotStore
  ledgerCell: LedgerCell
  singleFlight: SingleFlight
  isUnavailable(): boolean
  close(): void
}
