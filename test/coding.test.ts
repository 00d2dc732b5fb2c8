import t from 'tap'
import fc from 'fast-check'
import { chooseCoding, refusesPlain, type Coding } from '../src/coding.ts'
import { readQualities } from '../src/quality.ts'

const all: Coding[] = ['br', 'gzip', 'zstd']

t.test('the coding that the client wants most, ours first among equals', async (t) => {
  const cases: [string | undefined, Coding | undefined][] = [
    [undefined, undefined],
    ['', undefined],
    ['gzip, deflate, br', 'br'],
    ['gzip;q=1.0, br;q=0.9', 'gzip'],
    ['br;q=0.5, zstd', 'zstd'],
    ['GZIP', 'gzip'],
    ['x-gzip', 'gzip'],
    ['gzip ; q=0.5 ,\tbr;Q=0.4', 'gzip'],
    ['deflate', undefined],
    ['gzip;q=0', undefined],
    ['gzip;q=0.000', undefined],
    ['*', 'br'],
    ['*;q=0', undefined],
    ['gzip, *;q=0', 'gzip'],
    ['br;q=0, *', 'gzip'],
    ['identity', undefined],
    ['identity;q=0', undefined],
    ['identity, gzip;q=0.5', undefined],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
    ['identity;q=0.5, gzip', 'gzip'],
    ['identity;q=0, gzip;q=0.1', 'gzip'],
    ['gzip;q=2', undefined],
    ['gzip;q=0.1234', undefined],
    ['gzip;q=-1', undefined],
    ['gzip;q=', undefined],
    ['gzip;q=abc, br;q=0.1', 'br'],
    [',,gzip,,', 'gzip'],
    ['gzip;level=9', 'gzip'],
  ]
  for (const [accepted, expected] of cases) {
    t.equal(chooseCoding(accepted, all), expected, String(accepted))
  }
  t.equal(chooseCoding('br, gzip', ['zstd', 'gzip', 'br']), 'gzip')
})

t.test('who refuses the body as it is', async (t) => {
  for (const accepted of ['identity;q=0', '*;q=0', 'gzip, *;q=0', 'gzip, identity;q=0.0']) t.ok(refusesPlain(accepted), accepted)
  for (const accepted of [undefined, '', 'gzip', '*', 'identity;q=0.1, *;q=0', 'gzip;q=0']) t.notOk(refusesPlain(accepted), String(accepted))
})

t.test('a coding is only chosen where it is named or wanted by the rest', async () => {
  fc.assert(fc.property(fc.string(), (accepted) => {
    const chosen = chooseCoding(accepted, all)
    if (chosen !== undefined && !new RegExp(`${chosen}|\\*`, 'i').test(accepted)) throw new Error(accepted)
    for (const { quality } of readQualities(accepted)) if (!(quality >= 0 && quality <= 1)) throw new Error(accepted)
  }))
})
