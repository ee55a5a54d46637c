/** What distinguishes two values: SHA-256 over JSON in one canonical order of keys. */
export { canonical, of, ofText } from "../internal/Digest.ts"

/** The first digits, for people. */
export const short = (digest: string): string => digest.replace(/^sha256:/, "").slice(0, 10)
