/** A text that changes in one go, whoever else changes it. */
export interface LedgerCell {
  /** Whether other replicas change it, too. */
  isShared: boolean
  /** The text, if there is one, and the time there: milliseconds since 1970. @throws if it is out of reach. */
  read(): Promise<{ text: string | undefined; at: number }>
  /** Puts `to` in the place of `from`; `false` if something else is there by now. @throws if it is out of reach. */
  compareAndSwap(from: string | undefined, to: string): Promise<boolean>
  /** Calls `listener` whenever it is in reach again. */
  onReturn(listener: () => void): void
}
