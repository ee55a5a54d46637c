/** Times of day for people. Pure but for the machine's time zone. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

const two = (part: number): string => String(part).padStart(2, "0")

const written = (time: Date): string => {
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-")
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`
}

/** `2026-01-02 03:04` of an ISO time, in the time zone of this machine; without the words of a calendar to load. */
export const minute = (iso: string): string =>
  Option.match(DateTime.make(iso), {
    onNone: () => iso,
    onSome: (time) => written(DateTime.toDateUtc(time))
  })
