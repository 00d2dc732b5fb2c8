import type { SourceParts } from './source.ts'

/** How a look at a source ended, where it found nothing that can be used. */
export type Failure = 'unknown' | 'timeout' | 'failed' | 'invalid'

/** Counts how looks at a source end; logs once that they fail, or fail for another reason, and that they no longer do. */
export class SourceReport {
  readonly #source: string
  readonly #parts: SourceParts
  #problems = ''

  constructor(source: string, parts: SourceParts) {
    this.#source = source
    this.#parts = parts
  }

  found(): void {
    const { log, service } = this.#parts
    this.#count('found')
    if (this.#problems === '') return
    this.#problems = ''
    log.info({ service, source: this.#source }, 'targets are found again')
  }

  failed(result: Failure, problems: readonly string[]): void {
    const { log, service } = this.#parts
    this.#count(result)
    const told = problems.join('\n')
    if (told === this.#problems) return
    this.#problems = told
    log.warn({ service, source: this.#source, problems }, 'targets were not found; those found last are kept')
  }

  #count(result: Failure | 'found'): void {
    const { metrics, service } = this.#parts
    metrics.services.lookups.inc({ service, result })
  }
}
