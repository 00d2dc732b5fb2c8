import { Registry } from 'prom-client'
import t from 'tap'
import { Counter, Gauge } from '../../src/telemetry/counter.ts'

t.test('what is counted is told by label values, as often as it is asked for', async (t) => {
  const registry = new Registry()
  const counter = new Counter({ name: 'calls_total', help: 'Calls.', labelNames: ['service', 'outcome'], registers: [registry] })
  counter.inc({ service: 'a', outcome: '200' })
  counter.inc({ outcome: '200', service: 'a' }, 2)
  counter.inc({ service: 'a', outcome: '503' })
  counter.inc({ service: '200', outcome: 'a' })
  const expected = [
    'calls_total{service="a",outcome="200"} 3',
    'calls_total{service="a",outcome="503"} 1',
    'calls_total{service="200",outcome="a"} 1',
  ]
  for (const reading of ['first', 'second']) t.same((await registry.metrics()).match(/^calls_total.*$/gm), expected, reading)
})

t.test('a gauge goes up and down', async (t) => {
  const registry = new Registry()
  const gauge = new Gauge({ name: 'open', help: 'Open.', labelNames: ['route'], registers: [registry] })
  gauge.inc({ route: 'a' }, 3)
  gauge.dec({ route: 'a' })
  gauge.set({ route: 'b' }, 7)
  gauge.set({ route: 'b' }, 5)
  t.match((await gauge.get()).values, [{ labels: { route: 'a' }, value: 2 }, { labels: { route: 'b' }, value: 5 }])
})

t.test('without labels there is a value from the start', async (t) => {
  const registry = new Registry()
  const counter = new Counter({ name: 'all_total', help: 'All.', registers: [registry] })
  const gauge = new Gauge({ name: 'now', help: 'Now.', registers: [registry] })
  const values = async () => (await registry.metrics()).match(/^(all_total|now).*$/gm)
  t.same(await values(), ['all_total 0', 'now 0'])
  counter.inc({})
  gauge.inc({}, 4)
  t.same(await values(), ['all_total 1', 'now 4'])
})
