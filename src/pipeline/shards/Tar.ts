/** Headers of tar archives in the form that every reader knows: ustar (POSIX.1-1988). */

/** Archives are made of blocks of so many bytes; a file begins with a block of its own, and fills its last with zeros. */
export const BLOCK = 512

/** Bytes that a file of so many takes after its header. */
export const padded = (bytes: number): number => Math.ceil(bytes / BLOCK) * BLOCK

/** What ends an archive. */
export const end = (): Uint8Array => new Uint8Array(2 * BLOCK)

/** An octal number with zeros in front, and a NUL behind. */
const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, "0")}\0`

/** Where the fields of a header begin. */
const fields = (name: string, bytes: number): ReadonlyArray<readonly [at: number, text: string]> => [
  [0, name],
  [100, octal(0o644, 8)],
  // Of nobody, at the beginning of 1970: the same files make the same archive.
  [108, octal(0, 8)],
  [116, octal(0, 8)],
  [124, octal(bytes, 12)],
  [136, octal(0, 12)],
  [156, "0"],
  [257, "ustar\u000000"]
]

/** The sum of all bytes, those of the sum itself taken as spaces. */
const CHECKSUM = 148

/** The header of a file: a name of up to 100 ASCII characters, below 8 GiB. */
export const header = (name: string, bytes: number): Uint8Array => {
  const block = new Uint8Array(BLOCK)
  const write = (at: number, text: string) => block.set(new TextEncoder().encode(text), at)
  for (const [at, text] of fields(name, bytes)) write(at, text)
  write(CHECKSUM, " ".repeat(8))
  const sum = block.reduce((all, byte) => all + byte, 0)
  write(CHECKSUM, `${sum.toString(8).padStart(6, "0")}\0 `)
  return block
}
