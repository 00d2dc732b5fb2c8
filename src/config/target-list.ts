import { isTargetUrl, notTargetUrl } from './check-targets.ts'
import { aboutValue, shown } from './message.ts'
import { dataOf, nearest, type Node } from './node.ts'
import { sortProblems, type ConfigProblem } from './problem.ts'
import { FileTarget, type FileTargetSettings } from './schema-targets.ts'
import { settle } from './settle.ts'
import { toShape, type Shape } from './shape.ts'
import { readDocument } from './source.ts'
import { compileValidator } from './validate.ts'

export type TargetList = { targets: FileTargetSettings[] } | { problems: ConfigProblem[] }

const shape: Shape = { type: 'array', items: toShape(FileTarget) }

/** What a program writes down is not asked for variables and files of the gateway. */
const nothing = { variable: () => undefined, file: () => undefined }

/** Compiles a reader of watched files, which finds all that is wrong at once. With `http2` each target needs TLS. */
export function compileTargetList({ http2 }: { http2: boolean }): (text: string, file: string) => TargetList {
  const validate = compileValidator(shape)
  return (text, file) => {
    const { root, problems } = readDocument(text, file, nothing)
    if (root === null) return { problems }
    const validation = validate(root, { complete: true })
    // The shape is that of the type, and `settle` gives nothing that doesn't fit it.
    const targets = settle(shape, dataOf(root)) as FileTargetSettings[]
    const misfits = [...problems, ...validation.problems]
    if (misfits.length > 0) return { problems: sortProblems(misfits) }
    const addresses = targets.flatMap(({ url }, index) => addressProblem(url, nearest(root, `/${index}/url`), http2))
    return addresses.length === 0 ? { targets } : { problems: addresses }
  }
}

function addressProblem(url: string, node: Node, http2: boolean): ConfigProblem[] {
  if (!isTargetUrl(url)) return [aboutValue(node, `${shown(node)} ${notTargetUrl}`)]
  if (!http2 || url.startsWith('https:')) return []
  return [aboutValue(node, 'HTTP/2 is spoken over TLS only; the target needs an https:// address')]
}
