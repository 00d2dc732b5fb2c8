import type { Outline } from './outline.ts'

/** What waits for its turn: keys that a later call will ask for together. */
export interface Waiting {
  /** The step that the members belong to: a root field, and how many calls are before it. */
  readonly step: string
  flush(): void
}

/**
 * Decides when a batch is complete. Fields of one step go out together: a step waits until no field that could still
 * give it members is on its way. It is looked at after all microtasks, so that answers have reached their fields.
 */
export class Schedule {
  readonly #outline: Outline
  readonly #underway = new Map<string, number>()
  readonly #waiting = new Set<Waiting>()
  #planned = false

  constructor(outline: Outline) {
    this.#outline = outline
  }

  /** Notes that a field with a call is on its way until its value is there. */
  async follow<T>(node: string, work: () => Promise<T>): Promise<T> {
    this.#underway.set(node, (this.#underway.get(node) ?? 0) + 1)
    try {
      return await work()
    } finally {
      this.#underway.set(node, (this.#underway.get(node) ?? 1) - 1)
      this.#plan()
    }
  }

  add(waiting: Waiting): void {
    this.#waiting.add(waiting)
    this.#plan()
  }

  #plan(): void {
    if (this.#planned || this.#waiting.size === 0) return
    this.#planned = true
    setImmediate(() => {
      this.#planned = false
      const ready = [...this.#waiting].filter(({ step }) => this.#isComplete(step))
      for (const each of ready) this.#waiting.delete(each)
      for (const each of ready) each.flush()
    })
  }

  #isComplete(step: string): boolean {
    const before = this.#outline.before.get(step)
    if (before === undefined) return true
    for (const node of before) {
      if ((this.#underway.get(node) ?? 0) > 0) return false
    }
    return true
  }
}
