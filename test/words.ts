import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Lists words and names that the project's style does not use (CONTRIBUTING.md, Style), with what to write instead.
 * `npm run lint` runs it over every tracked file; `node test/words.ts services/auth` over one folder.
 * A line that needs such a word ends with the comment `words-ok`, or has an entry in `exceptions`.
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

/** Files whose prose has an issue of its own, or that quote other people's words. */
const exceptions = [
  /^README\.md$/,
  /^CHANGELOG\.md$/,
  /^services\/docs\/sections\//,
  /^test\/words\.ts$/,
  /^test\/snapshots\//,
  /^bench\/RESULTS\.md$/,
  /package(-lock)?\.json$/
]

const text = /\.(ts|js|css|html|md|ya?ml|conf|example)$|^(\.ci\/|Dockerfile|deploy\/)/
const folders = process.argv.slice(2)
const files = execFileSync('git', ['ls-files', '--', ...folders], { encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((file) => text.test(file) && !exceptions.some((exception) => exception.test(file)))

const findings = files.flatMap((file) =>
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
process.exitCode = findings.length > 0 ? 1 : 0
