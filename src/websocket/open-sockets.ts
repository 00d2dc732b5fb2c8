import type { UpgradeResponse } from './upgrade-response.ts'

/** The upgrades of one gateway, so that they can be ended when it stops or is replaced. */
export class OpenSockets {
  readonly #open = new Set<UpgradeResponse>()

  add(response: UpgradeResponse): void {
    this.#open.add(response)
    response.once('close', () => this.#open.delete(response))
  }

  /** Ends what is open, and resolves when all of it is closed. */
  async close(): Promise<void> {
    const closed = [...this.#open].map((response) => new Promise<void>((resolve) => response.once('close', resolve)))
    for (const response of this.#open) response.leave()
    await Promise.all(closed)
  }
}
