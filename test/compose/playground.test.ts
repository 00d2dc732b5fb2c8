import { createHash } from 'node:crypto'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t from 'tap'
import { buildPlayground } from '../../src/compose/playground/playground.ts'
import { readSamples } from '../../src/compose/samples.ts'
import { compose, exchange } from './fixture.ts'

const sdl = 'type Query { hello: String @rest(service: "shop", get: "/hello") }'
const samples = ['query One { hello }', 'query Two { hello } # </script><script>alert(1)</script>']

t.test('a browser gets a page that needs nothing from elsewhere', async (t) => {
  const page = buildPlayground({ samples, token: 'abc' })
  const { status, headers, body } = await page({ headers: { 'accept-encoding': 'gzip, br' } })
  t.equal(status, 200)
  t.match(headers, { 'content-encoding': 'br', 'content-type': 'text/html; charset=utf-8', 'vary': 'accept, accept-encoding' })
  const html = brotliDecompressSync(body).toString()
  t.match(html, 'query One { hello }')
  t.match(html, 'Bearer abc')
  t.notMatch(html, '</script><script>alert')
  t.notMatch(html, /<script[^>]+src=|<link[^>]+href="https?:/)
  const [panel = ''] = /(?<=<script>)[^]*?(?=<\/script>)/.exec(html) ?? []
  t.match(panel, 'window.fetch')
  const policy = String(headers['content-security-policy'])
  t.match(policy, /default-src 'none'; script-src 'sha256-[\w+/=]+' 'sha256-[\w+/=]+';/, 'its two scripts run, and nothing else')
  t.match(policy, createHash('sha256').update(panel).digest('base64'))
  const again = await page({ headers: { 'accept-encoding': 'br', 'if-none-match': headers['etag'] } })
  t.equal(again.status, 304)
  t.equal((await page({ headers: { 'accept-encoding': 'br' } })).body, body, 'compressed once')
  t.equal(gunzipSync((await page({ headers: { 'accept-encoding': 'gzip;q=0.5, br;q=0' } })).body).toString(), html)
  t.equal(String((await page({ headers: {} })).body), html)
})

t.test('the endpoint shows it to browsers, without a credential', async (t) => {
  const { endpoint, ask } = compose(sdl, () => ({ json: 'x' }))
  const asked = exchange({ method: 'GET', headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'accept-encoding': 'br' } })
  const { status, headers } = await endpoint.handle(asked, null)
  t.equal(status, 200)
  t.equal(headers['content-type'], 'text/html; charset=utf-8')
  t.notMatch((await ask('{ hello }')).headers['content-type'], /html/)
})

t.test('samples come from files', async (t) => {
  const read = await readSamples(new URL('../../demo/queries', import.meta.url).pathname)
  t.equal(read.length, 3)
  t.match(read[0], /^query MyOrders/)
  t.strictSame(await readSamples('/nowhere'), [])
})
