/** Text from outside, such as a server's answer, made safe for a message. Pure. */

/** One short line, without control characters and without those that change the direction of text. */
export const quoted = (text: string): string =>
  text
    .slice(0, 4096)
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "�")
    .trim()
    .slice(0, 200)
