import { defineResolvers, SluiceError } from 'sluice'
import type { Resolvers } from './generated.ts'

/** How money is written is the language's own affair, which no directive can say. */
export default defineResolvers<Resolvers>({
  Money: {
    formatted: ({ parent: { amount, currency }, args: { locale } }) => {
      return new Intl.NumberFormat(checked(locale), { style: 'currency', currency }).format(amount)
    },
  },
})

function checked(locale: string): string[] {
  try {
    return Intl.getCanonicalLocales(locale)
  } catch {
    throw new SluiceError('PARAMETER_REFUSED', `"${locale}" is no language tag. Write one as in "en" or "de-CH".`)
  }
}
