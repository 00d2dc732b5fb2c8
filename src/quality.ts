/** How much a client wants something: 0 not at all, up to 1 (RFC 9110 section 12.4.2). */
export interface Quality {
  /** Lower-case and without parameters. */
  readonly name: string
  readonly quality: number
}

/**
 * Reads a list such as `gzip;q=0.8, br` or `text/html, application/json;q=0.5` in its own order. An item whose
 * quality can't be read counts as not wanted.
 */
export function readQualities(list: string): Quality[] {
  return list.split(',').flatMap((item) => {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase())
    if (name === '') return []
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))
    return [{ name, quality: weight === undefined ? 1 : readWeight(weight.slice(weight.indexOf('=') + 1).trim()) }]
  })
}

function readWeight(text: string): number {
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Number(text) : 0
}

/** How much a list wants `name`, where it says so by name or else by `*`; undefined where it says nothing of it. */
export function qualityOf(list: readonly Quality[], name: string): number | undefined {
  return (list.find((item) => item.name === name) ?? list.find((item) => item.name === '*'))?.quality
}
