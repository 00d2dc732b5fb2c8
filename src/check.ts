import { formatProblem } from './config/load.ts'
import { warnAbout } from './listener/warnings.ts'
import { readBlueprint } from './provision.ts'
import type { Runtime } from './runtime.ts'

/** Says what is wrong with a folder, as lines or as JSON. Gives the exit code: 0 where nothing is. */
export async function check(dir: string, env: Runtime['env'], json: boolean): Promise<number> {
  const checked = await readBlueprint(dir, env)
  const problems = 'problems' in checked ? checked.problems : []
  const warnings = 'problems' in checked ? [] : warnAbout(checked.blueprint.config, Date.now())
  if (json) console.log(JSON.stringify({ ok: problems.length === 0, problems, warnings }))
  else if (problems.length > 0) for (const problem of problems) console.error(formatProblem(problem))
  else console.log('the config and the schema are sound')
  if (!json) for (const warning of warnings) console.error(`warning: ${warning}`)
  return problems.length === 0 ? 0 : 1
}
