import { openRandom } from './random.ts'
import { ADJECTIVES, MATERIALS, THINGS_BY_CATEGORY } from './words.ts'

const PRODUCT_COUNT = 500
const FIRST_DAY = Date.UTC(2020, 0, 1)
const DAY = 86_400_000

export interface SeedProduct {
  sku: string, title: string, description: string, category: string, priceCents: number, createdAt: string
}

/** The products P-0001 to P-0500, the same in every process. */
export function generateProducts(): SeedProduct[] {
  const random = openRandom('products')
  const categories = Object.entries(THINGS_BY_CATEGORY)
  return Array.from({ length: PRODUCT_COUNT }, (_, index) => {
    const [category, things] = random.pick(categories)
    const thing = random.pick(things)
    const material = random.pick(MATERIALS)
    return {
      sku: `P-${String(index + 1).padStart(4, '0')}`,
      title: `${random.pick(ADJECTIVES)} ${thing}`,
      description: `${thing} made with ${material}, from our ${category} range.`,
      category,
      priceCents: random.between(199, 19_999),
      createdAt: new Date(FIRST_DAY + random.between(0, 4 * 365 - 1) * DAY).toISOString(),
    }
  })
}
