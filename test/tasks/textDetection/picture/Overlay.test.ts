import { assert, describe, it } from "@effect/vitest"
import * as Overlay from "../../../../src/tasks/textDetection/picture/Overlay.ts"

describe("names of overlays", () => {
  it("lose the extension, but for pictures that would then share one", () => {
    const names = Overlay.names([
      "/p/a.jpg",
      "/p/a.png",
      "/p/b.jpg",
      "/p/C.jpg",
      "/p/c.webp",
      "/p/a.jpg.webp"
    ])
    assert.deepStrictEqual(Object.fromEntries(names), {
      "a.jpg": "a.jpg.png",
      "a.png": "a.png.png",
      "b.jpg": "b.png",
      "C.jpg": "C.jpg.png",
      "c.webp": "c.webp.png",
      "a.jpg.webp": "a.jpg.webp.png"
    })
    assert.strictEqual(new Set(names.values()).size, 6)
  })
})
