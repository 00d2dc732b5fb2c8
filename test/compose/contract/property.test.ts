import fc from 'fast-check'
import t from 'tap'
import { answering, problemsOf } from './fixture.ts'

interface Kind {
  gql: string
  schema: object
  /** A schema that the GraphQL type can't take. */
  wrong: object
}

const scalars: readonly Kind[] = [
  { gql: 'String', schema: { type: 'string' }, wrong: { type: 'object' } },
  { gql: 'ID', schema: { type: 'integer' }, wrong: { type: 'boolean' } },
  { gql: 'Int', schema: { type: 'integer', minimum: 0 }, wrong: { type: 'string' } },
  { gql: 'Float', schema: { type: 'number' }, wrong: { type: 'string' } },
  { gql: 'Boolean', schema: { type: 'boolean' }, wrong: { type: 'array', items: {} } },
  { gql: 'Color', schema: { type: 'string', enum: ['red', 'green'] }, wrong: { type: 'string', enum: ['red', 'blue'] } },
]

interface Field {
  kind: Kind | { members: Field[] }
  list: boolean
  nonNull: boolean
  itemNonNull: boolean
  /** How the document writes what is the same: outright, by reference, merged of two, or as one form among several. */
  form: 'plain' | 'ref' | 'allOf' | 'oneOf'
}

const form = fc.constantFrom('plain' as const, 'ref' as const, 'allOf' as const, 'oneOf' as const)
const field = (kind: fc.Arbitrary<Field['kind']>): fc.Arbitrary<Field> => {
  return fc.record({ kind, list: fc.boolean(), nonNull: fc.boolean(), itemNonNull: fc.boolean(), form })
}
const scalar = fc.constantFrom(...scalars)
const membersOf = (kind: fc.Arbitrary<Field['kind']>) => fc.array(field(kind), { minLength: 2, maxLength: 4 })
const inner = membersOf(scalar).map((members) => ({ members }))
const middle = membersOf(fc.oneof(scalar, inner)).map((members) => ({ members }))
const root = membersOf(fc.oneof(scalar, inner, middle))

type Mutation = 'drop' | 'null' | 'optional' | 'type'

/** Writes types and their schema at once; `mutated` is the field that the schema has otherwise. */
class Writer {
  readonly types: string[] = []
  readonly components: Record<string, object> = {}
  /** Every field that was written, by its number. */
  readonly names: string[] = []
  readonly #version: string
  readonly #mutated: number
  readonly #mutation: Mutation

  constructor(version: string, mutated = -1, mutation: Mutation = 'drop') {
    this.#version = version
    this.#mutated = mutated
    this.#mutation = mutation
  }

  object(members: readonly Field[]): { name: string, schema: object } {
    const name = `T${this.types.push('')}`
    const required: string[] = []
    const properties: Record<string, object> = {}
    const lines = members.map((member, index) => {
      const own = `${'abcd'[index]}Field`
      const number = this.names.push(`${name}.${own}`) - 1
      const wrong = number === this.#mutated ? this.#mutationOf(member) : undefined
      const { gql, schema } = this.#value(member, wrong)
      if (wrong !== 'drop') properties[`${'abcd'[index]}_field`] = schema
      if (member.nonNull && wrong !== 'drop' && wrong !== 'optional') required.push(`${'abcd'[index]}_field`)
      return `${own}: ${gql}`
    })
    this.types[Number(name.slice(1)) - 1] = `type ${name} { ${lines.join('  ')} }`
    return { name, schema: { type: 'object', required, properties } }
  }

  /** What may be null already can be neither null nor left out. */
  #mutationOf({ nonNull }: Field): Mutation {
    return nonNull || this.#mutation === 'type' ? this.#mutation : 'drop'
  }

  #value(member: Field, wrong: Mutation | undefined): { gql: string, schema: object } {
    const { kind, list, nonNull, itemNonNull } = member
    const { gql, schema, wrong: misfit } = 'members' in kind ? this.#nested(kind.members) : kind
    const type = list ? `[${gql}${itemNonNull ? '!' : ''}]` : gql
    const one = list ? { type: 'array', items: this.#written(schema, !itemNonNull, member) } : schema
    const right = this.#written(one, !nonNull || wrong === 'null', member)
    return { gql: nonNull ? `${type}!` : type, schema: wrong === 'type' ? list ? { type: 'string' } : misfit : right }
  }

  #nested(members: readonly Field[]): Kind {
    const { name, schema } = this.object(members)
    return { gql: name, schema, wrong: { type: 'string' } }
  }

  #written(schema: object, nullable: boolean, { form: how }: Field): object {
    const whole = how === 'ref' ? this.#referred(schema) : how === 'allOf' ? { allOf: [this.#referred(schema), { description: 'the same' }] } : schema
    const shaped = how === 'oneOf' ? { oneOf: [{ type: 'object', required: ['other'], properties: { other: { type: 'object' } }, additionalProperties: false }, schema] } : whole
    if (!nullable) return how === 'oneOf' && 'properties' in schema ? schema : shaped
    if (this.#version === '3.0.3') return { allOf: [whole], nullable: true }
    return { anyOf: [whole, { type: 'null' }] }
  }

  #referred(schema: object): object {
    const name = `S${Object.keys(this.components).length}`
    this.components[name] = schema
    return { $ref: `#/components/schemas/${name}` }
  }
}

function problemsWith(writer: Writer, members: readonly Field[], version: string): string[] {
  const { name, schema } = writer.object(members)
  const sdl = ['enum Color { red green }', `type Query { x: ${name} @rest(service: "shop", get: "/x")  c: Color @rest(service: "other", get: "/c") }`, ...writer.types].join('\n')
  return problemsOf(sdl, { contract: answering(schema, { components: writer.components, version }), naming: 'snake_case' })
}

const version = fc.constantFrom('3.0.3', '3.1.0')

t.test('what is derived from a type agrees with it', (t) => {
  fc.assert(fc.property(root, version, (members, openapi) => {
    const problems = problemsWith(new Writer(openapi), members, openapi)
    if (problems.length > 0) throw new Error(problems.join('\n'))
  }), { numRuns: 300 })
  t.end()
})

t.test('one thing that is otherwise is one problem, which names the field', (t) => {
  const mutation = fc.constantFrom('drop' as const, 'null' as const, 'optional' as const, 'type' as const)
  fc.assert(fc.property(root, version, fc.nat(), mutation, (members, openapi, pick, how) => {
    const plain = new Writer(openapi)
    plain.object(members)
    const index = pick % plain.names.length
    const problems = problemsWith(new Writer(openapi, index, how), members, openapi)
    const [first = '', second] = problems
    if (second !== undefined || !first.includes(`: ${plain.names[index] ?? ''} `)) throw new Error(`${plain.names[index] ?? ''}, ${how}: ${problems.join('\n')}`)
  }), { numRuns: 500 })
  t.end()
})
