import { judge, type Stage } from './scenario.ts'
import { scenarios } from './scenarios.ts'
import { GatewayProcess, Service } from './stage.ts'

/** Puts faults on services under load, and prints for each what it cost. Exits 1 where anything is wrong, lost or not as claimed. */
async function main(wanted: string | undefined): Promise<number> {
  let failures = 0
  console.log(`${'fault'.padEnd(48)} requests  wrong   lost  honest errors  recovered`)
  for (const scenario of scenarios.filter(({ name }) => wanted === undefined || name.includes(wanted))) {
    const closing: (() => unknown)[] = []
    const stage = stageOf(closing)
    try {
      const report = await scenario.run(stage)
      const { requests, wrong, lost, honest, recoveredMs, errors } = judge(report)
      const figures = [requests, wrong, lost].map((count) => String(count).padStart(7)).join('')
      console.log(`${scenario.name.padEnd(48)}  ${figures}  ${String(honest).padStart(13)}  ${`${recoveredMs} ms`.padStart(9)}  ${errors}`)
      if (wrong + lost > 0) failures += 1
      for (const { says, holds } of report.claims) {
        if (!holds) failures += 1
        console.log(`  ${holds ? 'holds' : 'FAILS'}: ${says}`)
      }
    } finally {
      for (const close of closing.toReversed()) await close()
    }
  }
  console.log(failures === 0 ? 'nothing wrong, nothing lost, every claim holds' : `${failures} failures`)
  return failures === 0 ? 0 : 1
}

function stageOf(closing: (() => unknown)[]): Stage {
  return {
    async service(...given) {
      const service = await Service.start(...given)
      closing.push(() => service.kill())
      return service
    },
    async gateway(settings) {
      const gateway = await GatewayProcess.start(settings)
      closing.push(() => gateway.stop())
      return gateway
    },
    closeLater: (close) => void closing.push(close),
  }
}

process.exitCode = await main(process.argv[2])
