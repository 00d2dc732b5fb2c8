import { statSync } from 'node:fs'
import type { CheckContext } from './check.ts'

/** Reports where there is no file, or folder, at a path that was made absolute. */
export function checkPath(
  { sound, shown, report }: CheckContext, at: string, path: string, kind: 'file' | 'folder',
): void {
  if (!sound(at)) return
  const found = statSync(path, { throwIfNoEntry: false })
  const fits = kind === 'file' ? found?.isFile() : found?.isDirectory()
  if (fits !== true) report(at, `there is no ${kind} ${shown(at)}; the path starts from this file's folder`)
}
