/**
 * The lattice of CTC as tables: labels with blanks between them as states, which of them follow which, and where each
 * finds its logits. Labels are known on the host, so all that depends on them is computed there, once a batch.
 *
 * Backward probabilities are forward probabilities of the reversed labels in reversed time. So a batch becomes twice as
 * many rows, its samples and then the same reversed, and one recursion over time does both.
 */

/** Stands for log 0: far below any sum of logits, and sums of it over time stay finite. */
export const never = -1e30

export interface CtcSizes {
  readonly batch: number
  readonly time: number
  readonly classes: number
}

export interface CtcTarget {
  /** Classes of each sample in order, without blanks. */
  readonly labels: ReadonlyArray<ArrayLike<number>>
  /** Time steps of each sample that count, from 1 to `time`. Default all. */
  readonly lengths?: ArrayLike<number> | undefined
}

/**
 * The scores of one time step are one vector, `[2, states + 1, batch]`: the samples, then the same reversed. State by
 * state, so that what came from the state before lies `batch` places before; the first state of each half is always
 * impossible, so that nothing comes over from the other half.
 */
export interface CtcLattice {
  /** States of the longest label: a blank before, between and after its classes. */
  readonly states: number
  /** Length of such a vector. */
  readonly width: number
  /** `[width]`: 0 where a path may come from two states before, otherwise `never`. */
  readonly skips: Float32Array
  /** `[width]`: 0 where a path begins, before the first time step, otherwise `never`. */
  readonly start: Float32Array
  /** `[time · width, 1]`: where the flat `[batch, time, classes]`, with `never` at its end, holds what a state emits. */
  readonly emitted: Int32Array
  /** `[batch · time · states, 1]`: where the flat `[time, width]` holds a state. */
  readonly own: Int32Array
  /** `[batch · time · states, 1]`: where it holds the reversed twin of that state. */
  readonly twin: Int32Array
  /** `[batch, states, classes]`: 1 for the class of a state, otherwise 0. */
  readonly classOf: Float32Array
  /** `[batch, time]`: 1 while a sample lasts, otherwise 0. */
  readonly lasts: Float32Array
  /** `[batch]`: 1 if the label fits into its time, otherwise 0. */
  readonly fits: Float32Array
  /** `[batch]`: the labels' lengths, at least 1, which a mean divides by. */
  readonly sizes: Float32Array
}

/** A sample, forward or reversed. */
interface Row {
  readonly sample: number
  readonly reversed: boolean
  /** The class of each state. */
  readonly classes: Int32Array
  /** The state before the first time step. */
  readonly begin: number
  /** Time steps. */
  readonly length: number
}

/** Where things lie in a vector. */
interface Plane extends CtcSizes {
  readonly states: number
  readonly width: number
}

export const make = (target: CtcTarget, sizes: CtcSizes, blank: number): CtcLattice => {
  const { labels } = target
  check(labels, sizes, blank)
  const lengths = lengthsOf(target, sizes)
  const states = 2 * labels.reduce((longest, label) => Math.max(longest, label.length), 0) + 1
  const plane = { ...sizes, states, width: 2 * (states + 1) * sizes.batch }
  const forward = labels.map((label, sample): Row => {
    const classes = extend(label, states, blank)
    return { sample, reversed: false, classes, begin: 0, length: lengths[sample] ?? 0 }
  })
  const rows = forward.flatMap((row): Array<Row> => {
    const begin = states - 1 - 2 * (labels[row.sample]?.length ?? 0)
    return [row, { ...row, reversed: true, classes: row.classes.toReversed(), begin }]
  })
  return {
    states,
    width: plane.width,
    skips: marked(plane, rows, ({ classes }, state) => mayBeSkippedTo(classes, state, blank)),
    start: marked(plane, rows, ({ begin }, state) => state === begin),
    emitted: emissions(plane, rows),
    own: places(
      plane,
      forward,
      (row, t, state) => t * plane.width + placeOf(plane, row.sample, false, state)
    ),
    twin: places(plane, forward, (row, t, state) => {
      const mirrored = Math.max(0, row.length - 1 - t) * plane.width
      return mirrored + placeOf(plane, row.sample, true, states - 1 - state)
    }),
    classOf: classTable(plane, forward),
    lasts: lastTable(plane, lengths),
    fits: Float32Array.from(labels, (label, sample) =>
      label.length + repeats(label) <= (lengths[sample] ?? 0) ? 1 : 0
    ),
    sizes: Float32Array.from(labels, (label) => Math.max(1, label.length))
  }
}

/** The label with a blank before, between and after its classes, and blanks to the end. */
const extend = (label: ArrayLike<number>, states: number, blank: number): Int32Array =>
  Int32Array.from({ length: states }, (_, state) =>
    state % 2 === 1 ? (label[(state - 1) / 2] ?? blank) : blank
  )

/** A blank may be skipped between different classes. */
const mayBeSkippedTo = (classes: Int32Array, state: number, blank: number): boolean =>
  state >= 2 && classes[state] !== blank && classes[state] !== classes[state - 2]

const repeats = (label: ArrayLike<number>): number =>
  Array.from(label).filter((name, i) => i > 0 && name === label[i - 1]).length

/** Where a vector holds a state of a sample. */
const placeOf = ({ batch, states }: Plane, sample: number, reversed: boolean, state: number): number =>
  ((reversed ? states + 1 : 0) + 1 + state) * batch + sample

const marked = (
  plane: Plane,
  rows: ReadonlyArray<Row>,
  isMarked: (row: Row, state: number) => boolean
): Float32Array => {
  const values = new Float32Array(plane.width).fill(never)
  for (const row of rows)
    for (let state = 0; state < plane.states; state++)
      if (isMarked(row, state)) values[placeOf(plane, row.sample, row.reversed, state)] = 0
  return values
}

/** Reversed rows read from their last time step back; what comes after a sample's end is never used. */
const emissions = (plane: Plane, rows: ReadonlyArray<Row>): Int32Array => {
  const { batch, time, classes, states, width } = plane
  const indices = new Int32Array(time * width).fill(batch * time * classes)
  for (const row of rows)
    for (let t = 0; t < row.length; t++) {
      const from = (row.sample * time + (row.reversed ? row.length - 1 - t : t)) * classes
      const to = t * width + placeOf(plane, row.sample, row.reversed, 0)
      for (let state = 0; state < states; state++)
        indices[to + state * batch] = from + (row.classes[state] ?? 0)
    }
  return indices
}

/** An index for each sample, time and state. */
const places = (
  { batch, time, states }: Plane,
  rows: ReadonlyArray<Row>,
  placed: (row: Row, t: number, state: number) => number
): Int32Array => {
  const indices = new Int32Array(batch * time * states)
  for (const row of rows)
    for (let t = 0; t < time; t++) {
      const to = (row.sample * time + t) * states
      for (let state = 0; state < states; state++) indices[to + state] = placed(row, t, state)
    }
  return indices
}

const classTable = ({ batch, states, classes }: Plane, rows: ReadonlyArray<Row>): Float32Array => {
  const values = new Float32Array(batch * states * classes)
  for (const row of rows)
    for (const [state, name] of row.classes.entries())
      values[(row.sample * states + state) * classes + name] = 1
  return values
}

const lastTable = ({ batch, time }: Plane, lengths: Int32Array): Float32Array => {
  const values = new Float32Array(batch * time)
  for (const [sample, length] of lengths.entries()) values.fill(1, sample * time, sample * time + length)
  return values
}

const lengthsOf = ({ lengths }: CtcTarget, { batch, time }: CtcSizes): Int32Array => {
  if (lengths === undefined) return new Int32Array(batch).fill(time)
  if (lengths.length !== batch)
    throw new Error(`Loss.ctc got ${lengths.length} lengths for a batch of ${batch}`)
  return Int32Array.from(lengths, (length, sample) => {
    if (Number.isInteger(length) && length >= 1 && length <= time) return length
    throw new Error(
      `Loss.ctc got length ${length} for sample ${sample}, but the logits have ${time} time steps: lengths are from 1 to ${time}`
    )
  })
}

const check = (
  labels: ReadonlyArray<ArrayLike<number>>,
  { batch, classes }: CtcSizes,
  blank: number
): void => {
  if (!isClass(blank, classes))
    throw new Error(`Loss.ctc got blank ${blank}, but the logits have the classes 0 to ${classes - 1}`)
  if (labels.length !== batch) throw new Error(`Loss.ctc got ${labels.length} labels for a batch of ${batch}`)
  for (const [sample, label] of labels.entries())
    for (const [place, name] of Array.from(label).entries())
      if (!isClass(name, classes) || name === blank)
        throw new Error(
          `Loss.ctc got ${name} at place ${place} of label ${sample}: labels are classes from 0 to ${classes - 1} without the blank ${blank}`
        )
}

const isClass = (value: number, classes: number): boolean =>
  Number.isInteger(value) && value >= 0 && value < classes
