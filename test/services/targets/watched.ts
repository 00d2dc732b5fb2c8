import { pino } from 'pino'
import type { Test } from 'tap'
import { load } from '../../config/folder.ts'
import { watchTargets } from '../../../src/services/targets/sources.ts'
import type { Endpoint } from '../../../src/services/targets/target.ts'
import { Metrics } from '../../../src/telemetry/metrics.ts'
import { TestClock } from '../../clock.ts'
import { formatProblem } from '../../../src/config/problem.ts'

/** Gives one after the other what is put in, also what is put in later. */
class Queue<T> {
  readonly #items: T[] = []
  readonly #waiting: ((item: T) => void)[] = []

  put(item: T): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#items.push(item)
    else next(item)
  }

  next(): Promise<T> {
    const item = this.#items.shift()
    return item === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(item)
  }

  get length(): number {
    return this.#items.length
  }
}

/** A clock that tells of the timers that are set. */
export class ToldClock extends TestClock {
  readonly timers = new Queue<number>()

  override after(ms: number, task: () => void): () => void {
    this.timers.put(ms)
    return super.after(ms, task)
  }
}

/** Watches the targets of a service whose settings are `text`, with lookups and looks at files that a test drives. */
export async function watched(t: Test, text: string, { random = 0, files = {} }: { random?: number; files?: Record<string, string> } = {}) {
  const loaded = await load(t, { 'a.yaml': `listeners: { public: { port: 0 } }\nservices:\n  s:\n    ${text}\n`, ...files })
  if ('problems' in loaded) throw new Error(loaded.problems.map(formatProblem).join('\n'))
  const clock = new ToldClock()
  const metrics = new Metrics()
  const lines: Record<string, unknown>[] = []
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const changes = new Queue<readonly Endpoint[]>()
  const settings = loaded.config.services['s']!
  const source = watchTargets(settings, { service: 's', clock, log, metrics, random: () => random }, (found) => changes.put(found))
  t.teardown(() => source.close())
  const counts = async () => {
    const { values } = await metrics.services.lookups.get()
    return Object.fromEntries(values.map(({ labels, value }) => [labels.result, value]))
  }
  return { source, clock, lines, changes, counts, dir: loaded.config.dir }
}

/** The addresses of endpoints, sorted. */
export function addresses(endpoints: readonly Endpoint[]): (string | undefined)[] {
  return endpoints.map(({ address }) => address).sort()
}
