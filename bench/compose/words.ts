/** What the servers beside Sluice are told: where to listen, before what, and whether users are asked for all at once. */
export interface ServerWords {
  port: number
  target: string
  batched: boolean
}

export function readWords(): ServerWords {
  return JSON.parse(process.argv[2] ?? '') as ServerWords
}
