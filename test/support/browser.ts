import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from './process.ts'
import type { Test } from './temp.ts'

/** The folder of the packages that only browser tests need. */
export const toolsFolder = join(root, 'test/browser')
/** Loads a package from {@link toolsFolder}. */
export const fromTools = createRequire(join(toolsFolder, 'package.json'))

// The headless shell is twice as fast.
const installed = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((path) => existsSync(path))
const executablePath = process.env.CHROMIUM || installed

/** The reason to skip browser tests; `false` to run them. */
export const skip =
  (!existsSync(join(toolsFolder, 'node_modules')) &&
    'The browser tools are not installed: npm ci --prefix test/browser --ignore-scripts') ||
  (!executablePath && 'Chromium is not installed. Set CHROMIUM to its path.')

/** The parts of Playwright that the tests use. Playwright's own types exist only if it is installed. */
export interface Locator {
  count(): Promise<number>
  nth(index: number): Locator
  first(): Locator
  textContent(): Promise<string>
  allTextContents(): Promise<string[]>
  getAttribute(name: string): Promise<string | null>
  boundingBox(): Promise<{ x: number; y: number; width: number; height: number }>
  waitFor(): Promise<void>
  focus(): Promise<void>
  hover(): Promise<void>
  click(): Promise<void>
  fill(value: string): Promise<void>
  press(key: string): Promise<void>
}
export interface Frame {
  locator(selector: string, options?: { hasText: string }): Locator
  evaluate<T>(expression: string): Promise<T>
}
interface Request {
  url(): string
}
export interface Page extends Frame {
  waitForFunction(expression: string): Promise<unknown>
  waitForURL(url: string | RegExp | ((url: URL) => boolean)): Promise<void>
  goto(url: string): Promise<unknown>
  content(): Promise<string>
  setViewportSize(size: { width: number; height: number }): Promise<void>
  emulateMedia(options: { colorScheme: 'light' | 'dark' }): Promise<void>
  url(): string
  frames(): [Frame, Frame]
  close(): Promise<void>
  mouse: { move(x: number, y: number): Promise<void> }
  keyboard: { press(key: string): Promise<void> }
  on(event: 'request', listener: (request: Request) => void): void
  on(event: 'pageerror', listener: (error: Error) => void): void
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void
}
export interface Browser {
  newPage(options?: object): Promise<Page>
  close(): Promise<void>
}

/** Starts Chromium, and closes it after `t`. */
export async function launchBrowser(t: Test): Promise<Browser> {
  const flags =
    '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
  const browser: Browser = await fromTools('playwright-core').chromium.launch({
    executablePath,
    args: flags.split(' ')
  })
  t.teardown(() => browser.close())
  return browser
}

/** Opens a page that records its network requests and the browser's errors. */
export async function openPage(t: Test, browser: Browser, options: object = {}) {
  const page = await browser.newPage(options)
  const requests: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  t.teardown(() => page.close())
  return { page, requests, complaints }
}

/** Runs axe on `page`, and returns each violated rule with its selector. The page must be open with `bypassCSP`. */
export async function findFaults(page: Frame): Promise<string[]> {
  await loadAxe(page)
  return runAxe(page)
}

const loadAxe = async (page: Frame) =>
  page.evaluate(await readFile(fromTools.resolve('axe-core/axe.min.js'), 'utf8'))

const runAxe = (page: Frame, options: object = {}) =>
  page.evaluate<string[]>(
    `axe.run(${JSON.stringify({ resultTypes: ['violations'], ...options })}).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ': ' + target)))`
  )

/** Validates `html`, and returns each violated rule with its line. */
export async function findInvalid(html: string): Promise<string[]> {
  const { HtmlValidate } = fromTools('html-validate')
  const report = await new HtmlValidate({ extends: ['html-validate:recommended'] }).validateString(html)
  return (report.results as { messages: { ruleId: string; line: number; message: string }[] }[]).flatMap(
    ({ messages }) => messages.map(({ ruleId, line, message }) => `${ruleId}, line ${line}: ${message}`)
  )
}

/** The rules on colors. */
const colorRules = ['color-contrast', 'link-in-text-block']
const nonColorRules = Object.fromEntries(colorRules.map((rule) => [rule, { enabled: false }]))

/** Checks `page` at phone, tablet and desktop widths, in light and dark. Returns axe violations, and widths at which content overflows. */
export async function findFaultsEverywhere(page: Page): Promise<string[]> {
  const faults: string[] = []
  await loadAxe(page)
  for (const width of [360, 768, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    const contentWidth = await page.evaluate<number>('document.documentElement.scrollWidth')
    if (contentWidth > width) faults.push(`${width} px: the content is ${contentWidth} px wide`)
    for (const fault of await runAxe(page, { rules: nonColorRules })) faults.push(`${width} px: ${fault}`)
  }
  // The desktop width shows all content, in the same colors as the other widths.
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const fault of await runAxe(page, { runOnly: colorRules })) faults.push(`${colorScheme}: ${fault}`)
  }
  return faults
}
