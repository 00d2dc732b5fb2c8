import type { CallNode } from './plan.ts'
import type { Data } from './reader.ts'
import type { Run } from './run.ts'
import type { Shape } from './shape.ts'
import type { Noted } from './writing.ts'

/** What one call field has for rows with the same input: a value, or the error in its place. */
export class Entry {
  readonly node: CallNode
  readonly #shape: Shape
  /** The first of the rows. */
  readonly data: Data
  #value: unknown = null
  #error: unknown
  #failed = false
  #settled: (() => void) | undefined
  /** What was written, once it was; the same text serves every row. */
  #text: string | undefined
  #noted: readonly Noted[] = []
  #written = false

  constructor(node: CallNode, shape: Shape, data: Data, settled: () => void) {
    this.node = node
    this.#shape = shape
    this.data = data
    this.#settled = settled
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

  /** Finds what the value's rows need in their turn, and says whether the value can stand. */
  collect(run: Run): boolean {
    return this.#failed ? !this.#shape.nonNull : this.#shape.collect(this.#value, run)
  }

  /** What has no value yet is not waited for any more, since the answer is null above it. */
  write(run: Run): string | undefined {
    if (this.#settled !== undefined) return 'null'
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
    const settled = this.#settled
    this.#settled = undefined
    settled?.()
  }
}
