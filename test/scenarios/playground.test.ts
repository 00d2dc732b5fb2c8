import t from 'tap'
import { openPage, skip } from '../browser.ts'
import { startShop } from '../shop.ts'

t.test('the playground runs the sample query in a browser, without the internet', { skip }, async (t) => {
  const shop = await startShop(t, { visitor: '42' })
  const { page, complaints, outside } = await openPage(t, `${shop.url}/graphql`)
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
  t.match(await page.locator('#calls-line').innerText(), /^MyOrders: 3 calls instead of \d+ · /)
  t.same(outside, [], 'nothing is loaded from elsewhere')
  t.same(complaints, [])
})
