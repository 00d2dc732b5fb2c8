import t from 'tap'
import { findVaries } from '../../src/match/vary.ts'
import type { Match } from '../../src/match/table.ts'

const match = (path: string, more: Partial<Match> = {}): Match => ({ hosts: null, methods: null, path, headers: {}, ...more })

t.test('every route is told the headers that decide on its paths', async (t) => {
  t.same(findVaries({
    plain: match('/a/{x}'),
    typed: match('/a/b', { accept: 'text/x' }),
    version: match('/a/*', { headers: { 'api-version': '2' } }),
    other: match('/b'),
    longer: match('/a/b/c'),
    shorter: match('/a'),
  }), {
    plain: ['accept', 'api-version'],
    typed: ['accept', 'api-version'],
    version: ['accept', 'api-version'],
    other: [],
    longer: ['api-version'],
    shorter: ['api-version'],
  })
})
