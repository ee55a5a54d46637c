import { assert, describe, it } from "@effect/vitest"
import * as Strftime from "../../../src/config/interpolation/Strftime.ts"

/** What Python's strftime gives for 2024-03-05 07:08:09 (a Tuesday) and 2021-01-03 19:00:00 (a Sunday). */
const expected: ReadonlyArray<readonly [pattern: string, tuesday: string, sunday: string]> = [
  ["%Y-%m-%d_%H-%M-%S", "2024-03-05_07-08-09", "2021-01-03_19-00-00"],
  ["%F %T %R", "2024-03-05 07:08:09 07:08", "2021-01-03 19:00:00 19:00"],
  ["%y%m%d %D %x", "240305 03/05/24 03/05/24", "210103 01/03/21 01/03/21"],
  ["%a %A %b %B %h", "Tue Tuesday Mar March Mar", "Sun Sunday Jan January Jan"],
  ["%I:%M %p %P %r", "07:08 AM am 07:08:09 AM", "07:00 PM pm 07:00:00 PM"],
  ["%j %U %W %w %u", "065 09 10 2 2", "003 01 00 0 7"],
  ["%G-W%V %g", "2024-W10 24", "2020-W53 20"],
  ["%c", "Tue Mar  5 07:08:09 2024", "Sun Jan  3 19:00:00 2021"],
  ["%e|%k|%l|%C", " 5| 7| 7|20", " 3|19| 7|20"],
  ["%-d.%-m. %_d %0e %^a", "5.3.  5 05 TUE", "3.1.  3 03 SUN"],
  ["100%% %Q %", "100% %Q %", "100% %Q %"],
  ["%f", "000000", "000000"]
]

describe("Strftime.format", () => {
  for (const [pattern, tuesday, sunday] of expected) {
    it(`formats ${pattern}`, () => {
      assert.strictEqual(Strftime.format(new Date(2024, 2, 5, 7, 8, 9), pattern), tuesday)
      assert.strictEqual(Strftime.format(new Date(2021, 0, 3, 19), pattern), sunday)
    })
  }
})
