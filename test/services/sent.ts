import type { Target } from '../../src/services/http.ts'
import type { Call, Sending, Sink } from '../../src/services/service.ts'

export interface Sent {
  readonly sending: Sending
  /** All that a sink is told at the end of its call, which should be one thing. */
  readonly told: string[]
  /** The first of it. */
  readonly outcome: Promise<string>
}

/** Sends a call over a target, with nothing between. */
export function sendTo(target: Target, call: Partial<Call> & Pick<Call, 'path'>): Sent {
  const told: string[] = []
  let resolve: (outcome: string) => void = () => undefined
  const outcome = new Promise<string>((done) => (resolve = done))
  const tell = (what: string) => {
    told.push(what)
    resolve(what)
  }
  const chunks: Buffer[] = []
  const sink: Sink = {
    head: () => undefined,
    data: (chunk) => void chunks.push(chunk),
    end: () => tell(Buffer.concat(chunks).toString()),
    upgrade: (_head, socket) => {
      socket.destroy()
      tell('upgraded')
    },
    fail: ({ error, reached }) => tell(`${error.code} ${reached}`),
  }
  return { sending: target.send({ method: 'GET', headers: {}, body: null, ...call }, sink), told, outcome }
}
