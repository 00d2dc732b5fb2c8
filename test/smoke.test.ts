import t from 'tap'
const x: number = 1
t.equal(x, 1)
t.test('node', async (t) => { t.match(process.version, /^v24/) })
