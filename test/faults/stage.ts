import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { request } from 'undici'
import { writeFiles } from '../gateway.ts'
import type { Nature } from './service.ts'

const bin = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url))
const script = fileURLToPath(new URL('service.ts', import.meta.url))

export const secret = 'of this run alone'

/** A service in a process of its own, with the ledger of all that reached it. */
export class Service {
  readonly port: number
  readonly child: ChildProcess
  /** How often each request reached it, by id. */
  readonly ledger: Map<string, number>

  private constructor(port: number, child: ChildProcess, ledger: Map<string, number>) {
    this.port = port
    this.child = child
    this.ledger = ledger
  }

  static async start(nature: Partial<Nature> = {}, { port = 0, host = '127.0.0.1' } = {}): Promise<Service> {
    const whole: Nature = { secret, workers: 64, ms: 5, status: 200, padding: 200, ...nature }
    const child = spawn(process.execPath, [script, JSON.stringify(whole), String(port), host], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
    const lines = createInterface({ input: child.stdout ?? process.stdin })
    const [first] = (await once(lines, 'line')) as [string]
    const ledger = new Map<string, number>()
    lines.on('line', (line) => {
      const [id = ''] = line.split(' ')
      ledger.set(id, (ledger.get(id) ?? 0) + 1)
    })
    return new Service(Number(first), child, ledger)
  }

  /** Changes what the service is like from now on. */
  async become(nature: Partial<Nature>): Promise<void> {
    const { body } = await request(`http://127.0.0.1:${this.port}/-/nature`, { method: 'PUT', body: JSON.stringify(nature) })
    await body.dump()
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal)
  }
}

/** A gateway in a process of its own. */
export class GatewayProcess {
  readonly url: string
  readonly #child: ChildProcess
  readonly #dir: string

  private constructor(url: string, child: ChildProcess, dir: string) {
    this.url = url
    this.#child = child
    this.#dir = dir
  }

  /** Starts one with a service "things" of these settings, in YAML, one key a line. */
  static async start(settings: string): Promise<GatewayProcess> {
    const dir = mkdtempSync(join(tmpdir(), 'sluice-faults-'))
    writeFiles(dir, { 'routes/gateway.yaml': configOf(settings) })
    const child = spawn(process.execPath, [bin, 'start', dir], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout })
    const url = await new Promise<string>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the gateway did not start')))
      lines.on('line', (line) => {
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0]
        if (found !== undefined) resolve(found)
      })
    })
    return new GatewayProcess(url, child, dir)
  }

  /** Time of a processor that it has used, in ms. */
  get cpuMs(): number {
    const fields = (readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ').at(-1) ?? '').split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  }

  stop(): void {
    this.#child.kill('SIGKILL')
    rmSync(this.#dir, { recursive: true, force: true })
  }
}

function configOf(settings: string): string {
  return `
listeners: { public: { host: 127.0.0.1, port: 0 } }
services:
  things:
${settings.trim().split('\n').map((line) => `    ${line.trim()}`).join('\n')}
defaults: { accessLog: { lines: none } }
routes:
  things: { match: { path: /things/* }, to: { service: things } }
`
}
