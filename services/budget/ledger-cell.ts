/** A stored text that changes by compare-and-swap only. */
export interface LedgerCell {
  /** Whether other replicas also change the text. */
  isShared: boolean
  /**
   * Returns the text, or `undefined` if there is none, and the store's clock: milliseconds since 1970.
   * @throws if the store is unavailable.
   */
  read(): Promise<{ text: string | undefined; at: number }>
  /**
   * Replaces `from` with `to`; `undefined` stands for no text. Returns `false` if the text is no longer `from`.
   * @throws if the store is unavailable.
   */
  compareAndSwap(from: string | undefined, to: string): Promise<boolean>
}
