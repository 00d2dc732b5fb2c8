import { GraphQLError, type GraphQLLeafType } from 'graphql'
import { checkLength, isObject, misfit, type Data, type Origin } from '../row.ts'
import { typeNameOf, type TypeRule } from '../type-rule.ts'
import { compileLeaf, type WriteLeaf } from './leaf.ts'
import { writeMembers, type Member } from './member.ts'
import type { PlanField } from './plan.ts'
import type { Run } from './run.ts'

/**
 * What is written of a value. `write` gives JSON, or undefined where nothing can stand, which it has noted; `collect`
 * finds the calls that the value's rows need, and says whether the value can stand, as far as that can be told.
 */
export abstract class Shape {
  readonly field: PlanField
  readonly nonNull: boolean
  /** Whether there are calls below. */
  readonly calls: boolean

  constructor(field: PlanField, nonNull: boolean, calls: boolean) {
    this.field = field
    this.nonNull = nonNull
    this.calls = calls
  }

  protected abstract text(value: unknown, run: Run): string | undefined
  protected abstract find(value: unknown, run: Run): boolean

  /** JSON of the value; undefined where null has to travel up. */
  write(value: unknown, run: Run): string | undefined {
    if (value === null || value === undefined) {
      return this.nonNull ? run.errors.failRaw(nullError(this.field), this.field.nodes) : 'null'
    }
    return this.text(value, run) ?? (this.nonNull ? undefined : 'null')
  }

  /** False where null will travel up. What is doomed asks for nothing. */
  collect(value: unknown, run: Run): boolean {
    if (value === null || value === undefined) return !this.nonNull
    const before = run.wanted
    if (this.find(value, run)) return true
    run.forget(before)
    return !this.nonNull
  }
}

function nullError({ binding: { parent, name } }: PlanField): GraphQLError {
  return new GraphQLError(`Cannot return null for non-nullable field ${parent}.${name}.`)
}

export class LeafShape extends Shape {
  readonly #write: WriteLeaf

  constructor(field: PlanField, nonNull: boolean, type: GraphQLLeafType) {
    super(field, nonNull, false)
    this.#write = compileLeaf(type)
  }

  protected text(value: unknown, run: Run): string | undefined {
    try {
      return this.#write(value)
    } catch (thrown) {
      return run.errors.failRaw(thrown, this.field.nodes)
    }
  }

  protected find(value: unknown): boolean {
    return !(value instanceof Failed)
  }
}

/** An item of a list that failed alone. */
export class Failed {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

export class ListShape extends Shape {
  readonly #item: Shape
  readonly #origin: Origin
  /** Whether the field's bound is this list's; of nested ones it is the outermost's. */
  readonly #outermost: boolean

  constructor(field: PlanField, nonNull: boolean, item: Shape, origin: Origin, outermost: boolean) {
    super(field, nonNull, item.calls)
    this.#item = item
    this.#origin = origin
    this.#outermost = outermost
  }

  protected text(value: unknown, run: Run): string | undefined {
    const problem = this.#problem(value, run)
    if (problem !== undefined || !Array.isArray(value)) return run.errors.fail(problem, this.field.nodes)
    let text = ''
    for (let index = 0; index < value.length; index++) {
      const before = run.errors.count
      const item: unknown = value[index]
      const written = item instanceof Failed ? this.#failed(item, run) : this.#item.write(item, run)
      if (run.errors.count > before) run.errors.below(before, index)
      if (written === undefined) return undefined
      text += index === 0 ? written : `,${written}`
      run.grow(text.length)
    }
    return `[${text}]`
  }

  #failed({ error }: Failed, run: Run): string | undefined {
    run.errors.fail(error, this.field.nodes)
    return this.#item.nonNull ? undefined : 'null'
  }

  protected find(value: unknown, run: Run): boolean {
    if (!Array.isArray(value) || this.#problem(value, run) !== undefined) return false
    if (!this.#item.calls && !this.#item.nonNull) return true
    for (const item of value) {
      const stands = item instanceof Failed ? !this.#item.nonNull : this.#item.collect(item, run)
      if (!stands) return false
    }
    return true
  }

  #problem(value: unknown, run: Run): unknown {
    if (!Array.isArray(value)) return misfit(this.field.binding, this.#origin, 'is no list')
    const longest = this.#outermost ? run.longest(this.field) : null
    if (longest === null || value.length <= longest) return undefined
    return caught(() => checkLength(value, this.field.binding, this.#origin, longest))
  }
}

function caught(act: () => void): unknown {
  try {
    return act()
  } catch (thrown) {
    return thrown
  }
}

export class ObjectShape extends Shape {
  readonly members: readonly Member[]
  readonly #mattering: readonly Member[]
  readonly #origin: Origin

  constructor(field: PlanField, nonNull: boolean, members: readonly Member[], calls: boolean, origin: Origin) {
    super(field, nonNull, calls)
    this.members = members
    this.#mattering = members.filter(({ matters }) => matters)
    this.#origin = origin
  }

  protected text(value: unknown, run: Run): string | undefined {
    if (!isObject(value)) return run.errors.fail(misfit(this.field.binding, this.#origin, 'is no object'), this.field.nodes)
    const text = writeMembers(this.members, value, run)
    return text === undefined ? undefined : `{${text}}`
  }

  protected find(value: unknown, run: Run): boolean {
    if (!isObject(value)) return false
    for (const member of this.#mattering) if (!member.collect(value, run)) return false
    return true
  }
}

/** An interface or a union: the answer says which of the types it is. */
export class AbstractShape extends Shape {
  readonly #types: ReadonlyMap<string, ObjectShape>
  readonly #rule: TypeRule
  readonly #origin: Origin

  constructor(field: PlanField, nonNull: boolean, types: ReadonlyMap<string, ObjectShape>, rule: TypeRule, origin: Origin) {
    super(field, nonNull, [...types.values()].some(({ calls }) => calls))
    this.#types = types
    this.#rule = rule
    this.#origin = origin
  }

  protected text(value: unknown, run: Run): string | undefined {
    const { nodes, binding } = this.field
    if (!isObject(value)) return run.errors.fail(misfit(binding, this.#origin, 'is no object'), nodes)
    const shape = this.#shapeOf(value)
    return shape === undefined ? run.errors.failRaw(new GraphQLError('The type is not known.'), nodes) : shape.write(value, run)
  }

  protected find(value: unknown, run: Run): boolean {
    return isObject(value) && this.#shapeOf(value)?.collect(value, run) === true
  }

  #shapeOf(value: Data): ObjectShape | undefined {
    const name = typeNameOf(value, this.#rule, this.#origin.naming)
    return name === undefined ? undefined : this.#types.get(name)
  }
}
