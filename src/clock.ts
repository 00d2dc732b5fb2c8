/** Time as the rest of the code sees it, so that tests can drive it. All values are milliseconds. */
export interface Clock {
  /** Wall-clock time since the epoch. */
  now(): number
  /** Time since some moment in the past; it never jumps, so durations and deadlines are counted in it. */
  elapsed(): number
  /** Runs `task` once after `ms`; the returned function takes it back. Never keeps the process alive. */
  after(ms: number, task: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms).unref()
    return () => clearTimeout(timer)
  },
}
