import { glob } from 'node:fs/promises'
import { root } from './process.ts'

/** Lists the TypeScript files of the product, including local mode: sorted paths relative to the root. */
export async function productFiles(): Promise<string[]> {
  const patterns = ['*.ts', '{plugins,routes,services,local}/**/*.ts']
  return (await Array.fromAsync(glob(patterns, { cwd: root }))).toSorted()
}
