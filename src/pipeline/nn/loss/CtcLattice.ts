/**
 * The lattice of CTC as tables: labels with blanks between them as states, which of them follow which, and where each
 * finds its logits. Labels are known on the host, so all that depends on them is computed there, once a batch.
 *
 * Backward probabilities are forward probabilities of the reversed labels in reversed time. So a batch becomes twice as
 * many rows, its samples and then the same reversed, and one recursion over time does both.
 */

/** Stands for log 0: far below any sum of logits, and sums of it stay finite. */
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

export interface CtcLattice {
  /** States of the longest label: a blank before, between and after its classes. */
  readonly states: number
  /** `[states · 3]`: the states that may precede each, itself, the one and the two before it. */
  readonly before: Int32Array
  /** `[2 · batch, states · 3]`: 0 where that is allowed, otherwise `never`. */
  readonly moves: Float32Array
  /** `[2 · batch, states]`: 0 where a row begins, before its first time step, otherwise `never`. */
  readonly start: Float32Array
  /** `[time, 2 · batch, states]`: where the flat `[batch, time, classes]` holds what a state emits. */
  readonly emitted: Int32Array
  /** `[time, batch, states]`: where the flat `[time, 2 · batch, states]` holds the reversed twin of a state. */
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

interface Row {
  /** The class of each state, blanks to the end. */
  readonly classes: Int32Array
  /** The state before the first time step. */
  readonly begin: number
}

export const make = (target: CtcTarget, sizes: CtcSizes, blank: number): CtcLattice => {
  const { batch, time, classes } = sizes
  const lengths = lengthsOf(target, sizes)
  check(target.labels, sizes, blank)
  const states = 2 * Math.max(0, ...target.labels.map((label) => label.length)) + 1
  const forward = target.labels.map((label): Row => ({ classes: extend(label, states, blank), begin: 0 }))
  const reversed = forward.map(
    (row, sample): Row => ({
      classes: row.classes.toReversed(),
      begin: states - 1 - 2 * (target.labels[sample]?.length ?? 0)
    })
  )
  const rows = [...forward, ...reversed]
  return {
    states,
    before: Int32Array.from({ length: states * 3 }, (_, i) => Math.max(0, Math.floor(i / 3) - (i % 3))),
    moves: table(rows, states * 3, (row, i) =>
      allowed(row.classes, Math.floor(i / 3), i % 3, blank) ? 0 : never
    ),
    start: table(rows, states, (row, state) => (state === row.begin ? 0 : never)),
    emitted: emissions(rows, lengths, sizes),
    twin: twins(lengths, states, sizes),
    classOf: table(forward, states * classes, (row, i) =>
      row.classes[Math.floor(i / classes)] === i % classes ? 1 : 0
    ),
    lasts: Float32Array.from({ length: batch * time }, (_, i) =>
      i % time < (lengths[Math.floor(i / time)] ?? 0) ? 1 : 0
    ),
    fits: Float32Array.from(target.labels, (label, sample) =>
      label.length + repeats(label) <= (lengths[sample] ?? 0) ? 1 : 0
    ),
    sizes: Float32Array.from(target.labels, (label) => Math.max(1, label.length))
  }
}

const table = (
  rows: ReadonlyArray<Row>,
  width: number,
  valueOf: (row: Row, at: number) => number
): Float32Array => {
  const values = new Float32Array(rows.length * width)
  for (const [r, row] of rows.entries())
    for (let at = 0; at < width; at++) values[r * width + at] = valueOf(row, at)
  return values
}

/** The label with a blank before, between and after its classes, and blanks to the end. */
const extend = (label: ArrayLike<number>, states: number, blank: number): Int32Array =>
  Int32Array.from({ length: states }, (_, state) =>
    state % 2 === 1 ? (label[(state - 1) / 2] ?? blank) : blank
  )

/** Whether a path may come to `state` from the one `back` before it: a blank is skipped between different classes. */
const allowed = (classes: Int32Array, state: number, back: number, blank: number): boolean => {
  if (back > state) return false
  return back < 2 || (classes[state] !== blank && classes[state] !== classes[state - 2])
}

const repeats = (label: ArrayLike<number>): number =>
  Array.from(label).filter((name, i) => i > 0 && name === label[i - 1]).length

/** Reversed rows read from their last time step back; what comes after a sample's end is never used. */
const emissions = (rows: ReadonlyArray<Row>, lengths: Int32Array, sizes: CtcSizes): Int32Array => {
  const { batch, time, classes } = sizes
  const states = rows[0]?.classes.length ?? 0
  const indices = new Int32Array(time * rows.length * states)
  for (const [r, row] of rows.entries()) {
    const sample = r % batch
    const last = (lengths[sample] ?? 1) - 1
    for (let t = 0; t < time; t++) {
      const step = Math.min(t, last)
      const from = (sample * time + (r < batch ? step : last - step)) * classes
      const to = (t * rows.length + r) * states
      for (let state = 0; state < states; state++) indices[to + state] = from + (row.classes[state] ?? 0)
    }
  }
  return indices
}

const twins = (lengths: Int32Array, states: number, { batch, time }: CtcSizes): Int32Array => {
  const indices = new Int32Array(time * batch * states)
  for (let t = 0; t < time; t++)
    for (let sample = 0; sample < batch; sample++) {
      const mirrored = Math.max(0, (lengths[sample] ?? 1) - 1 - t)
      const last = (mirrored * 2 * batch + batch + sample + 1) * states - 1
      const to = (t * batch + sample) * states
      for (let state = 0; state < states; state++) indices[to + state] = last - state
    }
  return indices
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
