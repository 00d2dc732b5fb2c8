import { getNamedType } from 'graphql'
import type { Bound, FieldBinding } from '../../../src/compose/binding.ts'
import { serviceName, type Naming } from '../../../src/compose/naming.ts'
import { SluiceError } from '../../../src/errors.ts'
import type { Answers, Recorded, Said } from '../fixture.ts'
import { drawsOf, type Draws } from './draws.ts'
import { services } from './random-parts.ts'
import { Faults, put, RandomValues, shapesOf, type Shapes } from './random-value.ts'

export interface WorldParts {
  readonly bound: Bound
  readonly seed: number
  /** How many calls and values of a hundred go wrong. */
  readonly faults: number
}

/**
 * What all services say: a pure function of the seed, the call's field and its key. What goes wrong with a call that
 * has many keys depends on the field, or on one key, but never on which keys went out together.
 */
export class World {
  readonly #bound: Bound
  readonly #shapes: Shapes
  readonly #seed: number
  readonly #faults: Faults
  readonly #said = new Map<string, Said>()

  constructor({ bound, seed, faults }: WorldParts) {
    this.#bound = bound
    this.#shapes = shapesOf(bound)
    this.#seed = seed
    this.#faults = new Faults(faults)
  }

  /** How much has gone wrong. */
  get injected(): number {
    return this.#faults.count
  }

  readonly answer: Answers = (call) => {
    const name = `${call.service} ${call.method} ${call.path} ${JSON.stringify(call.body)}`
    const known = this.#said.get(name) ?? this.#answer(call, name)
    this.#said.set(name, known)
    return known
  }

  #answer(call: Recorded, name: string): Said {
    const field = fieldOf(call, this.#bound)
    const asked = keysOf(call, this.#bound)
    const about = asked === undefined ? name : `${field.parent}.${field.name} ${asked.others}`
    const draws = drawsOf(`${this.#seed} ${about}`)
    if (this.#faults.next(draws)) return failure(draws)
    const naming = namingOf(call.service)
    const value = asked === undefined ? this.#values(naming, draws).value(field.type)
      : this.#found(asked.keys, about, field, naming, draws)
    return said(value, field, naming, draws)
  }

  #values(naming: Naming, draws: Draws): RandomValues {
    return new RandomValues(this.#shapes, naming, draws, this.#faults)
  }

  /** The objects with these keys, and perhaps one that nobody asked for. */
  #found(keys: readonly string[], about: string, field: FieldBinding, naming: Naming, draws: Draws): unknown {
    if (this.#faults.next(draws)) return draws.pickFrom(['no list', 9, [9], {}])
    const stray = draws.chance(20) ? [{ [field.batch?.key.name ?? '']: 'stray' }, null] : []
    return [...stray, ...keys.flatMap((key) => this.#withKey(key, about, field, naming))]
  }

  /** The objects with a key: one, mostly. */
  #withKey(key: string, about: string, field: FieldBinding, naming: Naming): unknown[] {
    const draws = drawsOf(`${this.#seed} ${about} ${key}`)
    const count = this.#faults.next(draws) ? draws.pick(0, 2, 3) : 1
    return Array.from({ length: count }, () => {
      const item = this.#values(naming, draws).object(getNamedType(field.type).name)
      const written = /^\d+$/.test(key) && draws.chance(30) ? Number(key) : key
      put(item, field.batch?.key.from[naming] ?? [], written)
      return item
    })
  }
}

/** A call that fails as a whole. */
function failure(draws: Draws): Said {
  switch (draws.below(6)) {
    case 0: return { status: 500, json: { message: 'internal' } }
    case 1: return { status: 404, json: {} }
    case 2: return { status: 409, json: { message: 'no such thing, said the service' } }
    case 3: return { fail: new SluiceError('SERVICE_UNREACHABLE', 'The service could not be reached.') }
    case 4: return { text: 'no JSON' }
    default: return {}
  }
}

function said(value: unknown, { from }: FieldBinding, naming: Naming, draws: Draws): Said {
  const path = from[naming]
  if (path.length === 0) return { json: value }
  const json = draws.chance(5) ? { other: value } : {}
  put(json, path, value)
  return { json }
}

function namingOf(service: string): Naming {
  return service === 'snake' ? services.snake.naming : 'as-is'
}

/** Paths of calls begin with the coordinate of their field. */
function fieldOf({ path }: Recorded, { fields }: Bound): FieldBinding {
  const field = fields.get(path.split(/[/?]/)[1] ?? '')
  if (field === undefined) throw new Error(`no field calls ${path}`)
  return field
}

/** The keys of a call that has many, and what else it asks; undefined for any other call. */
export function keysOf(call: Recorded, bound: Bound): { keys: string[], others: string } | undefined {
  const { service, method, path, body } = call
  const { batch } = fieldOf(call, bound)
  if (batch === null) return undefined
  const name = serviceName(batch.arg, namingOf(service))
  const { searchParams } = new URL(path, 'http://x')
  const fields = method === 'GET' ? [[name, searchParams.getAll(name)], ['lang', searchParams.get('lang')]] : Object.entries(body ?? {})
  const given: unknown = fields.find(([key]) => key === name)?.[1]
  if (!Array.isArray(given) || given.length === 0) return undefined
  const others = JSON.stringify(fields.filter(([key]) => key !== name))
  return { keys: given.flatMap((key) => String(key).split(',')), others }
}
