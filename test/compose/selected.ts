/** A call's path without its selection, and the names of the selection; undefined where everything is asked for. */
export function readSelection(path: string): { path: string, names: string[] | undefined } {
  const texts = new URL(path, 'http://shop').searchParams.getAll('fields')
  return { path: path.replace(/[?&]fields=[^&]*/g, ''), names: texts.length === 0 ? undefined : texts.flatMap((text) => text.split(',')) }
}

/** What is left of a value by a service that keeps to a selection; an object within is whole, unless what is needed of it is said. */
export function selected(value: unknown, names: readonly string[] | undefined): unknown {
  if (names === undefined) return value
  if (Array.isArray(value)) return value.map((item) => selected(item, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => {
    const below = names.flatMap((name) => name.startsWith(`${key}.`) ? [name.slice(key.length + 1)] : [])
    return names.includes(key) ? [[key, item]] : below.length > 0 ? [[key, selected(item, below)]] : []
  }))
}
