import type { Clock } from '../clock.ts'

/** Longest time that timers wait for, in ms; a longer one would fire at once. */
const longest = 24 * 86_400_000

/** Runs `task` once the clock has come to `time`, in ms, or never where that is null; the returned function takes it back. */
export function whenPast(time: number | null, clock: Clock, task: () => void): () => void {
  if (time === null) return () => undefined
  const wait = (): (() => void) => clock.after(Math.min(Math.max(time - clock.now(), 0), longest), () => {
    if (clock.now() >= time) task()
    else stop = wait()
  })
  let stop = wait()
  return () => stop()
}
