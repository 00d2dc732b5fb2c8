import { GraphQLError } from 'graphql'
import type { Logger } from 'pino'
import type { Clock } from '../../clock.ts'
import { isErrorCode, SluiceError } from '../../errors.ts'
import type { Identity } from '../../identity.ts'
import { coordinateOf, type FieldBinding } from '../binding.ts'
import type { Calls } from '../calls.ts'
import { maskThrown } from '../graphql-error.ts'
import type { Row } from '../row.ts'
import type { Schedule } from '../schedule.ts'
import type { Parents } from './parent.ts'
import type { CodeResolver } from './resolver.ts'
import { RunTime } from './run-time.ts'
import { servicesFor } from './services.ts'

export interface CodeParts {
  readonly calls: Calls
  readonly identity: Identity
  readonly signal: AbortSignal
  /** Names of the services. */
  readonly services: readonly string[]
  readonly schedule: Schedule
  readonly log: Pick<Logger, 'error'>
  readonly clock: Clock
  /** For how long one run may go on, in ms. */
  readonly longest: number
}

/** A field that code resolves, for one row. */
export interface Asked {
  readonly field: FieldBinding
  readonly code: CodeResolver
  readonly parents: Parents
  readonly row: Row | undefined
  readonly arguments: Readonly<Record<string, unknown>>
  /** The field's place in the operation: its rows are loaded together. */
  readonly node: string
}

type Slots = Map<Row | undefined, Slot>

/** Runs the code of one operation. */
export class CodeRuns {
  readonly #parts: CodeParts
  readonly #waiting = new Map<string, Slots>()
  /** Rejects when the client leaves: code that doesn't heed the signal holds nothing up. */
  readonly #left = Promise.withResolvers<never>()

  constructor(parts: CodeParts) {
    this.#parts = parts
    this.#left.promise.catch(() => undefined)
    const leave = () => this.#left.reject(new SluiceError('CLIENT_GONE', 'The client left before the field had its value.'))
    if (parts.signal.aborted) leave()
    else parts.signal.addEventListener('abort', leave, { once: true })
  }

  /** The value of a field. Rejects with a coded error where the code threw one, else with what it threw. */
  async resolve(asked: Asked): Promise<unknown> {
    const { code, parents, row } = asked
    if (code.max !== null) return this.#slot(asked, code.max).promise
    return this.#run(asked, { parent: parents.show(code.type, row) })
  }

  #slot(asked: Asked, max: number): Slot {
    const slots = this.#waiting.get(asked.node) ?? this.#open(asked, max)
    const slot = slots.get(asked.row) ?? Promise.withResolvers<unknown>()
    // A row's value may fail when nobody waits for it any more.
    slot.promise.catch(() => undefined)
    slots.set(asked.row, slot)
    return slot
  }

  #open(asked: Asked, max: number): Slots {
    const slots: Slots = new Map()
    this.#waiting.set(asked.node, slots)
    const flush = () => {
      this.#waiting.delete(asked.node)
      void this.#flush(asked, [...slots], max)
    }
    this.#parts.schedule.add({ step: asked.node, flush })
    return slots
  }

  /** Values are handed out when every chunk has ended, so that what comes next is batched whole as well. */
  async #flush(asked: Asked, waiting: readonly (readonly [Row | undefined, Slot])[], max: number): Promise<void> {
    const chunks = Array.from({ length: Math.ceil(waiting.length / max) }, (_, index) => waiting.slice(index * max, (index + 1) * max))
    const loaded = await Promise.allSettled(chunks.map((chunk) => this.#load(asked, chunk.map(([row]) => row))))
    for (const [index, result] of loaded.entries()) {
      const slots = (chunks[index] ?? []).map(([, slot]) => slot)
      if (result.status === 'fulfilled') settle(slots, result.value)
      else failAll(slots, maskThrown(result.reason, this.#parts.log))
    }
  }

  async #load(asked: Asked, rows: readonly (Row | undefined)[]): Promise<readonly unknown[]> {
    const { field, code, parents } = asked
    const values = await this.#run(asked, { parents: rows.map((row) => parents.show(code.type, row)) })
    // A list of the code's own making may fail where it is read.
    if (isList(values) && values.length === rows.length) return [...values]
    throw new Error(`"load" of ${coordinateOf(field)} must give one value for each of the ${rows.length} parents`)
  }

  async #run({ field, code, arguments: args }: Asked, about: object): Promise<unknown> {
    const { calls, identity, signal, services, log, clock, longest } = this.#parts
    const coordinate = coordinateOf(field)
    const allowance = { coordinate, writes: field.parent === 'Mutation', most: code.calls, made: 0 }
    const time = new RunTime(clock, longest, tooLong(coordinate), signal)
    try {
      const value = code.run({
        ...about, args, identity, services: servicesFor(services, calls, identity, allowance),
        get signal() {
          return time.signal
        },
      })
      return await Promise.race([whole(value, log), this.#left.promise, time.over])
    } catch (thrown) {
      throw codedError(thrown)
    } finally {
      time.end()
    }
  }
}

function tooLong(coordinate: string): () => SluiceError {
  return () => new SluiceError('RESOLVER_TIMEOUT', `The resolver of ${coordinate} did not end in time.`)
}

/** What is given, once it is there. Items may be promises as well: each fails alone, and none without anybody to see it. */
async function whole(given: unknown, log: CodeParts['log']): Promise<unknown> {
  const value = await given
  if (!isList(value)) return value
  const items = await Promise.allSettled(value)
  return items.map((item) => item.status === 'fulfilled' ? item.value : maskThrown(codedError(item.reason), log))
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

type Slot = PromiseWithResolvers<unknown>

function settle(slots: readonly Slot[], values: readonly unknown[]): void {
  for (const [index, slot] of slots.entries()) {
    const value = values[index]
    if (value instanceof Error) slot.reject(codedError(value))
    else slot.resolve(value)
  }
}

/** What failed for many parents is logged once. */
function failAll(slots: readonly Slot[], error: GraphQLError): void {
  for (const slot of slots) slot.reject(error)
}

/** An error of GraphQL with one of our codes is meant for clients; any other is a mistake of the program. */
function codedError(thrown: unknown): unknown {
  if (!(thrown instanceof GraphQLError)) return thrown
  const { code, ...extensions } = thrown.extensions
  if (isErrorCode(code)) return new SluiceError(code, thrown.message, { extensions })
  return new Error(thrown.message, { cause: thrown })
}
