/** Times of day for people. Pure but for the machine's time zone. */

const two = (part: number): string => String(part).padStart(2, "0")

/** `2026-01-02 03:04` of an ISO time, in the time zone of this machine. */
export const minute = (iso: string): string => {
  const time = new Date(iso)
  if (Number.isNaN(time.getTime())) return iso
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-")
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`
}
