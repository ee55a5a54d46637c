/** Pictures of single samples, side by side. */
import * as Effect from "effect/Effect"
import type { Picture } from "../task/TaskModule.ts"
import { Canvas } from "./Canvas.ts"
export const of = (_title: string, pictures: ReadonlyArray<Picture>) =>
  Effect.gen(function* () {
    const canvas = yield* Canvas
    const s = yield* canvas.create(100 * pictures.length, 100)
    return { width: s.width, height: s.height, rgb: s.rgb() }
  })
