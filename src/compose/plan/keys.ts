import { keyText, matchItems, type BatchedField } from '../batch.ts'
import type { FieldBinding, KeyMode } from '../binding.ts'
import { exactText } from '../share/exact.ts'
import type { Entry } from './entry.ts'
import { Key } from './key.ts'
import type { Step } from './plan.ts'
import type { RunParts } from './run.ts'
import { Failed } from './shape.ts'
import { Want } from './want.ts'

type Arguments = Readonly<Record<string, unknown>>

/** Keys of one root field with the same other arguments, by their text. */
interface Group {
  readonly target: BatchedField
  readonly arguments: Arguments
  readonly keys: Map<string, Key>
}

/** Finds objects by key: keys are collected by step, asked for once, and sent in chunks. */
export class Keys {
  readonly #parts: RunParts
  /** By root field, and the text of the other arguments. */
  readonly #groups = new Map<FieldBinding, Map<string, Group>>()
  /** What waits for each step; a key can wait for several. */
  readonly #queues = new Map<Step, Map<Group, Set<Key>>>()

  constructor(parts: RunParts) {
    this.#parts = parts
  }

  /**
   * Settles the entry when all of its keys are found; `args` are the root field's, of which that of the keys counts for
   * nothing. A key that can't be compared is thrown, or fails its own item where there is one for each.
   */
  want(entry: Entry, target: BatchedField, args: Arguments, mode: KeyMode, keys: readonly unknown[]): void {
    const { step } = entry.node
    const group = this.#group(target, args)
    const wanted = mode === 'each' ? keys.map((key) => this.#alone(group, key, step)) : keys.map((key) => this.#key(group, key, step))
    new Want(entry, target, mode, wanted).begin()
  }

  /** The same for a single key. */
  wantOne(entry: Entry, target: BatchedField, args: Arguments, mode: 'one' | 'many', key: unknown): void {
    new Want(entry, target, mode, [this.#key(this.#group(target, args), key, entry.node.step)]).begin()
  }

  /** Sends what waits for a step; several groups, and several chunks, at once. */
  flush(step: Step): void {
    const queue = this.#queues.get(step)
    if (queue === undefined) return
    this.#queues.delete(step)
    for (const [group, keys] of queue) {
      const unsent = [...keys].filter(({ chunk }) => chunk === undefined)
      // What went out with another step is not asked for again, and a call without keys could mean all there is.
      if (unsent.length > 0) void this.#send(group, unsent)
    }
  }

  /** The key with this value, in the queue where it was not sent yet; null asks for nothing. */
  #key(group: Group, value: unknown, step: Step): Key | null {
    if (value === null || value === undefined) return null
    const text = keyText(value, group.target)
    let key = group.keys.get(text)
    if (key === undefined) {
      key = new Key(text, value)
      group.keys.set(text, key)
    }
    if (key.chunk === undefined) this.#queue(step, group).add(key)
    return key
  }

  #alone(group: Group, value: unknown, step: Step): Key | Failed | null {
    try {
      return this.#key(group, value, step)
    } catch (thrown) {
      return new Failed(thrown)
    }
  }

  #group(target: BatchedField, args: Arguments): Group {
    const others = othersOf(args, target.batch.arg)
    const name = others === none ? '' : exactText([others])
    const make = (): Group => ({ target, arguments: others, keys: new Map() })
    // Arguments that no text tells apart have nobody to share with.
    return name === undefined ? make() : findOr(findOr(this.#groups, target.field, () => new Map<string, Group>()), name, make)
  }

  #queue(step: Step, group: Group): Set<Key> {
    const queue = findOr(this.#queues, step, () => new Map<Group, Set<Key>>())
    return findOr(queue, group, () => new Set<Key>())
  }

  /** Values are handed out when every chunk has ended, so that what comes next is batched whole as well. */
  async #send(group: Group, keys: readonly Key[]): Promise<void> {
    const { max } = group.target.batch
    if (keys.length <= max) await this.#ask(group, keys)
    else await Promise.all(chunksOf(keys, max).map((chunk) => this.#ask(group, chunk)))
    for (const key of keys) key.found = true
    for (const key of keys) key.told()
  }

  /** One failed chunk fails only its keys. */
  async #ask({ target, arguments: others, keys }: Group, chunk: readonly Key[]): Promise<void> {
    for (const key of chunk) key.chunk = chunk
    try {
      const args = { ...others, [target.batch.arg]: chunk.map(({ value }) => value) }
      const sent = this.#parts.calls.send(target.call, { arguments: args, identity: this.#parts.identity }, target.batch.arg)
      if (sent === null) return
      matchItems(target, await sent, (text, item) => {
        const key = keys.get(text)
        // What was not asked for with this chunk is none of its answer.
        if (key !== undefined && key.chunk === chunk) key.add(item)
      })
    } catch (error) {
      const failure = new Failed(error)
      for (const key of chunk) key.failure = failure
    }
  }
}

function chunksOf(keys: readonly Key[], max: number): (readonly Key[])[] {
  return Array.from({ length: Math.ceil(keys.length / max) }, (_, index) => keys.slice(index * max, (index + 1) * max))
}

function findOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

const none: Arguments = Object.freeze({})

/** The arguments beside the keys; mostly there are none. */
function othersOf(args: Arguments, keys: string): Arguments {
  for (const name in args) if (name !== keys) return Object.fromEntries(Object.entries(args).filter(([other]) => other !== keys))
  return none
}
