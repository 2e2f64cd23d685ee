import { glob } from 'node:fs/promises'
import { root } from './process.ts'

/** The TypeScript files of the product: what runs in production, and local mode. Paths relative to the root, sorted. */
export async function productFiles(): Promise<string[]> {
  const patterns = ['*.ts', '{plugins,routes,services,local}/**/*.ts']
  return (await Array.fromAsync(glob(patterns, { cwd: root }))).toSorted()
}
