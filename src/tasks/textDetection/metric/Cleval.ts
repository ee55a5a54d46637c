/**
 * CLEval of one picture: how many characters were found, by what they would be counted if regions were split or merged
 * (Baek et al., 2020, https://arxiv.org/abs/2006.06244), with the conventions of the official implementation, version
 * 0.1.1: single precision of area precisions, false letters, and both true counts of the end-to-end score.
 *
 * A detection gets the characters whose centres it covers. It belongs to a region alone, to a region with others
 * (split), or to several regions (merged), if enough of its own area is on them; splits and merges are penalised.
 */
import * as Clipping from "../geometry/Clipping.ts"
import type { Bounds } from "../geometry/Polygon.ts"
import * as Shape from "../geometry/Shape.ts"
import * as CommonLetters from "./CommonLetters.ts"
import * as TextBox from "./TextBox.ts"

export interface Options extends TextBox.Reading {
  /** Least part of a detection's area on a region, 0 to 1; default 0.3. */
  readonly areaPrecision?: number
  /** Characters lost for each additional detection of a region; default 1. */
  readonly splitPenalty?: number
  /** Characters lost for each additional region of a detection; default 1. */
  readonly mergePenalty?: number
  /** Whether to compare texts as well; default false. */
  readonly endToEnd?: boolean
}

/** Characters of one or more pictures. */
export interface Counts {
  /** In regions that count. */
  readonly truth: number
  /** In detections that count, false ones included. */
  readonly detected: number
  /** Found, each once. */
  readonly found: number
  /** In detections on nothing, or wrong ones of a text. */
  readonly wrong: number
  readonly splitPenalty: number
  readonly mergePenalty: number
}

export interface Result {
  readonly detection: Counts
  /** Absent unless it was asked for. */
  readonly endToEnd: Counts | undefined
  /** Regions that several detections share. */
  readonly splits: number
  /** Detections that cover several regions. */
  readonly merges: number
  /** Characters that are in more than one detection, for each further one. */
  readonly overlapped: number
}

export interface Scores {
  readonly precision: number
  readonly recall: number
  readonly hmean: number
}

export const nothing: Counts = { truth: 0, detected: 0, found: 0, wrong: 0, splitPenalty: 0, mergePenalty: 0 }

export const sum = (a: Counts, b: Counts): Counts => ({
  truth: a.truth + b.truth,
  detected: a.detected + b.detected,
  found: a.found + b.found,
  wrong: a.wrong + b.wrong,
  splitPenalty: a.splitPenalty + b.splitPenalty,
  mergePenalty: a.mergePenalty + b.mergePenalty
})

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : Math.max(0, part) / whole)

/** Each in [0, 1]; 0 of nothing, as in the official implementation. */
export const scores = ({ truth, detected, found, splitPenalty, mergePenalty }: Counts): Scores => {
  const recall = ratio(found - splitPenalty, truth)
  const precision = ratio(found - mergePenalty, detected)
  return { precision, recall, hmean: ratio(2 * recall * precision, recall + precision) }
}

/** A region and a detection that have something in common. */
interface Pair {
  readonly region: number
  readonly detection: number
  /** Part of the detection's area on the region, single precision. */
  readonly areaPrecision: number
  /** Which of the region's centres are in the detection, ascending. */
  readonly inside: ReadonlyArray<number>
}

/** Pairs by their region and by their detection, each in ascending order. */
interface Pairs {
  readonly byRegion: ReadonlyArray<ReadonlyArray<Pair>>
  readonly byDetection: ReadonlyArray<ReadonlyArray<Pair>>
}

const insideOf = (region: TextBox.TextBox, { shape }: TextBox.TextBox): ReadonlyArray<number> => {
  const inside: Array<number> = []
  for (let i = 0; i < region.centres.length; i++) {
    const centre = region.centres[i]
    if (centre !== undefined && Shape.contains(shape, centre[0], centre[1])) inside.push(i)
  }
  return inside
}

/** The area that a detection has on a region; regions that count are cut out of the ignored ones. */
const sharedWith = (region: TextBox.TextBox, regions: ReadonlyArray<TextBox.TextBox>) => {
  const cut = region.ignore
    ? regions.filter((other) => !other.ignore && Shape.sharedArea(region.shape, other.shape) > 0)
    : []
  if (cut.length === 0) return (detection: Shape.Shape) => Shape.sharedArea(region.shape, detection)
  const remainder = Clipping.remainderArea(
    region.shape.polygon,
    cut.map(({ shape }) => shape.polygon)
  )
  return (detection: Shape.Shape) => remainder(detection.polygon)
}

/** A box around the region and its centres, which lie outside a region whose corners are not in order. */
const reachOf = ({ shape: { bounds }, centres }: TextBox.TextBox): Bounds => {
  let { left, top, right, bottom } = bounds
  for (const [x, y] of centres) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x)
    bottom = Math.max(bottom, y)
  }
  return { left, top, right, bottom }
}

const touch = (a: Bounds, b: Bounds): boolean =>
  a.top <= b.bottom && a.bottom >= b.top && a.left <= b.right && a.right >= b.left

/** Which shapes have bounds that touch a box: a scan, fast enough for all pairs of a page. */
const finder = (shapes: ReadonlyArray<Shape.Shape>) => {
  const all = shapes.map(({ bounds }) => bounds)
  return (box: Bounds): ReadonlyArray<number> => {
    const found: Array<number> = []
    for (let i = 0; i < all.length; i++) {
      const bounds = all[i]
      if (bounds !== undefined && touch(bounds, box)) found.push(i)
    }
    return found
  }
}

const pairsOf = (
  regions: ReadonlyArray<TextBox.TextBox>,
  detections: ReadonlyArray<TextBox.TextBox>
): Pairs => {
  const touching = finder(detections.map(({ shape }) => shape))
  const byDetection = detections.map((): Array<Pair> => [])
  const byRegion = regions.map((region, i) => {
    const shared = sharedWith(region, regions)
    const own: Array<Pair> = []
    for (const j of touching(reachOf(region))) {
      const detection = detections[j]
      if (detection === undefined) continue
      const { shape } = detection
      const areaPrecision = shape.area > 0 ? Math.fround(shared(shape) / shape.area) : 0
      const pair = { region: i, detection: j, areaPrecision, inside: insideOf(region, detection) }
      own.push(pair)
      byDetection[j]?.push(pair)
    }
    return own
  })
  return { byRegion, byDetection }
}

/** Whether a detection is mostly on ignored regions. */
const isIgnored = (
  own: ReadonlyArray<Pair>,
  regions: ReadonlyArray<TextBox.TextBox>,
  least: number
): boolean => {
  let covered = 0
  for (const { region, areaPrecision, inside } of own) {
    if (regions[region]?.ignore !== true) continue
    if (areaPrecision >= Math.fround(least)) return true
    if (inside.length > 0) covered = Math.fround(covered + areaPrecision)
  }
  return covered >= Math.fround(least) && covered > 0
}

/** Pairs of a region that several detections share, or the only one of a region and a detection. */
const ofRegion = (
  own: ReadonlyArray<Pair>,
  byDetection: Pairs["byDetection"],
  touches: (pair: Pair) => boolean,
  counts: (pair: Pair) => boolean
): ReadonlyArray<Pair> => {
  const isAlone = (pairs: ReadonlyArray<Pair> | undefined) => pairs?.filter(touches).length === 1
  const counted = own.filter((pair) => touches(pair) && counts(pair))
  const [first] = counted
  if (first === undefined || counted.length > 1) return counted
  return isAlone(own) && isAlone(byDetection[first.detection]) ? counted : []
}

/** Pairs of a detection that covers several regions. */
const merged = (
  own: ReadonlyArray<Pair>,
  counts: (pair: Pair) => boolean,
  least: number
): ReadonlyArray<Pair> => {
  const counted = own.filter((pair) => pair.inside.length > 0 && counts(pair))
  const isCovered = total(counted, ({ areaPrecision }) => areaPrecision) >= least
  return counted.length > 1 && isCovered ? counted : []
}

/** The pairs that belong together: one to one, one region to many detections, many regions to one detection. */
const matched = ({ byRegion, byDetection }: Pairs, counts: (pair: Pair) => boolean, least: number): Pairs => {
  const touches = ({ areaPrecision, inside }: Pair) =>
    areaPrecision >= Math.fround(least) && inside.length > 0
  const kept = new Set([
    ...byRegion.flatMap((own) => ofRegion(own, byDetection, touches, counts)),
    ...byDetection.flatMap((own) => merged(own, counts, least))
  ])
  const only = (all: ReadonlyArray<ReadonlyArray<Pair>>) =>
    all.map((own) => own.filter((pair) => kept.has(pair)))
  return { byRegion: only(byRegion), byDetection: only(byDetection) }
}

/** How many more pairs there are than things that have one. */
const more = (all: ReadonlyArray<ReadonlyArray<Pair>>): number =>
  total(all, (own) => Math.max(0, own.length - 1))

const several = (all: ReadonlyArray<ReadonlyArray<Pair>>): number =>
  all.filter((own) => own.length > 1).length

/** Detections in the order of the first centres that they have of a region. */
const inReadingOrder = (own: ReadonlyArray<Pair>, length: number): ReadonlyArray<number> => {
  let left = own
  const ordered: Array<number> = []
  for (let centre = 0; centre < length && left.length > 1; centre++) {
    const next = left.find(({ inside }) => inside.includes(centre))
    if (next === undefined) continue
    ordered.push(next.detection)
    left = left.filter((pair) => pair !== next)
  }
  // One more, and no others: the official implementation leaves out those that only have centres of the rest.
  return left[0] === undefined ? ordered : [...ordered, left[0].detection]
}

/** What is left of the detections' texts once their regions' texts are accounted for. */
const unexplained = (
  regions: ReadonlyArray<TextBox.TextBox>,
  detections: ReadonlyArray<TextBox.TextBox>,
  { byRegion }: Pairs
): ReadonlyArray<ReadonlyArray<string>> => {
  const left = detections.map(({ letters }) => letters)
  for (const [i, own] of byRegion.entries()) {
    const region = regions[i]
    if (region === undefined || own.length === 0) continue
    const order = inReadingOrder(own, region.centres.length)
    const texts = order.map((detection) => left[detection] ?? [])
    const common = CommonLetters.longest(region.letters, texts.flat())
    for (const [k, text] of CommonLetters.removed(texts, common).entries()) left[order[k] ?? 0] = text
  }
  return left
}

const isFalse = (ignored: ReadonlyArray<boolean>, matches: Pairs, detection: number): boolean =>
  ignored[detection] === false && matches.byDetection[detection]?.length === 0

const total = <A>(items: ReadonlyArray<A>, amount: (item: A, i: number) => number): number =>
  items.reduce((all, item, i) => all + amount(item, i), 0)

/** How many centres of a region are in any of its detections. */
const distinct = (own: ReadonlyArray<Pair>): number =>
  own.length < 2 ? (own[0]?.inside.length ?? 0) : new Set(own.flatMap(({ inside }) => inside)).size

/** Evaluates one picture. Both lists have their texts as `options` reads them. */
export const evaluate = (
  regions: ReadonlyArray<TextBox.TextBox>,
  detections: ReadonlyArray<TextBox.TextBox>,
  options: Options = {}
): Result => {
  const least = options.areaPrecision ?? 0.3
  const pairs = pairsOf(regions, detections)
  const ignored = pairs.byDetection.map((own) => isIgnored(own, regions, least))
  const counts = ({ region, detection }: Pair) =>
    regions[region]?.ignore === false && ignored[detection] === false
  const matches = matched(pairs, counts, least)
  const covered = total(matches.byRegion, (own) => total(own, ({ inside }) => inside.length))
  const found = total(matches.byRegion, distinct)
  const wrong = total(detections, (detection, j) =>
    isFalse(ignored, matches, j) ? TextBox.falseLetters(detection) : 0
  )
  const shared = {
    truth: total(regions, ({ ignore, centres }) => (ignore ? 0 : centres.length)),
    splitPenalty: more(matches.byRegion) * (options.splitPenalty ?? 1),
    mergePenalty: more(matches.byDetection) * (options.mergePenalty ?? 1)
  }
  return {
    detection: { ...shared, detected: covered + wrong, found, wrong },
    endToEnd:
      options.endToEnd === true ? { ...shared, ...texts(regions, detections, matches, ignored) } : undefined,
    splits: several(matches.byRegion),
    merges: several(matches.byDetection),
    overlapped: covered - found
  }
}

/** Letters of the detections that count: all, those that their regions have too, and the others. */
const texts = (
  regions: ReadonlyArray<TextBox.TextBox>,
  detections: ReadonlyArray<TextBox.TextBox>,
  matches: Pairs,
  ignored: ReadonlyArray<boolean>
) => {
  const left = unexplained(regions, detections, matches)
  const detected = total(detections, ({ letters }, j) => (ignored[j] === false ? letters.length : 0))
  const wrong = total(left, (letters, j) => (ignored[j] === false ? letters.length : 0))
  return { detected, found: detected - wrong, wrong }
}
