import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import type { Test } from 'tap'
import { formatProblem } from '../../src/config/load.ts'
import { readBlueprint } from '../../src/provision.ts'
import { writeFiles } from '../gateway.ts'

/** A gateway's files: a service at `target`, and these routes as YAML. */
export function filesOf(target: string, routes: string, more = ''): Record<string, string> {
  return {
    'routes/gateway.yaml': `listeners: { public: { host: 127.0.0.1, port: 0 } }
services: { s: { targets: [{ url: "${target}" }], identity: { headers: { x-user-id: "{identity.subject}" } } } }
${more}
routes:
${routes}
`,
  }
}

/** What is wrong with routes, as an operator reads it. */
export async function problemsOf(t: Test, routes: string, more = ''): Promise<string[]> {
  const dir = t.testdir()
  writeFiles(dir, filesOf('http://127.0.0.1:1', routes, more))
  const checked = await readBlueprint(dir, {})
  return 'problems' in checked ? checked.problems.map(formatProblem) : []
}

/** Sends a request and gives the answer's head, the body following. */
export async function ask(url: string, options: RequestOptions = {}): Promise<IncomingMessage> {
  const request = httpRequest(url, { agent: false, ...options })
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}

export async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  return Buffer.concat((await response.toArray()) as Buffer[])
}
