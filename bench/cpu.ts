import { readFileSync } from 'node:fs'

/** Linux counts in hundredths of a second whatever its own clock does (USER_HZ). */
const tickMs = 10

/** CPU time that a process has used until now, all of its threads together, in ms. */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the program's name, which may contain anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}
