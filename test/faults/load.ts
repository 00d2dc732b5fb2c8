import { createHash, createHmac } from 'node:crypto'
import { Agent, request } from 'undici'

export interface LoadSettings {
  readonly url: string
  readonly secret: string
  /** Requests a second, sent whether or not earlier ones were answered. */
  readonly rate: number
  /** How long, in ms. */
  readonly ms: number
  /** Methods in turn. */
  readonly methods: readonly string[]
  /** After this time without an answer a request is lost, in ms. */
  readonly patience: number
}

/** `ok` is the right answer, `honest` an error that says so, `wrong` what passes for an answer and is none. */
export type Verdict = 'ok' | 'honest' | 'wrong' | 'lost'

export interface Outcome {
  readonly id: string
  readonly method: string
  readonly verdict: Verdict
  /** A status, or what became of the connection. */
  readonly what: string
  /** Since the start of the load, in ms. */
  readonly sentAt: number
  readonly ms: number
}

/** Time between two looks at what is due, in ms. */
const tick = 4

let next = 0

/** Sends requests at a steady rate, and judges every answer. */
export async function load(settings: LoadSettings): Promise<Outcome[]> {
  const agent = new Agent({ connections: 512, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
  const started = performance.now()
  const pending: Promise<Outcome>[] = []
  const all = Math.round(settings.rate * settings.ms / 1000)
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(all, Math.floor((performance.now() - started) * settings.rate / 1000))
      while (pending.length < due) pending.push(ask(settings, agent, started, pending.length))
      if (pending.length < all) return
      clearInterval(timer)
      resolve()
    }, tick)
  })
  const outcomes = await Promise.all(pending)
  await agent.destroy()
  return outcomes
}

async function ask({ url, secret, methods, patience }: LoadSettings, dispatcher: Agent, started: number, index: number): Promise<Outcome> {
  const id = `r${next++}`
  const method = methods[index % methods.length] ?? 'GET'
  const body = method === 'GET' ? null : `what ${id} says`
  const sentAt = performance.now() - started
  const signal = AbortSignal.timeout(patience)
  const outcome = (verdict: Verdict, what: string): Outcome => {
    return { id, method, verdict, what, sentAt, ms: performance.now() - started - sentAt }
  }
  try {
    const answer = await request(`${url}/things/${id}`, { method, headers: { 'x-load-id': id }, body, signal, dispatcher })
    const text = await answer.body.text()
    if (answer.statusCode !== 200) return outcome(answer.statusCode >= 500 ? 'honest' : 'wrong', codeOf(text, answer.statusCode))
    return outcome(isOurs(text, id, body ?? '', secret) ? 'ok' : 'wrong', String(answer.statusCode))
  } catch (thrown) {
    return signal.aborted ? outcome('lost', 'no answer') : outcome('honest', thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'cut')
  }
}

function codeOf(text: string, status: number): string {
  return `${status} ${/"code":"([A-Z_]+)"/.exec(text)?.[1] ?? 'of the service'}`
}

function isOurs(text: string, id: string, body: string, secret: string): boolean {
  let facts: unknown
  try {
    facts = JSON.parse(text)
  } catch {
    return false
  }
  const hash = createHash('sha256').update(body).digest('hex')
  const signature = createHmac('sha256', secret).update(`${id} ${hash}`).digest('hex')
  return typeof facts === 'object' && facts !== null && 'id' in facts && 'hash' in facts && 'signature' in facts
    && facts.id === id && facts.hash === hash && facts.signature === signature
}
