import type { Child } from './child.ts'

export interface Supervisor {
  /** Takes charge of a child: when it ends by itself, all end. Nothing is said when it has `explained` why. */
  watch: (name: string, child: Child, explained: () => boolean) => void
  /** Ends all children, then this process. Only the first call counts. */
  end: (code: number, line?: string) => void
  isEnding: () => boolean
}

/** Ends all its children when one of them ends, or when this process is told to. */
export function openSupervisor(): Supervisor {
  const children: Child[] = []
  let ending = false
  const end = (code: number, line?: string) => {
    if (ending) return
    ending = true
    if (line !== undefined) process.stderr.write(`${line}\n`)
    void Promise.all(children.map((child) => child.stop())).then(() => process.exit(code))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => end(0, `demo: ${signal}, stopping`))
  }
  return {
    watch(name, child, explained) {
      children.push(child)
      void child.ended.then((how) => end(1, explained() ? undefined : `${name}: ${how}; stopping the others`))
    },
    end,
    isEnding: () => ending,
  }
}
