import type { PolicySteps } from './policy.ts'

type Step<K extends keyof PolicySteps> = NonNullable<PolicySteps[K]>

/** What the policies that an exchange has reached do with its answer and at its end, each in reverse. */
export interface Passed {
  readonly answer: readonly Step<'answer'>[]
  readonly body: readonly Step<'body'>[]
  readonly trailers: readonly Step<'trailers'>[]
  readonly done: readonly Step<'done'>[]
}

/** Compiles a route's steps; the function tells what is passed once so many of them were reached. */
export function compilePassed(steps: readonly PolicySteps[]): (reached: number) => Passed {
  const none = passedOf([])
  const some = steps.map((_, index) => passedOf(steps.slice(0, index + 1).toReversed()))
  return (reached) => some[reached - 1] ?? none
}

function passedOf(reversed: readonly PolicySteps[]): Passed {
  const every = <K extends keyof PolicySteps>(kind: K) => reversed.map((steps) => steps[kind]).filter((step) => step !== undefined)
  return { answer: every('answer'), body: every('body'), trailers: every('trailers'), done: every('done') }
}
