import { openRandom } from './random.ts'
import { COUNTRIES, FIRST_NAMES, LAST_NAMES } from './words.ts'

export const USER_COUNT = 1000
const FIRST_DAY = Date.UTC(2020, 0, 1)
const DAY = 86_400_000

export interface SeedUser { id: number, fullName: string, email: string, country: string, createdAt: string }

/** The users 1 to 1000, the same in every process. */
export function generateUsers(): SeedUser[] {
  const random = openRandom('users')
  return Array.from({ length: USER_COUNT }, (_, index) => {
    const id = index + 1
    const fullName = `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`
    const day = FIRST_DAY + random.between(0, 4 * 365 - 1) * DAY
    const createdAt = new Date(day + random.between(0, DAY / 1000 - 1) * 1000)
    return {
      id, fullName, email: emailOf(fullName, id), country: random.pick(COUNTRIES), createdAt: createdAt.toISOString(),
    }
  })
}

function emailOf(fullName: string, id: number): string {
  const ascii = fullName.replaceAll('ø', 'o').normalize('NFD').replace(/[^A-Za-z ]/g, '')
  return `${ascii.toLowerCase().replaceAll(' ', '.')}.${id}@example.com`
}
