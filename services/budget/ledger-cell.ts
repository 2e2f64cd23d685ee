/** One stored text, changed by compare-and-swap. */
export interface LedgerCell {
  /** Whether other replicas change the text, too. */
  isShared: boolean
  /**
   * The text, `undefined` if there is none, and the time of the store: milliseconds since 1970.
   * @throws if the store is unavailable.
   */
  read(): Promise<{ text: string | undefined; at: number }>
  /**
   * Replaces `from` with `to`; `undefined` stands for no text. Returns `false` if the text is no longer `from`.
   * @throws if the store is unavailable.
   */
  compareAndSwap(from: string | undefined, to: string): Promise<boolean>
}
