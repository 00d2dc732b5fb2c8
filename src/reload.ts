import { formatProblem, type ConfigProblem } from './config/load.ts'
import type { Gateway } from './gateway.ts'
import { provision, readBlueprint } from './provision.ts'
import type { Runtime } from './runtime.ts'
import type { Server } from './server.ts'

export type ReloadResult = { taken: true; changed: readonly string[] } | { taken: false; problems: readonly ConfigProblem[]; reason: string }

/**
 * Reads the folder again and swaps the new gateway in; whatever is wrong with it, the old one keeps serving.
 * One reload runs at a time: calls that come meanwhile share the next one, since they all want the latest files.
 */
export class Reloader {
  readonly #dir: string
  readonly #server: Server
  readonly #runtime: Runtime
  #running: Promise<ReloadResult> | undefined
  #next: Promise<ReloadResult> | undefined

  constructor(dir: string, server: Server, runtime: Runtime) {
    this.#dir = dir
    this.#server = server
    this.#runtime = runtime
  }

  reload(): Promise<ReloadResult> {
    if (this.#running === undefined) return this.#start()
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      return this.#start()
    })
    return this.#next
  }

  #start(): Promise<ReloadResult> {
    this.#running = this.#attempt().finally(() => (this.#running = undefined))
    return this.#running
  }

  async #attempt(): Promise<ReloadResult> {
    const { log, metrics } = this.#runtime
    const result = await this.#build()
    metrics.reloads.inc({ result: result.taken ? 'taken' : 'refused' })
    if (result.taken) this.#tell(result.changed)
    else log.error({ problems: result.problems.map(formatProblem), reason: result.reason }, 'the new config was refused; the old one keeps serving')
    return result
  }

  #tell(changed: readonly string[]): void {
    const { log } = this.#runtime
    log.info('the new config is serving')
    if (changed.length > 0) log.warn({ files: changed }, 'changed code needs a new process; what was loaded before keeps serving')
  }

  async #build(): Promise<ReloadResult> {
    let next: Gateway | undefined
    try {
      const checked = await readBlueprint(this.#dir, this.#runtime.env)
      if ('problems' in checked) return { taken: false, problems: checked.problems, reason: 'the config has errors' }
      next = await provision(checked.blueprint, this.#runtime)
      await this.#server.swap(next)
      return { taken: true, changed: checked.blueprint.changed ?? [] }
    } catch (thrown) {
      await next?.close()
      return { taken: false, problems: [], reason: thrown instanceof Error ? thrown.message : String(thrown) }
    }
  }
}
