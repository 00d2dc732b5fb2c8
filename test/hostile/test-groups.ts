import t from 'tap'
import { tryGroup, type Group } from './group.ts'

/** One test a group: Sluice treats each input as it must, and every class finds out what is broken. */
export function testGroups(groups: readonly Group[]): void {
  for (const group of groups) {
    t.test(Object.keys(group.classes).join(', '), async (t) => {
      for (const { name, outcomes, failures, missed } of await tryGroup(t, group)) {
        t.same(failures, [], `${name}: each of ${outcomes.length} is refused, or leaves as exactly one well-formed request`)
        t.not(missed, 0, `${name}: what is broken lets ${missed} through`)
      }
    })
  }
}
