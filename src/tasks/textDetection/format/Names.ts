/** The names of formats; apart, as a plan needs no reader. */
export const names = [
  "anneal",
  "coco",
  "coco_text",
  "labelstudio",
  "doctr",
  "paddleocr",
  "labelme",
  "page",
  "page_lines",
  "alto",
  "alto_lines",
  "icdar",
  "sroie",
  "csv"
] as const
