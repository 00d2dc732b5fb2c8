import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const report = fileURLToPath(new URL('report.lua', import.meta.url))

export interface Load {
  url: string
  seconds: number
  connections: number
  headers?: Readonly<Record<string, string>>
  /** JSON to be posted, and how many bytes the body of every answer has; requests are GETs without it. */
  post?: { readonly body: string, readonly answerBytes: number }
}

/** What came of a run of wrk. */
export interface Answered {
  requests: number
  /** How long it really took. */
  seconds: number
  p50Ms: number
  p99Ms: number
}

/** Sends as many requests as one thread of wrk can. Throws where one of them failed or was refused. */
export async function load({ url, seconds, connections, headers = {}, post }: Load): Promise<Answered> {
  const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const words = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '10s', ...fields, '-s', report, url, ...post === undefined ? [] : ['--', post.body, String(post.answerBytes)]]
  const { stdout, stderr } = await promisify(execFile)('wrk', words, { timeout: (seconds + 10) * 1000 })
  const { notOk, failed, ...answered } = JSON.parse(stdout.slice(stdout.lastIndexOf('{'))) as Answered & Record<'notOk' | 'failed', number>
  if (notOk + failed > 0) throw new Error(`${url}: ${notOk} answers were not what they have to be, and ${failed} requests failed ${stderr}`)
  if (answered.requests === 0) throw new Error(`${url}: nothing was answered`)
  return answered
}
