import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { BreakerSettings } from '../../../src/config/schema.ts'
import type { Permit } from '../../../src/services/breaker/breaker.ts'
import { NaiveBreaker } from './naive.ts'
import { openable } from './settings.ts'

type End = 'good' | 'slow' | 'failed' | 'cancelled'
type Step = { pause: number } | 'enter' | { end: End; which: number } | { call: End }

const settings: fc.Arbitrary<BreakerSettings> = fc.record({
  window: fc.integer({ min: 10, max: 400 }),
  minimum: fc.integer({ min: 1, max: 6 }),
  failures: fc.constantFrom(0, 0.07, 0.3, 0.5, 2 / 3, 1),
  statuses: fc.constant([]),
  slow: fc.record({ over: fc.constant(500), share: fc.constantFrom(0, 0.25, 0.8, 1) }),
  openFor: fc.integer({ min: 1, max: 200 }),
  trials: fc.integer({ min: 1, max: 4 }),
  mode: fc.constantFrom('enforce', 'shadow'),
}, { requiredKeys: ['window', 'minimum', 'failures', 'statuses', 'openFor', 'trials', 'mode'] })

const end = fc.constantFrom<End[]>('good', 'good', 'slow', 'failed', 'failed', 'cancelled')
const step = fc.oneof<fc.MaybeWeightedArbitrary<Step>[]>(
  { weight: 2, arbitrary: fc.record({ pause: fc.oneof(fc.nat(20), fc.nat(250)) }) },
  { weight: 3, arbitrary: fc.constant<Step>('enter') },
  { weight: 3, arbitrary: fc.record({ end, which: fc.oneof(fc.nat(3), fc.nat()) }) },
  { weight: 3, arbitrary: fc.record({ call: end }) },
)
const steps = fc.array(step, { maxLength: 150, size: 'max' })

function tell(permit: Permit, end: End): void {
  if (end === 'failed') permit.fail()
  else if (end === 'cancelled') permit.cancel()
  else permit.succeed(end === 'slow' ? 500 : 499)
}

/** Puts a breaker and the naive one through the same. Throws where they differ. */
function compare(settings: BreakerSettings, steps: readonly Step[]): void {
  const { breaker, clock, changes } = openable(settings)
  const naive = new NaiveBreaker(settings, () => clock.now())
  const asked: { permit: Permit; call: number | null }[] = []

  const end = (which: number, end: End) => {
    const one = asked[which]
    if (one === undefined) return
    tell(one.permit, end)
    if (one.call !== null) naive.end(one.call, end)
  }
  for (const step of steps) {
    if (step === 'enter' || 'call' in step) {
      const [permit, call] = [breaker.enter(), naive.enter()]
      assert.equal(permit === null || permit.refused, call === null, 'refused')
      assert.equal(permit === null, call === null && settings.mode === 'enforce', 'refused by null')
      if (permit !== null) asked.push({ permit, call })
      if (permit !== null && step !== 'enter') end(asked.length - 1, step.call)
    } else if ('pause' in step) clock.advance(step.pause)
    else end(asked.length - 1 - step.which % asked.length, step.end)
    assert.equal(breaker.state, naive.state)
    assert.equal(breaker.retryAfterMs, naive.retryAfterMs)
    assert.deepEqual(changes, naive.changes)
  }
}

t.test('whatever happens, a breaker does as the plainest one would', async () => {
  fc.assert(fc.property(settings, steps, compare), { numRuns: 1000 })
})

t.test('in shadow and enforcing, the same calls lead to the same changes', async () => {
  fc.assert(fc.property(settings, steps, (settings, steps) => {
    const [enforced, shadow] = (['enforce', 'shadow'] as const).map((mode) => {
      const { breaker, clock, changes } = openable({ ...settings, mode })
      const asked: (Permit | null)[] = []
      for (const step of steps) {
        const at = step === 'enter' || 'call' in step ? asked.push(breaker.enter()) - 1 : -1
        if (step === 'enter') continue
        if ('pause' in step) clock.advance(step.pause)
        else {
          const permit = asked['end' in step ? step.which % asked.length : at] ?? null
          if (permit !== null) tell(permit, 'end' in step ? step.end : step.call)
        }
      }
      return String(changes)
    })
    return enforced === shadow
  }))
})

t.test('it never opens before it has seen the minimum of calls within the window', async () => {
  fc.assert(fc.property(settings, steps, (settings, steps) => {
    const { breaker, clock } = openable(settings)
    let ended: number[] = []
    for (const step of steps) {
      if (step === 'enter') continue
      if ('pause' in step) {
        clock.advance(step.pause)
        continue
      }
      const end = 'call' in step ? step.call : step.end
      const before = breaker.state
      const permit = breaker.enter()
      if (permit !== null) tell(permit, end)
      if (before !== 'closed') ended = []
      else if (end !== 'cancelled') ended.push(clock.now())
      const recent = ended.filter((at) => clock.now() - at < settings.window).length
      if (before === 'closed' && breaker.state === 'open' && recent < settings.minimum) return false
    }
    return true
  }))
})

t.test('half-open, it lets no more through than trials, less those that hang or were given up', async () => {
  const end = fc.constantFrom<End[]>('good', 'cancelled')
  const crowd = fc.array(fc.oneof<fc.MaybeWeightedArbitrary<Step>[]>(
    { weight: 6, arbitrary: fc.constant<Step>('enter') },
    { weight: 1, arbitrary: fc.record({ pause: fc.nat(60) }) },
    { weight: 2, arbitrary: fc.record({ end, which: fc.nat() }) },
  ), { maxLength: 100, size: 'max' })
  fc.assert(fc.property(settings, crowd, (settings, steps) => {
    const { breaker, clock, make } = openable({ ...settings, minimum: 1, mode: 'enforce' })
    make('failed')
    clock.advance(settings.openFor)
    const trials: { permit: Permit; at: number; end?: End }[] = []
    for (const step of steps) {
      if (breaker.state !== 'half-open') break
      if (step === 'enter') {
        const permit = breaker.enter()
        if (permit === null) continue
        trials.push({ permit, at: clock.now() })
        const kept = trials.filter(({ at, end }) =>
          end === 'good' || (end === undefined && clock.now() - at < settings.openFor))
        if (kept.length > settings.trials) return false
      } else if ('pause' in step) {
        clock.advance(step.pause)
      } else if ('end' in step) {
        const trial = trials[step.which % trials.length]
        if (trial !== undefined) tell(trial.permit, trial.end ??= step.end)
      }
    }
    return breaker.state !== 'open'
  }))
})

t.test('an open breaker is half-open exactly when its time is up, whatever comes meanwhile', async () => {
  fc.assert(fc.property(settings, steps, (settings, steps) => {
    const { breaker, clock, make } = openable({ ...settings, minimum: 1 })
    const old = Array.from({ length: 5 }, () => breaker.enter())
    make('failed')
    const due = clock.now() + settings.openFor
    for (const step of steps) {
      if (step === 'enter') breaker.enter()
      else if ('pause' in step) clock.advance(Math.min(step.pause, due - 1 - clock.now()))
      else if ('call' in step) breaker.enter()?.fail()
      else old[step.which % old.length]?.fail()
      if (breaker.state !== 'open') return false
    }
    clock.advance(due - clock.now())
    return breaker.state === 'half-open' && breaker.enter()?.refused === false
  }))
})
