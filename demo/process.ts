import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { launch, type Child } from './child.ts'

export type ServiceName = 'identity' | 'users' | 'catalog' | 'orders'

export const SERVICES: Record<ServiceName, { portVariable: string, defaultPort: string }> = {
  identity: { portVariable: 'IDENTITY_PORT', defaultPort: '4000' },
  users: { portVariable: 'USERS_PORT', defaultPort: '4001' },
  catalog: { portVariable: 'CATALOG_PORT', defaultPort: '4002' },
  orders: { portVariable: 'ORDERS_PORT', defaultPort: '4003' },
}

/** One request that a service answered, as it logs it. */
export interface RequestLine {
  service: string
  method: string
  url: string
  status: number
  user: string | null
  request_id: string | null
}

export interface Service extends Pick<Child, 'ended' | 'stop'> {
  name: ServiceName
  pid: number | undefined
  url: string
  /** The requests that the service has logged so far, in its order; empty it to start afresh. */
  lines: RequestLine[]
  /** All requests that were answered before this was called, none missing. */
  requests: () => Promise<RequestLine[]>
}

/** What a starting service is: known at once, so that it can be stopped, and ready later. */
export interface StartingService extends Child {
  /** Rejects with an Error of one line when the service ends before it is ready. */
  ready: Promise<Service>
}

export interface Listeners { line?: (text: string) => void, error?: (text: string) => void }

/**
 * Starts a demo service as a process of its own, on a free port unless `env` has its port variable.
 * Rejects with an Error whose message is what the service wrote to stderr.
 */
export function startService(name: ServiceName, env: NodeJS.ProcessEnv = {}): Promise<Service> {
  return launchService(name, env).ready
}

/** As startService, for those who must be able to stop it before it is ready, or want to see what it writes. */
export function launchService(name: ServiceName, env: NodeJS.ProcessEnv, listeners: Listeners = {}): StartingService {
  const lines: RequestLine[] = []
  const errors: string[] = []
  const events = new EventEmitter()
  const script = new URL(`${name}/server.ts`, import.meta.url)
  const child = launch(script, [], { ...process.env, [SERVICES[name].portVariable]: '0', ...env }, {
    line(text) {
      listeners.line?.(text)
      const parsed = parse(text)
      if (isRequestLine(parsed)) {
        lines.push(parsed)
        events.emit(`request ${parsed.url}`)
      } else if (isReadyLine(parsed)) events.emit('ready', parsed.listening)
    },
    error(text) {
      listeners.error?.(text)
      errors.push(text)
    },
  })
  const { pid, ended, stop } = child
  const ready = new Promise<Service>((resolve, reject) => {
    events.once('ready', (url: string) => resolve({
      name, pid, url, lines, ended, stop, requests: () => requestsSoFar(url, lines, events),
    }))
    void ended.then((how) => reject(new Error(errors.length === 0 ? `${name}: ${how}` : errors.join('\n'))))
  })
  return { ...child, ready }
}

/** A service logs in order, so that once a request of our own is in the log, all earlier ones are too. */
async function requestsSoFar(url: string, lines: RequestLine[], events: EventEmitter): Promise<RequestLine[]> {
  const marker = `/marker-${randomUUID()}`
  const logged = once(events, `request ${marker}`)
  await fetch(url + marker).then((response) => response.arrayBuffer())
  await logged
  lines.splice(lines.findIndex((line) => line.url === marker), 1)
  return [...lines]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRequestLine(value: unknown): value is RequestLine {
  return typeof value === 'object' && value !== null && 'method' in value && 'url' in value && 'status' in value
}

function isReadyLine(value: unknown): value is { service: string, listening: string } {
  return typeof value === 'object' && value !== null && 'listening' in value && typeof value.listening === 'string'
}
