/** The parts of a folder's pictures that validate and test by default; apart, as a plan needs no reader of folders. */
export const fractions = { val: 0.2, test: 0 }
