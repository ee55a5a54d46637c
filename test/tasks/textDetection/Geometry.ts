/** Shapes for tests. */
import type { Point, Polygon } from "../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as Shape from "../../../src/tasks/textDetection/geometry/Shape.ts"

export const iou = (a: Polygon, b: Polygon): number => Shape.iou(Shape.of(a), Shape.of(b))

export const box = (left: number, top: number, width: number, height: number): Polygon => [
  [left, top],
  [left + width, top],
  [left + width, top + height],
  [left, top + height]
]

/** `polygon` turned by `degrees` about `center`. */
export const turned = (polygon: Polygon, degrees: number, center: Point): Polygon => {
  const angle = (degrees * Math.PI) / 180
  return polygon.map(([x, y]): Point => {
    const dx = x - center[0]
    const dy = y - center[1]
    return [
      center[0] + dx * Math.cos(angle) - dy * Math.sin(angle),
      center[1] + dx * Math.sin(angle) + dy * Math.cos(angle)
    ]
  })
}

/** 0 and 1 from rows of characters, `#` and `1` being 1. */
export const bitmap = (rows: ReadonlyArray<string>) => ({
  width: rows[0]?.length ?? 0,
  height: rows.length,
  data: Uint8Array.from(rows.join(""), (character) => (character === "#" || character === "1" ? 1 : 0))
})
