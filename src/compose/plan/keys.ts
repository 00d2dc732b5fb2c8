import { coordinateOf, type FieldBinding, type KeyMode } from '../binding.ts'
import { keyText, matchItems, only, type BatchedField } from '../batch.ts'
import type { Entry } from './entry.ts'
import type { Step } from './plan.ts'
import type { RunParts } from './run.ts'
import { Failed } from './shape.ts'

/** An entry that takes its value from what one root field finds by key. */
export interface Want {
  readonly entry: Entry
  readonly target: BatchedField
  /** The root field's arguments; that of the batch is left out of account. */
  readonly arguments: Readonly<Record<string, unknown>>
  readonly mode: KeyMode
  readonly keys: readonly unknown[]
}

/** What became of a key. */
type Found = { readonly items: readonly object[] } | { readonly error: unknown }

/** Keys of one root field with the same other arguments. A key is asked for once in a run. */
interface Group {
  readonly target: BatchedField
  readonly arguments: Readonly<Record<string, unknown>>
  readonly sent: Set<string>
  readonly found: Map<string, Found>
  readonly waiting: Map<string, (() => void)[]>
}

type Queue = Map<Group, Map<string, unknown>>

/** Finds objects by key: keys are collected by step, asked for once, and sent in chunks. */
export class Keys {
  readonly #parts: RunParts
  readonly #groups = new Map<string, Group>()
  /** Those without other arguments. */
  readonly #plain = new Map<FieldBinding, Group>()
  readonly #queues = new Map<Step, Queue>()

  constructor(parts: RunParts) {
    this.#parts = parts
  }

  /** Settles the entry when all of its keys are found. A key that can't be compared fails the entry, or its own item. */
  want(want: Want, step: Step): void {
    const group = this.#group(want)
    let open = 1
    const found = () => {
      open -= 1
      if (open === 0) assemble(want, group)
    }
    for (const key of want.keys) {
      const text = textOf(key, want)
      if (text === null || group.found.has(text)) continue
      open += 1
      const waiting = group.waiting.get(text)
      if (waiting === undefined) group.waiting.set(text, [found])
      else waiting.push(found)
      if (!group.sent.has(text)) this.#queue(step, group).set(text, key)
    }
    found()
  }

  /** Sends what waits for a step; several groups, and several chunks, at once. */
  flush(step: Step): void {
    const queue = this.#queues.get(step)
    this.#queues.delete(step)
    for (const [group, keys] of queue ?? []) void this.#send(group, [...keys].filter(([text]) => !group.sent.has(text)))
  }

  #group({ target, arguments: args }: Want): Group {
    const others = othersOf(args, target.batch.arg)
    if (others === none) return findOr(this.#plain, target.field, () => newGroup(target, none))
    const name = `${coordinateOf(target.field)} ${JSON.stringify(others)}`
    return findOr(this.#groups, name, () => newGroup(target, others))
  }

  #queue(step: Step, group: Group): Map<string, unknown> {
    const queue = findOr(this.#queues, step, (): Queue => new Map())
    return findOr(queue, group, () => new Map<string, unknown>())
  }

  /** Values are handed out when every chunk has ended, so that what comes next is batched whole as well. */
  async #send(group: Group, keys: readonly (readonly [string, unknown])[]): Promise<void> {
    const { max } = group.target.batch
    for (const [text] of keys) group.sent.add(text)
    const chunks = Array.from({ length: Math.ceil(keys.length / max) }, (_, index) => keys.slice(index * max, (index + 1) * max))
    await Promise.all(chunks.map((chunk) => this.#ask(group, chunk)))
    const told = keys.flatMap(([text]) => {
      const waiting = group.waiting.get(text) ?? []
      group.waiting.delete(text)
      return waiting
    })
    for (const tell of told) tell()
  }

  /** One failed chunk fails only its keys. */
  async #ask({ target, arguments: others, found }: Group, chunk: readonly (readonly [string, unknown])[]): Promise<void> {
    const texts = chunk.map(([text]) => text)
    try {
      const args = { ...others, [target.batch.arg]: chunk.map(([, key]) => key) }
      const sent = this.#parts.calls.send(target.call, { arguments: args, identity: this.#parts.identity }, target.batch.arg)
      const items = matchItems(target, sent === null ? { found: false } : await sent, texts)
      for (const text of texts) found.set(text, { items: items.get(text) ?? [] })
    } catch (error) {
      for (const text of texts) found.set(text, { error })
    }
  }
}

function newGroup(target: BatchedField, others: Group['arguments']): Group {
  return { target, arguments: others, sent: new Set(), found: new Map(), waiting: new Map() }
}

function findOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

const none: Readonly<Record<string, unknown>> = Object.freeze({})

/** The arguments beside the keys; mostly there are none. */
function othersOf(args: Readonly<Record<string, unknown>>, keys: string): Readonly<Record<string, unknown>> {
  for (const name in args) if (name !== keys) return Object.fromEntries(Object.entries(args).filter(([other]) => other !== keys))
  return none
}

/** A null key asks for nothing. Of a list of keys, one that can't be compared fails alone. */
function textOf(key: unknown, { target, mode }: Want): string | null {
  if (key === null || key === undefined) return null
  if (mode !== 'each') return keyText(key, target)
  try {
    return keyText(key, target)
  } catch {
    return null
  }
}

function assemble({ entry, target, mode, keys }: Want, group: Group): void {
  const found = (key: unknown): readonly object[] => {
    const result = group.found.get(keyText(key, target))
    if (result === undefined) return []
    if ('error' in result) throw result.error
    return result.items
  }
  try {
    if (mode === 'one') entry.succeed(only(found(keys[0]), keys[0], target))
    else if (mode === 'many') entry.succeed(keys.flatMap((key) => found(key)))
    else entry.succeed(keys.map((key) => alone(key, () => only(found(key), key, target))))
  } catch (thrown) {
    entry.fail(thrown)
  }
}

/** One object of a list; each fails alone. */
function alone(key: unknown, find: () => object | null): unknown {
  if (key === null || key === undefined) return null
  try {
    return find()
  } catch (thrown) {
    return new Failed(thrown)
  }
}
