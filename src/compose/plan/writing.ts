import type { FieldNode } from 'graphql'
import { maskThrown } from '../graphql-error.ts'
import type { Logger } from 'pino'

/** What went wrong at a place of the answer. */
export interface Noted {
  readonly thrown: unknown
  readonly nodes: readonly FieldNode[]
  /** Innermost first, so that each level adds its own step at the end. */
  readonly path: (string | number)[]
}

/** The errors that are met while an answer is written. */
export class Errors {
  readonly #log: Pick<Logger, 'error'>
  noted: Noted[] = []

  constructor(log: Pick<Logger, 'error'>) {
    this.#log = log
  }

  get count(): number {
    return this.noted.length
  }

  /** Notes an error of composition here; undefined says that nothing can be written. */
  fail(thrown: unknown, nodes: readonly FieldNode[]): undefined {
    return this.failRaw(maskThrown(thrown, this.#log), nodes)
  }

  /** Notes an error of the kind that graphql-js makes itself. */
  failRaw(thrown: unknown, nodes: readonly FieldNode[]): undefined {
    this.noted.push({ thrown, nodes, path: [] })
    return undefined
  }

  /** Says of the errors since `count` that they are below this step of the path. */
  below(count: number, step: string | number): void {
    for (let index = count; index < this.noted.length; index++) this.noted[index]?.path.push(step)
  }

  /** Errors since `count`, to be noted again where the same text is written again. */
  since(count: number): readonly Noted[] {
    return this.count === count ? none : this.noted.slice(count).map(copyOf)
  }

  again(noted: readonly Noted[]): void {
    for (const each of noted) this.noted.push(copyOf(each))
  }
}

const none: readonly Noted[] = Object.freeze([])

function copyOf({ thrown, nodes, path }: Noted): Noted {
  return { thrown, nodes, path: [...path] }
}
