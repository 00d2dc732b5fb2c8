import { cpuOf } from './cpu.ts'
import { load, type Answered, type Load } from './wrk.ts'

/** How long a bench goes on. */
export interface Pace {
  readonly rounds: number
  readonly seconds: number
  /** Code is compiled while it runs, so the first round's figures would be another program's. */
  readonly warmUpSeconds: number
  /** Load before each round that is not counted: what lay idle meanwhile has lost its pages and its connections. */
  readonly settleSeconds: number
}

/** For trying: its figures are no figures. */
export const quick: Pace = { rounds: 2, seconds: 1, warmUpSeconds: 2, settleSeconds: 1 }

/** What is measured in each round. */
export interface Measured {
  readonly name: string
  readonly pid: number
  readonly load: Omit<Load, 'seconds'>
}

/** One round of one of them. */
export interface Sample extends Answered {
  /** CPU time of the process for each request, in µs. */
  readonly cpuUs: number
}

/** The rounds of one of them. */
export interface Column {
  readonly name: string
  readonly samples: readonly Sample[]
}

/** Measures all in turn, round after round, so that what else the machine does is shared by all. */
export async function takeTurns(measured: readonly Measured[], { rounds, seconds, warmUpSeconds, settleSeconds }: Pace): Promise<Column[]> {
  const columns = measured.map((each) => ({ name: each.name, each, samples: [] as Sample[] }))
  for (const each of measured) await measure(each, warmUpSeconds)
  for (let round = 0; round < rounds; round++) {
    for (const { each, samples } of columns) {
      await measure(each, settleSeconds)
      samples.push(await measure(each, seconds))
    }
  }
  return columns
}

async function measure({ name, pid, load: what }: Measured, seconds: number): Promise<Sample> {
  const before = cpuOf(pid)
  const answered = await load({ ...what, seconds }).catch((cause: unknown) => {
    throw new Error(`"${name}" did not answer as it has to`, { cause })
  })
  return { ...answered, cpuUs: ((cpuOf(pid) - before) * 1000) / answered.requests }
}
