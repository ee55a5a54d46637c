/** How the field writes a region; apart, as a command line needs no reader. */
export const boxTypes = ["QUAD", "LTRB", "POLY"] as const
export type BoxType = (typeof boxTypes)[number]
