import { readFileSync } from 'node:fs'
import { cspHash } from '../lib/csp-hash.ts'

/** The style and the script of the documentation page. */
export const style = readAsset('page.css') + readAsset('sections.css')
export const script = readAsset('page.js')

/** Their hashes, for the page's Content Security Policy. */
export const docsSources = { style: cspHash(style), script: cspHash(script) }

function readAsset(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
}
