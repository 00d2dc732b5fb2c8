import { isDeepStrictEqual } from 'node:util'
import pino from 'pino'
import { charges, type Charge } from '../../../src/charge.ts'
import { systemClock } from '../../../src/clock.ts'
import type { Bound } from '../../../src/compose/binding.ts'
import { buildEndpoint, type EndpointParts, type GraphqlEndpoint } from '../../../src/compose/endpoint.ts'
import type { GraphqlSettings } from '../../../src/config/config.ts'
import type { Answer } from '../../../src/errors.ts'
import type { Exchange } from '../../../src/exchange.ts'
import { exchange, limits, recordingServices, type Answers, type Recorded } from '../fixture.ts'

/** A request, as both endpoints get it: nothing of an exchange is shared. */
export interface Asked {
  readonly exchange?: Partial<Exchange>
  readonly body?: unknown
  readonly charge?: Charge
}

export interface TwinParts {
  readonly bound: Bound
  readonly services: readonly string[]
  readonly answers: Answers
  readonly settings?: Partial<GraphqlSettings>
  readonly parts?: Pick<EndpointParts, 'cache' | 'trusted'>
}

/** What came of a request. */
interface Outcome {
  readonly answer: Answer
  readonly calls: readonly Recorded[]
  readonly noted: Exchange['record']['fields']
  readonly logged: readonly string[]
}

class Twin {
  readonly #endpoint: GraphqlEndpoint
  readonly #calls: Recorded[]
  readonly #logged: string[] = []

  constructor({ bound, services: names, answers, settings, parts }: TwinParts, plain: boolean) {
    const { services, calls } = recordingServices(names, answers)
    const serializers = { err: ({ message }: Error) => message }
    const log = pino({ level: 'warn', base: null, timestamp: false, serializers }, { write: (line: string) => void this.#logged.push(line) })
    this.#calls = calls
    this.#endpoint = buildEndpoint(
      { path: '/graphql', playground: true, operations: limits, ...settings }, bound, { services, clock: systemClock, log, plain, ...parts },
    )
  }

  async ask({ exchange: overrides, body, charge }: Asked): Promise<Outcome> {
    const asked = exchange({ ...overrides, kept: new Map() })
    if (charge !== undefined) charges.set(asked, charge)
    const text = body === undefined ? null : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    const answer = await this.#endpoint.handle(asked, text)
    return { answer, calls: this.#calls.splice(0), noted: asked.record.fields, logged: this.#logged.splice(0) }
  }
}

/** One schema's endpoint that passes yoga by where it can, and one that never does, which is right. */
export class Twins {
  /** Requests that were asked, and those of them that passed yoga by. */
  readonly count = { asked: 0, passed: 0 }
  readonly #plain: Twin
  readonly #yoga: Twin

  constructor(parts: TwinParts) {
    this.#plain = new Twin(parts, true)
    this.#yoga = new Twin(parts, false)
  }

  /** What is different when a request comes for the first time, and again, when its document is known. */
  async compare(asked: Asked): Promise<string[]> {
    return [...await this.#compare(asked), ...await this.#compare(asked)]
  }

  /** Asks both and gives the answer of the one that passes yoga by. */
  async ask(asked: Asked): Promise<{ answer: Answer, differences: string[] }> {
    const differences = await this.compare(asked)
    return { answer: (await this.#plain.ask(asked)).answer, differences }
  }

  async #compare(asked: Asked): Promise<string[]> {
    const { outcome, parsed } = await whatIsParsed(() => this.#plain.ask(asked))
    const expected = await this.#yoga.ask(asked)
    const { body } = outcome.answer
    this.count.asked += 1
    // Only yoga needs the data that a plan has written as an object.
    if (String(body).startsWith('{"data":') && !parsed.some((text) => String(body).startsWith(`{"data":${text}`))) this.count.passed += 1
    return isDeepStrictEqual(outcome, expected) ? [] : [`${JSON.stringify(asked)}\n  gives ${JSON.stringify(outcome)}\n  instead of ${JSON.stringify(expected)}`]
  }
}

/** The objects that are read from JSON meanwhile. */
async function whatIsParsed<T>(run: () => Promise<T>): Promise<{ outcome: T, parsed: string[] }> {
  const parsed: string[] = []
  const { parse } = JSON
  JSON.parse = (text, reviver) => {
    parsed.push(text)
    return parse(text, reviver)
  }
  try {
    return { outcome: await run(), parsed }
  } finally {
    JSON.parse = parse
  }
}
