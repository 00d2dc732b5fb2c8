import type { Registry } from 'prom-client'
import { Counter, Gauge } from './counter.ts'

/** What the gateway decided about calls to services. Label values are names from the config, codes or statuses. */
export class ServiceMetrics {
  readonly tries: Counter<'service' | 'reason'>
  readonly retriesRefused: Counter<'service' | 'why'>
  readonly breakerChanges: Counter<'service' | 'state'>
  readonly breakerRefusals: Counter<'service' | 'mode'>
  readonly queueRefusals: Counter<'service' | 'mode'>
  readonly working: Gauge<'service'>
  readonly workingLimit: Gauge<'service'>
  readonly targets: Gauge<'service' | 'state'>
  readonly ejections: Counter<'service'>
  readonly lookups: Counter<'service' | 'result'>
  readonly fallbacks: Counter<'service' | 'kind'>
  readonly callsShared: Counter<'service'>
  readonly splits: Counter<'route' | 'group'>
  readonly mirrored: Counter<'service' | 'outcome'>

  constructor(registry: Registry) {
    const counter = <T extends string>(name: string, help: string, labelNames: T[]) =>
      new Counter({ name: `sluice_${name}_total`, help, labelNames, registers: [registry] })
    const gauge = <T extends string>(name: string, help: string, labelNames: T[]) =>
      new Gauge({ name: `sluice_${name}`, help, labelNames, registers: [registry] })

    this.tries = counter('tries', 'Tries of calls, by why: first, hedge, or what the one before failed with.', ['service', 'reason'])
    this.retriesRefused = counter('retries_refused', 'Retries that were due and not made: for the budget, or the time left.', ['service', 'why'])
    this.breakerChanges = counter('breaker_changes', 'Changes of the breakers of targets, by the state they went to.', ['service', 'state'])
    this.breakerRefusals = counter('breaker_refusals', 'Calls that no target took since breakers were open; in shadow, would not have.', ['service', 'mode'])
    this.queueRefusals = counter('queue_refusals', 'Calls that found the queue full or waited too long; in shadow, would have.', ['service', 'mode'])
    this.working = gauge('calls_working', 'Calls that services work on now.', ['service'])
    this.workingLimit = gauge('calls_working_limit', 'How many calls a service is given at a time.', ['service'])
    this.targets = gauge('targets', 'Targets by state: fit, unhealthy or ejected.', ['service', 'state'])
    this.ejections = counter('ejections', 'Targets that were left out for failing more than their peers.', ['service'])
    this.lookups = counter('target_lookups', 'Lookups of targets in DNS and files, by how they ended.', ['service', 'result'])
    this.fallbacks = counter('fallbacks', "Answers in a service's place, by kind.", ['service', 'kind'])
    this.callsShared = counter('calls_shared', "Calls that were not made, since another request was making the same.", ['service'])
    this.splits = counter('splits', 'Requests by the group of targets they went to.', ['route', 'group'])
    this.mirrored = counter('mirrored', 'Copies of requests, by status or error code.', ['service', 'outcome'])
  }
}
