import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { readParameters } from '../../src/compose/http-request.ts'

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

function heapUsed(): number {
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed
}

t.test('a document that is kept does not keep the URL that it came in', (t) => {
  const read = (number: number) => readParameters({ method: 'GET', query: `?query={ aLongName${number} }&stray=${'x'.repeat(100_000)}`, headers: {} }, null)
  const queryOf = (read: ReturnType<typeof readParameters>) => 'query' in read ? read.query : undefined
  const before = heapUsed()
  const kept = Array.from({ length: 300 }, (_, number) => queryOf(read(number)))
  const grown = heapUsed() - before
  t.equal(kept.at(-1), '{ aLongName299 }')
  t.ok(grown < 10_000_000, `${grown} bytes are held`)
  t.end()
})
