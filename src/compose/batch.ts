import { SluiceError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import type { Outcome } from './answer.ts'
import { coordinateOf, type Batch, type CallTemplate, type FieldBinding } from './binding.ts'
import type { Calls } from './calls.ts'
import { compileRead, type Read } from './reader.ts'
import { isObject, misfit, Row, valueAt, type Origin } from './row.ts'
import type { Schedule, Waiting } from './schedule.ts'
import { exactText } from './share/exact.ts'

/** A root field whose call takes many keys. */
export interface BatchedField {
  readonly field: FieldBinding
  readonly batch: Batch
  readonly call: CallTemplate
  /** The key that an item of its answer has. */
  readonly readKey: Read
}

/** The parts of a field that is batched, or undefined. */
export function batchedField(field: FieldBinding): BatchedField | undefined {
  if (field.batch === null || field.source.kind !== 'call') return undefined
  const { call } = field.source
  return { field, batch: field.batch, call, readKey: compileRead(field.batch.key, call.naming) }
}

interface Slot {
  readonly rows: Promise<readonly Row[]>
  settle(rows: readonly Row[]): void
  fail(reason: unknown): void
}

/**
 * Keys that go to one root field with the same other arguments. A key is asked for once; it can wait in the queues of
 * several steps, for a step must never wait for a later one.
 */
interface Group {
  readonly target: BatchedField
  readonly arguments: Readonly<Record<string, unknown>>
  readonly slots: Map<string, Slot>
  readonly queues: Map<string, Map<string, unknown>>
  readonly sent: Set<string>
}

interface Parts {
  readonly calls: Calls
  readonly schedule: Schedule
  readonly identity: Identity
}

/** Finds objects by key, many with one call. */
export class Batches {
  readonly #parts: Parts
  readonly #groups = new Map<string, Group>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** All items that have the key; `step` says which keys go out together. Every failure is a rejection. */
  async load(target: BatchedField, args: Readonly<Record<string, unknown>>, key: unknown, step: string): Promise<readonly Row[]> {
    const group = this.#group(target, args)
    const text = keyText(key, target)
    const slot = group.slots.get(text) ?? newSlot()
    group.slots.set(text, slot)
    if (!group.sent.has(text)) {
      const queue = group.queues.get(step) ?? this.#openQueue(group, step)
      queue.set(text, key)
    }
    return slot.rows
  }

  #group(target: BatchedField, args: Readonly<Record<string, unknown>>): Group {
    const others = Object.fromEntries(Object.entries(args).filter(([name]) => name !== target.batch.arg))
    // Arguments that no text tells apart have nobody to share with.
    const name = exactText([coordinateOf(target.field), others])
    const known = name === undefined ? undefined : this.#groups.get(name)
    if (known !== undefined) return known
    const group: Group = { target, arguments: others, slots: new Map(), queues: new Map(), sent: new Set() }
    if (name !== undefined) this.#groups.set(name, group)
    return group
  }

  #openQueue(group: Group, step: string): Map<string, unknown> {
    const queue = new Map<string, unknown>()
    group.queues.set(step, queue)
    const waiting: Waiting = {
      step,
      flush: () => {
        group.queues.delete(step)
        const keys = [...queue].filter(([text]) => !group.sent.has(text))
        for (const [text] of keys) group.sent.add(text)
        void this.#flush(group, keys)
      },
    }
    this.#parts.schedule.add(waiting)
    return queue
  }

  /** Values are handed out when every chunk has ended, so that what comes next is batched whole as well. */
  async #flush(group: Group, keys: readonly (readonly [string, unknown])[]): Promise<void> {
    const { max } = group.target.batch
    const chunks = Array.from({ length: Math.ceil(keys.length / max) }, (_, index) => keys.slice(index * max, (index + 1) * max))
    const handOut = await Promise.all(chunks.map((chunk) => this.#ask(group, chunk)))
    for (const each of handOut) each()
  }

  /** One failed chunk fails only its keys. */
  async #ask(group: Group, chunk: readonly (readonly [string, unknown])[]): Promise<() => void> {
    const slots = (act: (slot: Slot, text: string) => void) => {
      for (const [text] of chunk) {
        const slot = group.slots.get(text)
        if (slot !== undefined) act(slot, text)
      }
    }
    try {
      const found = await this.#find(group, chunk)
      return () => slots((slot, text) => slot.settle(found.get(text) ?? []))
    } catch (thrown) {
      return () => slots((slot) => slot.fail(thrown))
    }
  }

  async #find({ target, arguments: others }: Group, chunk: readonly (readonly [string, unknown])[]): Promise<Map<string, Row[]>> {
    const { batch, call } = target
    const keys = chunk.map(([, key]) => key)
    const sent = this.#parts.calls.send(call, { arguments: { ...others, [batch.arg]: keys }, identity: this.#parts.identity }, batch.arg)
    const outcome = sent === null ? { found: false as const } : await sent
    const origin: Origin = { service: call.service, naming: call.naming }
    const found = new Map<string, Row[]>(chunk.map(([text]) => [text, []]))
    matchItems(target, outcome, (text, item) => void found.get(text)?.push(new Row(item, origin)))
    return found
  }
}

/** Tells of each item of an answer which key it has. Throws SERVICE_ANSWER_INVALID for what is no list of objects. */
export function matchItems(target: BatchedField, outcome: Outcome, found: (text: string, item: object) => void): void {
  if (!outcome.found) return
  const { field, call, readKey } = target
  const items = valueAt(outcome.value, field.from[call.naming])
  if (!Array.isArray(items)) throw misfit(field, call, 'is no list')
  for (const item of items) {
    if (item === null) continue
    if (!isObject(item)) throw misfit(field, call, 'has an item that is no object')
    const key = readKey(item)
    if (isKey(key)) found(String(key), item)
  }
}

export type Key = string | number | boolean

export function isKey(value: unknown): value is Key {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

/** Keys are compared as text: 7 in one answer is "7" in another. */
export function keyText(key: unknown, { field, call }: BatchedField): string {
  if (isKey(key)) return String(key)
  const detail = `A key of ${coordinateOf(field)} is an object or a list, and can't be matched.`
  throw new SluiceError('SERVICE_ANSWER_INVALID', detail, { extensions: { service: call.service } })
}

function newSlot(): Slot {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Row[]>()
  // A key's call may fail when nobody waits for it any more.
  promise.catch(() => undefined)
  return { rows: promise, settle: resolve, fail: reject }
}

/** The one item with a key, or null. Throws KEY_NOT_UNIQUE where there are two. */
export function only<T>(rows: readonly T[], key: unknown, { field, batch, call }: BatchedField): T | null {
  if (rows.length < 2) return rows[0] ?? null
  const detail = `The service "${call.service}" gave ${rows.length} items with the ${batch.key.name} "${String(key)}" for ${coordinateOf(field)}.`
  throw new SluiceError('KEY_NOT_UNIQUE', detail, { extensions: { service: call.service } })
}
