/** Words of strangers, such as a server's answer, as a message may hold them. Pure. */

/** One line, and short, without what a terminal obeys or what turns the order of letters around. */
export const quoted = (text: string): string =>
  text
    .slice(0, 4096)
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "�")
    .trim()
    .slice(0, 200)
