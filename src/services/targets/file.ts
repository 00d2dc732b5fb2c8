import { readFile } from 'node:fs/promises'
import { formatProblem } from '../../config/problem.ts'
import { compileTargetList } from '../../config/target-list.ts'
import { FileWatch } from '../../file-watch.ts'
import { placed } from './fixed.ts'
import { SourceReport } from './report.ts'
import type { Found, Source, SourceParts } from './source.ts'

/** Watches a file with a list of targets; while it is bad or gone, its last good list holds. */
export function watchTargetFile(
  path: string, settings: { http2: boolean }, parts: SourceParts, found: Found,
): Source {
  const read = compileTargetList(settings)
  const report = new SourceReport(path, parts)
  let closed = false
  const watch = new FileWatch(path, parts.clock, async () => {
    const text = readFile(path, 'utf8')
    const list = await text.then((text) => read(text, path), (failure: unknown) => ({ failure }))
    if (closed) return
    if ('failure' in list) return report.failed('failed', [String(list.failure)])
    if ('problems' in list) return report.failed('invalid', list.problems.map(formatProblem))
    report.found()
    found(list.targets.map((target) => placed(target.url, target)))
  })
  return {
    ready: watch.ready,
    close: () => {
      closed = true
      watch.close()
    },
  }
}
