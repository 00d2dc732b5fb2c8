import { FaultProxy, type Fault } from './proxy.ts'
import { overload } from './overload.ts'
import { amplification, disturb, type Report, type Scenario, type Stage } from './scenario.ts'
import { dnsScenarios } from './dns-scenarios.ts'
import type { Service } from './stage.ts'

const timeouts = 'timeout: { connect: 300ms, attempt: 1s, total: 3s }'

const targetsOf = (ports: readonly number[]) => `targets: [${ports.map((port) => `{ url: "http://127.0.0.1:${port}" }`).join(', ')}]`

async function threeServices(stage: Stage): Promise<[Service, Service, Service]> {
  return Promise.all([stage.service(), stage.service(), stage.service()])
}

/** Three targets; something befalls the process of the first. */
function befalling(name: string, act: (first: Service) => unknown, withinMs: number): Scenario {
  return {
    name,
    async run(stage) {
      const services = await threeServices(stage)
      const gateway = await stage.gateway(`${targetsOf(services.map(({ port }) => port))}\n${timeouts}`)
      const { outcomes, faultAt } = await disturb(gateway, () => act(services[0]))
      const late = outcomes.filter(({ verdict, sentAt }) => verdict === 'honest' && sentAt > faultAt + withinMs)
      return { outcomes, services, faultAt, claims: [{ says: `over within ${withinMs} ms`, holds: late.length === 0 }] }
    },
  }
}

/** Three targets, the first behind a proxy that gets a fault for two seconds. */
function faulting(name: string, fault: Fault | (() => Fault), claims: (report: Omit<Report, 'claims'>) => Report['claims'] = () => []): Scenario {
  return {
    name,
    async run(stage) {
      const services = await threeServices(stage)
      const proxy = await FaultProxy.open(services[0].port)
      stage.closeLater(() => proxy.close())
      const gateway = await stage.gateway(`${targetsOf([proxy.port, services[1].port, services[2].port])}\n${timeouts}`)
      const { outcomes, faultAt } = await disturb(gateway, async () => {
        await proxy.set(fault)
        await new Promise((resolve) => setTimeout(resolve, 2000))
        await proxy.set({ kind: 'pass' })
      })
      const report = { outcomes, services, faultAt }
      return { ...report, claims: claims(report) }
    },
  }
}

const coldStart: Scenario = {
  name: 'slow start of a cold target',
  async run(stage) {
    const [first, second] = await Promise.all([stage.service(), stage.service()])
    const cold = await stage.service({ cold: { ms: 400, for: 3000 } })
    const gateway = await stage.gateway(`${targetsOf([first, second, cold].map(({ port }) => port))}\n${timeouts}\nslowStart: 3s`)
    const { outcomes, faultAt } = await disturb(gateway, () => undefined, { after: 0 })
    return { outcomes, services: [first, second, cold], faultAt, claims: [] }
  },
}

const failsFast: Scenario = {
  name: 'one target answers 500 fast',
  async run(stage) {
    const services = await threeServices(stage)
    const gateway = await stage.gateway(`${targetsOf(services.map(({ port }) => port))}\n${timeouts}`)
    const { outcomes, faultAt } = await disturb(gateway, () => services[0].become({ status: 500, ms: 0 }))
    const share = outcomes.filter(({ verdict, sentAt }) => verdict === 'honest' && sentAt > faultAt + 1000).length / outcomes.length
    return { outcomes, services, faultAt, claims: [{ says: 'under 2 % of errors after a second', holds: share < 0.02 }] }
  },
}

const retryStorm: Scenario = {
  name: 'retry storm, every target fails',
  async run(stage) {
    const services = await threeServices(stage)
    const gateway = await stage.gateway(`${targetsOf(services.map(({ port }) => port))}\n${timeouts}\nretry: { attempts: 3 }\nbreaker: { mode: shadow }`)
    for (const service of services) await service.become({ status: 503 })
    const { outcomes, faultAt } = await disturb(gateway, () => undefined, { after: 0, methods: ['GET'], rate: 400 })
    const times = amplification({ outcomes, services })
    return { outcomes, services, faultAt, claims: [{ says: `${times.toFixed(3)} calls a request, 1.2 at most`, holds: times <= 1.2 }] }
  },
}

/** One connection in ten is reset at a random byte of what comes back. */
const oneInTen = (): Fault => Math.random() < 0.1 ? { kind: 'reset', after: Math.floor(Math.random() * 2000) } : { kind: 'pass' }

export const scenarios: readonly Scenario[] = [
  befalling('kill -9 of one of three targets', (service) => service.kill(), 2000),
  befalling('SIGSTOP of one of three targets', (service) => service.kill('SIGSTOP'), 4000),
  faulting('a target answers by slow drip', { kind: 'drip', bytes: 20, ms: 50 }),
  faulting('a target resets in mid-body', { kind: 'reset', after: 250 }),
  faulting('a target ends answers early', { kind: 'half-close', after: 250 }),
  faulting('a target refuses connections', { kind: 'refuse' }, ({ outcomes }) => [
    { says: 'no request is lost to it but those under way', holds: outcomes.filter(({ verdict }) => verdict === 'honest').length <= 5 },
  ]),
  faulting('a target takes connections and is silent', { kind: 'blackhole' }),
  faulting('a target answers garbage', { kind: 'garbage' }),
  faulting('a target is slow', { kind: 'delay', ms: 700 }),
  faulting('one connection in ten is reset at a random byte', oneInTen),
  coldStart,
  failsFast,
  retryStorm,
  ...dnsScenarios,
  overload,
]
