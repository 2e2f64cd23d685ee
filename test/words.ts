import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * Lists words and names that the project's style excludes (CONTRIBUTING.md, Style), and what to write instead.
 * `npm run lint` checks every file; `node test/words.ts services/auth` checks one folder.
 * A line that needs such a word has the comment `words-ok`. `exceptions` lists whole files.
 */

const rules: [pattern: RegExp, write: string][] = [
  [/\b(tell|tells|told|telling)\b/i, 'say what happens: returns, reports, logs, throws, distinguishes'],
  [/\banew\b/i, 'again'],
  [/\b(whoever|somebody|nobody|anybody|everybody)\b/i, 'name the actor: the client, a caller, a replica'],
  [/\b(Who|who) (asks|calls|comes|has|have|is|leaves|left|sends|sent|waits)\b/, 'name the actor'],
  [/\bthose (who|that|alone)\b/i, 'name the things'],
  [/\bwhat (is|was|has been) (kept|left|asked|known|told|sent|taken|given|open)\b/i, 'name the thing'],
  [/\b(given up|gives up|set aside|sets aside|let go of|left alone)\b/i, 'discarded, reserved, not called'],
  [/\b(out of reach|in reach|out of order|in order again)\b/i, 'unavailable, available, failing, recovered'],
  [/\b(any more|all the same|by then|lest|whence|thereby)\b/i, 'leave it out, or rewrite the sentence'],
  [/\bpractice (sign-in|server|Scalekit)\b/i, 'local Scalekit, local server'],
  [/\b(catalogue|organisation|behaviour|colour|normalis|recognis|authoris)/i, 'American spelling'],
  [/\d %/, 'no space before %'],
  [
    /\b(const|let|function|async function) (?!asOf\b)[a-z]\w*Of\b/,
    'a verb: to…, format…, parse…, find…, create…'
  ],
  [/\b(const|let|function) (most|longest|largest|fewest)[A-Z]/, 'max… or min…']
]

/** Files with prose that is still to be rewritten, with generated content, or with quotations. */
const exceptions = [
  /^CHANGELOG\.md$/,
  /^test\/words\.ts$/,
  /^test\/snapshots\//,
  /^bench\/RESULTS\.md$/,
  /package(-lock)?\.json$/
]

const patterns = [
  '**/*.{ts,js,css,html,md,yml,yaml,conf}',
  '{.ci,.github,deploy}/**/*',
  '{Dockerfile,.env.example}'
]
const folders = process.argv.slice(2)
const files = globSync(patterns, { exclude: ['**/node_modules', '.git', '.tap'], withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative('', join(entry.parentPath, entry.name)))
  .filter((file) => folders.length === 0 || folders.some((folder) => file.startsWith(folder)))
  .filter((file) => !exceptions.some((exception) => exception.test(file)))

const findings = [...new Set(files)].toSorted().flatMap((file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      line.includes('words-ok')
        ? []
        : rules.flatMap(([pattern, write]) => {
            const found = pattern.exec(line)?.[0]
            return found === undefined ? [] : [`${file}:${index + 1}: "${found}": ${write}`]
          })
    )
)
for (const finding of findings) process.stdout.write(`${finding}\n`)
if (findings.length > 0) process.exitCode = 1
