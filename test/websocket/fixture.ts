import type { Test } from 'tap'
import { startGateway, type Running } from '../gateway.ts'
import { shake, startService, type Answer, type Peer, type WebsocketService } from './peer.ts'

export interface Settings {
  websocket?: string
  route?: string
  more?: string
  access?: string
  listener?: string
  drain?: string
  routes?: string
}

export function configOf(target: string, { websocket = '{}', route = '', more = '', access = '[]', listener = '', drain = '5s', routes = '' }: Settings = {}): Record<string, string> {
  return {
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0${listener} } }
drain: ${drain}${more}
services:
  s:
    targets: [{ url: "${target}/base" }]
    timeout: { connect: 500ms, attempt: 500ms, total: 500ms }
    access: ${access}
    identity: { headers: { x-user-id: "{identity.subject}" } }
routes:
  ws: { match: { path: /ws/* }, to: { service: s, path: /chat/*, websocket: ${websocket} }${route} }
  plain: { match: { path: /plain }, to: { service: s, path: /plain } }${routes}
`,
  }
}

export interface Joined extends Running {
  service: WebsocketService
}

export async function startBoth(t: Test, settings: Settings = {}, answer?: Answer): Promise<Joined> {
  const service = await startService(t, answer)
  const running = await startGateway(t, configOf(service.url, settings))
  return { ...running, service }
}

/** Opens a WebSocket through the gateway: both ends, after their handshakes. */
export async function join(t: Test, { url, service }: Joined, headers: Record<string, string> = {}): Promise<{ client: Peer; peer: Peer; head: string }> {
  const client = shake(t, url, '/ws/a', headers)
  const head = await client.head()
  return { client, peer: await service.next(), head }
}
