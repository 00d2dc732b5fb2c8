import fc from 'fast-check'
import t from 'tap'
import { parseTemplate } from 'url-template'
import { compileExpansion, expandConstant, type Named, type Scalar } from '../../src/compose/expansion.ts'

type Value = Scalar | Scalar[] | undefined

/** Values by name, written by an expression such as `{?a,b*}`. */
function expand(text: string, values: Readonly<Record<string, Value>>): string {
  const [, sign = '', list = ''] = /^\{([./;?&]?)(.*)\}$/.exec(text) ?? []
  const operator = (['.', '/', ';', '?', '&'] as const).find((each) => each === sign) ?? ''
  const variables = list.split(',').map((each): Named => ({ name: each.replace('*', ''), explode: each.endsWith('*') }))
  return compileExpansion(operator, variables)(variables.map(({ name }) => values[name]))
}

t.test('the examples of RFC 6570 section 3.2 for what templates here can say', async () => {
  const values = { var: 'value', hello: 'Hello World!', empty: '', x: 1024, y: 768, list: ['red', 'green', 'blue'], half: '50%', who: 'fred', none: [] }
  const examples = {
    '{var}': 'value', '{hello}': 'Hello%20World%21', '{half}': '50%25', '{empty}': '', '{x,y}': '1024,768', '{x,hello,y}': '1024,Hello%20World%21,768',
    '{x,empty}': '1024,', '{empty,x}': ',1024', '{x,undef}': '1024', '{undef,y}': '768', '{list}': 'red,green,blue', '{list*}': 'red,green,blue',
    '{.who}': '.fred', '{.who,who}': '.fred.fred', '{.half,who}': '.50%25.fred', '{.list}': '.red,green,blue', '{.list*}': '.red.green.blue', '{.none*}': '',
    '{/who}': '/fred', '{/var,empty}': '/value/', '{/var,undef}': '/value', '{/list}': '/red,green,blue', '{/list*}': '/red/green/blue',
    '{;who}': ';who=fred', '{;half}': ';half=50%25', '{;empty}': ';empty', '{;x,y,empty}': ';x=1024;y=768;empty', '{;x,y,undef}': ';x=1024;y=768',
    '{;list}': ';list=red,green,blue', '{;list*}': ';list=red;list=green;list=blue',
    '{?who}': '?who=fred', '{?x,y,empty}': '?x=1024&y=768&empty=', '{?x,y,undef}': '?x=1024&y=768', '{?list}': '?list=red,green,blue',
    '{?list*}': '?list=red&list=green&list=blue', '{&x,y,empty}': '&x=1024&y=768&empty=', '{&list*}': '&list=red&list=green&list=blue',
  }
  for (const [text, expected] of Object.entries(examples)) {
    t.equal(expand(text, values), expected, text)
  }
})

t.test('any values are written as a library of the same standard writes them', async () => {
  const scalar = fc.oneof(fc.string(), fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()), fc.integer(), fc.double({ noNaN: true }), fc.boolean())
  // The library gives an empty item of {;list*} an equals sign, which the standard does not.
  const item = scalar.filter((value) => value !== '')
  const value = fc.oneof(scalar, fc.array(item, { minLength: 1, maxLength: 5 }), fc.constant(undefined))
  const variable = fc.record({ name: fc.constantFrom('a', 'b_c', 'd-e', 'f'), explode: fc.boolean() })
  const variables = fc.uniqueArray(variable, { minLength: 1, maxLength: 4, selector: ({ name }) => name })
  fc.assert(fc.property(fc.constantFrom('', '.', '/', ';', '?', '&'), variables, fc.array(value, { minLength: 4, maxLength: 4 }), (operator, names, values) => {
    const text = `{${operator}${names.map(({ name, explode }) => name + (explode ? '*' : '')).join(',')}}`
    const known: Record<string, Value> = Object.fromEntries(names.map(({ name }, index) => [name, values[index]]))
    const given = Object.fromEntries(Object.entries(known).flatMap(([name, each]) => each === undefined ? [] : [[name, each]]))
    return expand(text, known) === parseTemplate(text).expand(given)
  }), { numRuns: 2000 })
})

t.test('constant text keeps what a URL can have and encodes the rest', async () => {
  t.equal(expandConstant('/a/b;c=1?d=[e]&f=%2F'), '/a/b;c=1?d=[e]&f=%2F')
})
