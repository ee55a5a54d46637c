/** Times of day for people; apart from other text, as loading the words of a calendar takes its time. Pure. */

/** Sweden writes dates as ISO 8601 does. */
const toMinute = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short" })

/** `2026-01-02 03:04` of an ISO time, in the time zone of this machine. */
export const minute = (iso: string): string => {
  const time = Date.parse(iso)
  return Number.isNaN(time) ? iso : toMinute.format(time)
}
