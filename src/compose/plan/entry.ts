import type { Data } from '../row.ts'
import type { CallNode } from './plan.ts'
import type { Run } from './run.ts'
import type { Shape } from './shape.ts'
import type { Noted } from './writing.ts'

/** Is told once when an entry has its value, or the error in its place. */
export interface EntryListener {
  settled(entry: Entry): void
}

/** What one call field has for rows with the same input: a value, or the error in its place. */
export class Entry {
  readonly node: CallNode
  /** What of a row the call depends on. */
  readonly input: unknown
  /** The first of the rows. */
  readonly data: Data
  readonly #shape: Shape
  #listener: EntryListener | undefined
  #value: unknown = null
  #error: unknown
  #failed = false
  /** What was written, once it was; the same text serves every row. */
  #text: string | undefined
  #noted: readonly Noted[] = []
  #written = false

  constructor(node: CallNode, shape: Shape, input: unknown, data: Data, listener: EntryListener) {
    this.node = node
    this.input = input
    this.data = data
    this.#shape = shape
    this.#listener = listener
  }

  succeed(value: unknown): void {
    this.#value = value
    this.#settle()
  }

  fail(error: unknown): void {
    this.#failed = true
    this.#error = error
    this.#settle()
  }

  /** Whether `collect` has calls to find. */
  get calls(): boolean {
    return this.#shape.calls
  }

  /** Finds what the value's rows need in their turn, and says whether the value can stand. */
  collect(run: Run): boolean {
    return this.#failed ? !this.#shape.nonNull : this.#shape.collect(this.#value, run)
  }

  /** What has no value yet is not waited for any more, since the answer is null above it. */
  write(run: Run): string | undefined {
    if (this.#listener !== undefined) return 'null'
    if (this.#written) {
      run.errors.again(this.#noted)
      return this.#text
    }
    const before = run.errors.count
    this.#text = this.#failed ? this.#writeError(run) : this.#shape.write(this.#value, run)
    this.#noted = run.errors.since(before)
    this.#written = true
    return this.#text
  }

  #writeError(run: Run): string | undefined {
    run.errors.fail(this.#error, this.node.field.nodes)
    return this.#shape.nonNull ? undefined : 'null'
  }

  #settle(): void {
    const listener = this.#listener
    this.#listener = undefined
    listener?.settled(this)
  }
}
