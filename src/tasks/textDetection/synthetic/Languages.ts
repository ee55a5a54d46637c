/** The lexicons of all languages. */
import type { Language } from "./Names.ts"
import { English } from "./words/English.ts"
import { French } from "./words/French.ts"
import { German } from "./words/German.ts"
import { Greek } from "./words/Greek.ts"
import type { Lexicon } from "./words/Lexicon.ts"
import { Polish } from "./words/Polish.ts"
import { Russian } from "./words/Russian.ts"
import { Spanish } from "./words/Spanish.ts"

export const LEXICONS: { readonly [L in Language]: Lexicon } = {
  en: English,
  de: German,
  fr: French,
  es: Spanish,
  pl: Polish,
  ru: Russian,
  el: Greek
}
