import t from 'tap'
import { bytes, groups } from './groups.ts'
import { readRequest } from './recorder.ts'
import { testGroups } from './test-groups.ts'

testGroups([bytes])

t.test('the oracle is strict', async (t) => {
  const field = (line: string) => `GET /x HTTP/1.1\r\nhost: a\r\n${line}\r\n\r\n`
  t.equal(readRequest(field('x: y'))?.request.path, '/x')
  for (const line of ['x : y', 'x_y: z', 'host: b', ' x: y', 'x: a\rb', 'content-length: +1', 'transfer-encoding: x']) t.throws(() => readRequest(field(line)), line)
  t.throws(() => readRequest('GET /x HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n'))
  t.throws(() => readRequest('POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\n\r\n'))
})

t.test('all groups together have more than a thousand inputs', async (t) => {
  const inputs = groups.flatMap(({ classes, config }) => {
    return Object.values(classes).flat().map((entry) => JSON.stringify([config(''), entry.bytes, entry.ends]))
  })
  t.ok(inputs.length >= 1000, `${inputs.length} inputs`)
  t.same(inputs.filter((input, index) => inputs.indexOf(input) !== index), [], 'none stands twice')
})
