import { existsSync } from 'node:fs'
import { chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'

const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path))

/** Why tests in a browser can't run here, or false. */
export const skip = executable === undefined ? 'needs the Debian package chromium' : false

/** Root can't use the sandbox, and a test must not reach for the network behind the page's back. */
const quiet = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

export interface Watched {
  readonly page: Page
  /** What the page complains of: errors on its console, uncaught ones, and breaches of its policy. */
  readonly complaints: string[]
  /** What it asked for elsewhere than at `url`. */
  readonly outside: string[]
}

/** Opens a page in a browser of its own. */
export async function openPage(t: Test, url: string): Promise<Watched> {
  if (executable === undefined) throw new Error(String(skip))
  const browser = await chromium.launch({ executablePath: executable, args: quiet })
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  const complaints: string[] = []
  const outside: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(url).origin) && !/^(data|blob):/.test(request.url())) outside.push(request.url())
  })
  await page.goto(url)
  return { page, complaints, outside }
}
