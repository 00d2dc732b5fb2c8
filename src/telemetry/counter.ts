import { Counter as ClientCounter, Gauge as ClientGauge, type CounterConfiguration, type GaugeConfiguration } from 'prom-client'

type Labels<L extends string> = Readonly<Record<L, string>>

/** What was counted under one set of label values. */
interface Sum<L extends string> {
  readonly labels: Labels<L>
  value: number
}

interface Branch<L extends string> {
  readonly below: Map<string, Branch<L>>
  sum: Sum<L> | undefined
}

/**
 * Sums by label values, one map for each label: what is counted with every request has to cost little, and prom-client
 * makes a text of all labels each time. It is given the sums when somebody asks for them.
 */
class Sums<L extends string> implements Iterable<Sum<L>> {
  readonly #names: readonly L[]
  readonly #root: Branch<L> = { below: new Map(), sum: undefined }
  readonly #all: Sum<L>[] = []

  constructor(names: readonly L[]) {
    this.#names = names
  }

  at(labels: Labels<L>): Sum<L> {
    let branch = this.#root
    for (const name of this.#names) {
      const text = labels[name]
      let next = branch.below.get(text)
      if (next === undefined) {
        next = { below: new Map(), sum: undefined }
        branch.below.set(text, next)
      }
      branch = next
    }
    return (branch.sum ??= this.#begin(labels))
  }

  [Symbol.iterator](): Iterator<Sum<L>> {
    return this.#all[Symbol.iterator]()
  }

  #begin(labels: Labels<L>): Sum<L> {
    const sum = { labels, value: 0 }
    this.#all.push(sum)
    return sum
  }
}

/** A counter of prom-client that costs an addition. */
export class Counter<L extends string = never> {
  readonly #sums: Sums<L>
  readonly #told: ClientCounter<L>

  constructor(settings: CounterConfiguration<L>) {
    const sums = new Sums<L>(settings.labelNames ?? [])
    this.#sums = sums
    this.#told = new ClientCounter<L>({
      ...settings,
      collect() {
        this.reset()
        for (const { labels, value } of sums) this.inc(labels, value)
      },
    })
  }

  inc(labels: Labels<L>, by = 1): void {
    this.#sums.at(labels).value += by
  }

  get(): ReturnType<ClientCounter<L>['get']> {
    return this.#told.get()
  }
}

/** A gauge of prom-client that costs an addition. */
export class Gauge<L extends string = never> {
  readonly #sums: Sums<L>
  readonly #told: ClientGauge<L>

  constructor(settings: GaugeConfiguration<L>) {
    const sums = new Sums<L>(settings.labelNames ?? [])
    this.#sums = sums
    this.#told = new ClientGauge<L>({
      ...settings,
      collect() {
        for (const { labels, value } of sums) this.set(labels, value)
      },
    })
  }

  inc(labels: Labels<L>, by = 1): void {
    this.#sums.at(labels).value += by
  }

  dec(labels: Labels<L>, by = 1): void {
    this.inc(labels, -by)
  }

  set(labels: Labels<L>, value: number): void {
    this.#sums.at(labels).value = value
  }

  get(): ReturnType<ClientGauge<L>['get']> {
    return this.#told.get()
  }
}
