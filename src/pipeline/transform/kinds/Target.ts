/** What transforms are for: the input of the net in training. */
export interface Target {
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** Long side of a whole picture as evaluation sees it, pixels. */
  readonly longSide: number
  /** What the net sees as nothing, such as the mean that is taken from its input; 0..255. */
  readonly background: readonly [red: number, green: number, blue: number]
}
