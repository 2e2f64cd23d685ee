import { setTimeout as sleep } from 'node:timers/promises'

/** Polls until `condition` returns a truthy value. The pause leaves the processor to the code under test. */
export async function until(condition: () => unknown): Promise<void> {
  while (!(await condition())) await sleep(5)
}
