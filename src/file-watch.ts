import { watch, type FSWatcher } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from './clock.ts'

/** Changes come in bursts, as a file is replaced; so long after the first, in ms, the file is looked at. */
const settle = 100
/** Some file systems, and folders elsewhere that links lead to, tell nothing; the file is looked at so often, in ms. */
const poll = 10_000

/**
 * Watches one file, which may be replaced, vanish and come back, or be a link that is swapped. Begins with a first
 * look; `changed` runs whenever the file is another than it was, or gone, never twice at a time.
 */
export class FileWatch {
  /** Resolves when the first look and its `changed` have ended. */
  readonly ready: Promise<void>
  readonly #path: string
  readonly #clock: Clock
  readonly #changed: () => Promise<void>
  readonly #folder: FSWatcher | undefined
  #state = ''
  #looking = false
  #stirred = false
  #closed = false
  #cancel: () => void = () => undefined

  constructor(path: string, clock: Clock, changed: () => Promise<void>) {
    this.#path = path
    this.#clock = clock
    this.#changed = changed
    this.#folder = watchFolder(dirname(path), () => this.#stir())
    this.ready = this.#look()
  }

  close(): void {
    this.#closed = true
    this.#cancel()
    this.#folder?.close()
  }

  async #look(): Promise<void> {
    this.#looking = true
    this.#stirred = false
    const state = await stateOf(this.#path)
    if (state !== this.#state && !this.#closed) {
      this.#state = state
      await this.#changed()
    }
    this.#rest()
  }

  #rest(): void {
    this.#looking = false
    if (!this.#closed) this.#wait(this.#stirred ? settle : poll)
  }

  #stir(): void {
    if (this.#stirred || this.#closed) return
    this.#stirred = true
    if (!this.#looking) this.#wait(settle)
  }

  #wait(ms: number): void {
    this.#cancel()
    this.#cancel = this.#clock.after(ms, () => void this.#look())
  }
}

/** Where a folder cannot be watched, its files are looked at now and then all the same. */
function watchFolder(folder: string, stirred: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, stirred)
    return watcher.on('error', () => watcher.close())
  } catch {
    return undefined
  }
}

/** What tells one file, and one state of it, from another. */
async function stateOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join(':')
  } catch {
    return 'there is none'
  }
}
