import t from 'tap'
import fc from 'fast-check'
import { SluiceError } from '../../src/errors.ts'
import { readPath } from '../../src/match/path.ts'

t.test('plain targets are read once', async (t) => {
  t.same(readPath('/'), { path: '/', query: '', segments: [] })
  t.same(readPath('/a/b?x=/../%2f'), { path: '/a/b', query: '?x=/../%2f', segments: ['a', 'b'] })
  t.same(readPath('/a/'), { path: '/a/', query: '', segments: ['a', ''] })
  t.match(readPath('/caf%C3%A9/%61'), { path: '/caf%C3%A9/%61', segments: ['café', 'a'] })
  t.match(readPath('/50%25off'), { segments: ['50%off'] })
  t.match(readPath('/a.b/...'), { segments: ['a.b', '...'] })
})

const disguises = [
  '*', 'a', 'http://host/a', '//', '//a', '/a//b', '/./a', '/a/.', '/a/..', '/../a', '/%2e/a', '/%2E%2e/a', '/.%2e/a',
  '/%252e/a', '/%25252e%25252e/a', '/a\\b', '/a%5cb', '/a%5Cb', '/a%2fb', '/a%2Fb', '/a%252fb', '/a%00', '/a%2500', '/a%0d%0ab',
  '/a%7f', '/..;/a', '/..;x=1/a', '/.;/a', '/%2e%2e;/a', '/a%', '/a%1', '/a%zz', '/a%ff', '/a%c3', '/%c0%ae%c0%ae/a',
  '/a%ed%a0%80', '/a#b', '/a b', '/a\u00e9', '/a<b', '/a"b', '/a{b', '/a|b', '/a?b#c', '/a?b c', '/a?\u00e9',
]
for (const target of disguises) {
  t.test(`refuses ${JSON.stringify(target)}`, async (t) => {
    const read = readPath(target)
    t.ok(read instanceof SluiceError)
    t.equal((read as SluiceError).code, 'PATH_NOT_PLAIN')
  })
}

t.test('no accepted path changes under another round of decoding or normalising', async (t) => {
  const piece = fc.constantFrom('.', '..', '/', '\\', '%2e', '%2f', '%25', '%5c', ';', 'a', 'admin', '%61', '%00', '?', '%C3%A9')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const read = readPath(`/${pieces.join('')}`)
      if (read instanceof SluiceError) return
      const { pathname } = new URL(read.path, 'http://host')
      t.equal(pathname, read.path, 'a URL parser leaves it alone', { silent: true })
      for (const segment of read.segments) {
        if (/^(\.|\.\.)(;|$)|[/\\\0]/.test(segment)) throw new Error(`disguise in ${read.path}`)
      }
    }),
    { numRuns: 2000 },
  )
})
