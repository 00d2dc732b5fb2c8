import fc from 'fast-check'
import t from 'tap'
import { substitute } from '../../src/config/substitute.ts'

const variables: Record<string, string> = { HOST: 'example.com', EMPTY: '', TRAP: '${HOST}' }
const files: Record<string, string> = { 'key.txt': 'secret\n', 'two.txt': 'a\n\n', 'windows.txt': 'a\r\n' }
const sources = { variable: (name: string) => variables[name], file: (path: string) => files[path] }

t.test('expressions give way to values', async (t) => {
  const cases: Record<string, string> = {
    'http://${HOST}/x': 'http://example.com/x',
    '${HOST}${HOST}': 'example.comexample.com',
    '${EMPTY}': '',
    '${EMPTY:-there}': 'there',
    '${NONE:-}': '',
    '${NONE:-http://127.0.0.1:4000}': 'http://127.0.0.1:4000',
    '${NONE:-a:-b}': 'a:-b',
    '${file:key.txt}': 'secret',
    '${file:two.txt}': 'a\n',
    '${file:windows.txt}': 'a',
  }
  for (const [text, expected] of Object.entries(cases)) t.match(substitute(text, sources), { text: expected, changed: true }, text)
})

t.test('what is no expression stays', async (t) => {
  for (const text of ['', 'plain', '{identity.subject}', '$HOST', '5$', '$', '}']) {
    t.same(substitute(text, sources), { text, changed: false, secrets: [] }, text)
  }
  t.same(substitute('$${HOST}', sources), { text: '${HOST}', changed: false, secrets: [] })
  t.match(substitute('$${HOST} ${HOST}', sources), { text: '${HOST} example.com', changed: true })
})

t.test('values are not read as expressions', async (t) => {
  t.match(substitute('${TRAP}', sources), { text: '${HOST}', changed: true })
})

t.test('values from outside are secrets, defaults are not', async (t) => {
  t.match(substitute('${HOST}:${PORT:-80}', sources), { text: 'example.com:80', secrets: [{ value: 'example.com', expression: '${HOST}' }] })
})

t.test('what cannot be had is a problem', async (t) => {
  const cases: Record<string, string> = {
    '${NONE}': 'the variable NONE is not set, and "${NONE}" has no default',
    '${HOST': '"${HOST" has a "${" that no "}" closes; a literal "${" is written "$${"',
    '${a b}': '"${a b}" is none of ${NAME}, ${NAME:-default} and ${file:PATH}',
    '${}': '"${}" is none of ${NAME}, ${NAME:-default} and ${file:PATH}',
    '${NONE:-${HOST}}': '"${NONE:-${HOST}" has an expression within an expression',
    '${file:none.txt}': 'the file of "${file:none.txt}" cannot be read',
  }
  for (const [text, problem] of Object.entries(cases)) t.same(substitute(text, sources), { problem }, text)
})

t.test('any value arrives as it is, whatever is around it', async () => {
  const around = fc.string().filter((text) => !text.includes('$') && !text.includes('{'))
  fc.assert(fc.property(around, fc.string(), around, (before, value, after) => {
    const result = substitute(`${before}\${X}${after}`, { variable: () => value, file: () => undefined })
    return 'text' in result && result.changed && result.text === before + value + after
  }))
})

t.test('any text can be written literally', async () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'a', ' ') }), (text) => {
    const result = substitute(text.replaceAll('${', () => '$${'), sources)
    return 'text' in result && !result.changed && result.text === text
  }))
})

t.test('no text makes it throw', async () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', ':', '-', 'A', 'file:') }), (text) => {
    const result = substitute(text, sources)
    return 'text' in result || 'problem' in result
  }))
})
