import t from 'tap'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { compileAsset, type Asset } from '../src/asset.ts'

const page: Asset = { body: Buffer.from('hello '.repeat(100)), type: 'text/html', headers: { 'x-own': 'yes' } }
const asking = (coding: string, more: Record<string, string> = {}) => ({ headers: { 'accept-encoding': coding, ...more } })

/** An asset whose makings end as they are told to, one after the other, the last for good. */
function made(...makings: (() => Promise<Asset>)[]) {
  let count = 0
  const give = compileAsset(async () => {
    const make = makings[Math.min(count, makings.length - 1)]
    count += 1
    return make?.() ?? page
  })
  return { give, made: () => count }
}

t.test('it is made once, and given in the coding that is asked for', async (t) => {
  const { give, made: count } = made(async () => page)
  const [plain, br, gzip] = await Promise.all([give(asking('identity')), give(asking('br')), give(asking('gzip'))])
  t.strictSame(plain.body, page.body)
  t.strictSame([br, gzip].map(({ headers }) => headers['content-encoding']), ['br', 'gzip'])
  t.strictSame([brotliDecompressSync(br.body), gunzipSync(gzip.body)], [page.body, page.body])
  t.match(plain.headers, { 'x-own': 'yes', 'content-type': 'text/html' })
  t.strictSame((await give(asking('br'))).body, br.body)
  t.match(await give(asking('br', { 'if-none-match': String(br.headers['etag']) })), { status: 304, body: '' })
  t.equal(count(), 1)
})

t.test('what could not be made is made again for the next who asks', async (t) => {
  const { give, made: count } = made(() => Promise.reject(new Error('no such file')), async () => page)
  const both = await Promise.allSettled([give(asking('br')), give(asking('identity'))])
  t.strictSame(both.map(({ status }) => status), ['rejected', 'rejected'])
  t.equal(count(), 1, 'those who ask at the same time wait for the same')
  t.strictSame((await give(asking('identity'))).body, page.body)
  await give(asking('br'))
  t.equal(count(), 2)
})

t.test('a body that could not be compressed is compressed again', async (t) => {
  let failing = true
  const as = async (body: Buffer) => body
  const give = compileAsset(async () => page, { br: (body) => failing ? Promise.reject(new Error('no memory')) : as(body), gzip: as, identity: as })
  await t.rejects(give(asking('br')), { message: 'no memory' })
  failing = false
  t.strictSame((await give(asking('br'))).body, page.body)
})
