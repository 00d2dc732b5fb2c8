import { startDns, type DnsServer } from '../dns-server.ts'
import { freePorts } from '../free-port.ts'
import { disturb, type Scenario, type Stage } from './scenario.ts'
import type { GatewayProcess, Service } from './stage.ts'

interface Named {
  readonly dns: DnsServer
  readonly gateway: GatewayProcess
  /** The services, each at an address of its own and all at one port. */
  readonly services: readonly Service[]
  /** Lets the name stand for some of the addresses. */
  point(...addresses: string[]): void
}

const name = 'things.test'

/** Services that the gateway knows by one name, which stands for the first two of the addresses. */
async function named(stage: Stage, addresses: readonly string[]): Promise<Named> {
  const [port = 0] = await freePorts(1)
  const dns = await startDns({ testdir: () => '', teardown: (stop) => stage.closeLater(stop) })
  const services = await Promise.all(addresses.map((host) => stage.service({}, { port, host })))
  const point = (...records: string[]) => dns.say({ [`A ${name}`]: { ttl: 1, records } })
  point(...addresses.slice(0, 2))
  const gateway = await stage.gateway(`
    targets: [{ dns: "http://${name}:${port}" }]
    resolvers: ["${dns.address}"]
    timeout: { connect: 300ms, attempt: 1s, total: 3s }`)
  return { dns, gateway, services, point }
}

const failure: Scenario = {
  name: 'DNS fails for three seconds',
  async run(stage) {
    const { dns, gateway, services } = await named(stage, ['127.0.0.2', '127.0.0.3'])
    const { outcomes, faultAt } = await disturb(gateway, () => dns.say({ [`A ${name}`]: 'SERVFAIL' }))
    const claims = [{ says: 'no request fails', holds: outcomes.every(({ verdict }) => verdict === 'ok') }]
    return { outcomes, services, faultAt, claims }
  },
}

/** A target is replaced: its name stands for another, and two seconds later it is gone. */
const change: Scenario = {
  name: 'DNS names another target, and one goes',
  async run(stage) {
    const { gateway, services, point } = await named(stage, ['127.0.0.2', '127.0.0.3', '127.0.0.4'])
    const { outcomes, faultAt } = await disturb(gateway, async () => {
      point('127.0.0.3', '127.0.0.4')
      await new Promise((resolve) => setTimeout(resolve, 2500))
      services[0]?.kill()
    })
    const took = services[2]?.ledger.size ?? 0
    const claims = [
      { says: 'no request fails', holds: outcomes.every(({ verdict }) => verdict === 'ok') },
      { says: `the new target took ${took} calls`, holds: took > 0 },
    ]
    return { outcomes, services, faultAt, claims }
  },
}

export const dnsScenarios: readonly Scenario[] = [failure, change]
