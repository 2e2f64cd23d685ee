import { setTimeout } from 'node:timers/promises'

/** Waits until something is so. Looking again after a moment leaves the processor to what is waited for. */
export async function until(isSo: () => unknown): Promise<void> {
  while (!(await isSo())) await setTimeout(5)
}
