import type { CallNode } from './plan.ts'
import type { Read } from '../reader.ts'
import type { Data } from '../row.ts'
import type { Run } from './run.ts'
import type { Shape } from './shape.ts'

/** One name of an object's answer. */
export abstract class Member {
  readonly key: string
  /** As it stands in JSON, with its colon, and after other members with a comma before it. */
  readonly label: string
  readonly further: string
  /** Whether there are calls at it or below. */
  abstract readonly calls: boolean
  /** Whether `collect` has to look at it. */
  abstract readonly matters: boolean

  constructor(key: string) {
    this.key = key
    this.label = `${JSON.stringify(key)}:`
    this.further = `,${this.label}`
  }

  abstract write(data: Data, run: Run): string | undefined
  abstract collect(data: Data, run: Run): boolean
}

/** JSON of an object's members without its braces; undefined where null has to travel up. */
export function writeMembers(members: readonly Member[], data: Data, run: Run): string | undefined {
  let text = ''
  for (const member of members) {
    const before = run.errors.count
    const written = member.write(data, run)
    if (run.errors.count > before) run.errors.below(before, member.key)
    if (written === undefined) return undefined
    text += (text === '' ? member.label : member.further) + written
    run.grow(text.length)
  }
  return text
}

/** The name of the object's type, which is known when the plan is made. */
export class TypenameMember extends Member {
  readonly calls = false
  readonly matters = false
  readonly #text: string

  constructor(key: string, type: string) {
    super(key)
    this.#text = JSON.stringify(type)
  }

  write(): string {
    return this.#text
  }

  collect(): boolean {
    return true
  }
}

/** A field that is read from the object itself. */
export class DataMember extends Member {
  readonly calls: boolean
  readonly matters: boolean
  readonly #shape: Shape
  readonly #read: Read

  constructor(key: string, shape: Shape, read: Read) {
    super(key)
    this.calls = shape.calls
    this.matters = shape.calls || shape.nonNull
    this.#shape = shape
    this.#read = read
  }

  write(data: Data, run: Run): string | undefined {
    const { field, nonNull } = this.#shape
    const refusal = run.refusals[field.index]
    if (refusal === undefined) return this.#shape.write(this.#read(data), run)
    run.errors.failRaw(refusal, field.nodes)
    return nonNull ? undefined : 'null'
  }

  collect(data: Data, run: Run): boolean {
    const { field, nonNull } = this.#shape
    if (run.refusals[field.index] !== undefined) return !nonNull
    return this.#shape.collect(this.#read(data), run)
  }
}

/** A field that calls; its values are those of its node's entries. */
export class CallMember extends Member {
  readonly calls = true
  readonly matters = true
  readonly #node: CallNode
  readonly #shape: Shape
  /** What of a row the call depends on. */
  readonly #input: Read

  constructor(key: string, node: CallNode, shape: Shape, input: Read) {
    super(key)
    this.#node = node
    this.#shape = shape
    this.#input = input
  }

  write(data: Data, run: Run): string | undefined {
    const { field, nonNull } = this.#shape
    const refusal = run.refusals[field.index]
    // Where nothing was asked for, the answer is null above, and what made it so says why.
    if (refusal === undefined) {
      const entry = run.entry(this.#node, this.#input(data))
      return entry === undefined ? 'null' : entry.write(run)
    }
    run.errors.failRaw(refusal, field.nodes)
    return nonNull ? undefined : 'null'
  }

  collect(data: Data, run: Run): boolean {
    const { field, nonNull } = this.#shape
    if (run.refusals[field.index] !== undefined) return !nonNull
    run.want(this.#node, this.#shape, this.#input(data), data)
    return true
  }
}
