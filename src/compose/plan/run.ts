import type { Logger } from 'pino'
import type { Identity } from '../../identity.ts'
import type { Calls } from '../calls.ts'
import { Entry, type EntryListener } from './entry.ts'
import { Fetcher } from './fetch.ts'
import type { Given } from './given.ts'
import type { CallNode, Plan, PlanField, Step } from './plan.ts'
import type { Data } from '../row.ts'
import type { Member } from './member.ts'
import type { Shape } from './shape.ts'
import type { Growth } from '../growth.ts'
import type { UnbatchedCalls } from '../unbatched-calls.ts'
import { Errors } from './writing.ts'

export interface RunParts {
  readonly calls: Calls
  readonly unbatched: UnbatchedCalls
  readonly growth: Growth
  readonly identity: Identity
  readonly log: Pick<Logger, 'error'>
  /** Aborts when nobody waits for the answer any more, or it may not go on. */
  readonly signal: AbortSignal
}

/** What root fields stand in. */
export const outside: Data = Object.freeze({})

interface Progress {
  /** Entries that have no value yet. */
  open: number
  /** Steps before it that have not ended. */
  before: number
  ended: boolean
}

/** One execution of a plan's root fields, or of one of them: rows are found, calls made, and the answer written. */
export class Run implements EntryListener {
  readonly errors: Errors
  readonly refusals: Given['refusals']
  readonly #growth: Growth
  readonly #plan: Plan
  readonly #given: Given
  readonly #fetcher: Fetcher
  readonly #entries: Map<unknown, Entry>[]
  /** Entries that `collect` found, and that are not begun yet. */
  #wanted: Entry[] = []
  readonly #progress: Progress[]
  readonly #ended = Promise.withResolvers<void>()
  #left: number
  #over = false

  constructor(plan: Plan, given: Given, parts: RunParts) {
    this.#plan = plan
    this.#given = given
    this.#growth = parts.growth
    this.refusals = given.refusals
    this.errors = new Errors(parts.log)
    this.#fetcher = new Fetcher(given.arguments, parts)
    this.#entries = plan.nodes.map(() => new Map<unknown, Entry>())
    this.#progress = plan.steps.map(({ after }) => ({ open: 0, before: after.size, ended: false }))
    this.#left = plan.steps.length
  }

  /** Makes every call that these root fields need, and those that follow from them. */
  async gather(roots: readonly Member[]): Promise<void> {
    for (const member of roots) member.collect(outside, this)
    this.#begin()
    this.#advance(this.#plan.steps.filter(({ after }) => after.size === 0))
    if (!this.#over) await this.#ended.promise
  }

  longest({ index }: PlanField): number | null {
    return this.#given.longest[index] ?? null
  }

  /** The entry of a row; one that is doomed, or that nobody looked at before the answer was null, has none. */
  entry({ index }: CallNode, input: unknown): Entry | undefined {
    return this.#entries[index]?.get(input)
  }

  /** Takes note of how long a part of the answer has become. Throws OPERATION_TOO_LARGE. */
  grow(characters: number): void {
    this.#growth.check(characters, this.errors.count)
  }

  /** How many entries wait to be begun. */
  get wanted(): number {
    return this.#wanted.length
  }

  /** Notes a row that needs a call; rows with the same input have one entry. */
  want(node: CallNode, shape: Shape, input: unknown, data: Data): void {
    const entries = this.#entries[node.index]
    if (entries === undefined || entries.has(input)) return
    const entry = new Entry(node, shape, input, data, this)
    entries.set(input, entry)
    this.#wanted.push(entry)
  }

  /** Forgets what was noted since there were `wanted`, for the answer is null above it. */
  forget(wanted: number): void {
    for (const { node, input } of this.#wanted.splice(wanted)) this.#entries[node.index]?.delete(input)
  }

  /** All entries count before the first is fetched, for one that needs no call ends at once. */
  #begin(): void {
    const begun = this.#wanted
    if (this.#over || begun.length === 0) return
    this.#wanted = []
    for (const { node: { step } } of begun) this.#progressOf(step).open += 1
    for (const entry of begun) this.#fetcher.fetch(entry)
  }

  /** An entry has its value: what that needs begins, and its step may have ended. */
  settled(entry: Entry): void {
    const { calls, node: { step, parent } } = entry
    // Nothing that is still on its way can change an answer that is null as a whole.
    if ((calls || parent === null) && !entry.collect(this) && parent === null) return this.#end()
    this.#begin()
    const progress = this.#progressOf(step)
    progress.open -= 1
    if (progress.open === 0) this.#advance([step])
  }

  /** Ends steps that have nothing left to wait for, and sends the keys of those whose turn has come. */
  #advance(steps: readonly Step[]): void {
    if (this.#over) return
    const ready: Step[] = []
    const look = [...steps]
    for (let step = look.pop(); step !== undefined; step = look.pop()) {
      const progress = this.#progressOf(step)
      if (progress.before > 0 || progress.ended) continue
      if (progress.open > 0) {
        ready.push(step)
        continue
      }
      progress.ended = true
      this.#left -= 1
      for (const follower of step.followers) {
        this.#progressOf(follower).before -= 1
        look.push(follower)
      }
    }
    for (const step of ready) this.#fetcher.flush(step)
    if (this.#left === 0) this.#end()
  }

  #progressOf({ index }: Step): Progress {
    const progress = this.#progress[index]
    if (progress === undefined) throw new Error('a step is of another plan')
    return progress
  }

  #end(): void {
    this.#over = true
    this.#ended.resolve()
  }
}
