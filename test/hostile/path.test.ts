import t from 'tap'
import { paths } from './cases/paths.ts'
import { testGroups } from './test-groups.ts'
import { isWithin } from './understood.ts'

testGroups(paths)

t.test('the oracle understands what forgiving services do', async (t) => {
  for (const spelling of ['%61dmin', '%2561dmin', 'admin;x', 'x/../admin', 'x/..;/admin', '/admin', 'x\\..\\admin', '%252e/admin', 'admin%00.png', '%EF%BD%81dmin', 'ADMIN/x']) t.ok(isWithin(`/api/${spelling}`, '/api/admin'), spelling)
  for (const path of ['/api/other', '/api/administrator', '/admin']) t.notOk(isWithin(path, '/api/admin'), path)
})
