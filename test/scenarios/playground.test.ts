import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import t from 'tap'
import { startShop } from '../shop.ts'

const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path))
const skip = browser === undefined ? 'needs the Debian package chromium' : false

/** Root can't use the sandbox, and a test must not reach for the network behind the page's back. */
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

t.test('the playground runs the sample query in a browser, without the internet', { skip }, async (t) => {
  const shop = await startShop(t, { visitor: '42' })
  const running = await chromium.launch({ ...(browser === undefined ? {} : { executablePath: browser }), args: quiet })
  t.teardown(() => running.close())
  const page = await running.newPage()
  const outside: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(shop.url) && !/^(data|blob):/.test(request.url())) outside.push(request.url())
  })
  await page.goto(`${shop.url}/graphql`)
  const tabs = page.locator('.graphiql-tab')
  await tabs.nth(2).waitFor()
  t.ok((await tabs.count()) >= 3, 'three sample queries')
  await page.locator('.graphiql-execute-button').click()
  const result = page.locator('.result-window')
  await result.getByText('"name"').first().waitFor()
  const text = await result.innerText()
  t.match(text, /"me"/)
  t.match(text, /"orders"/)
  t.notMatch(text, /"errors"/)
  t.same(outside, [], 'nothing is loaded from elsewhere')
})
