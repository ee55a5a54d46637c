/** The styles of the page, light or dark as the reader's system is. */
export const CSS = `
:root { color-scheme: light dark; --paper: #ffffff; --raised: #f6f7f9; --ink: #1f2328; --muted: #656d76; --line: #e1e4e8; --accent: #2563eb; --bad: #d1242f }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --raised: #1d2127; --ink: #e6e9ed; --muted: #949ca6; --line: #31363d; --accent: #6ea0ff; --bad: #ff7b72 } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 32px 24px 64px; max-width: 1200px; background: var(--paper); color: var(--ink); font: 14px/1.5 system-ui, sans-serif }
h1 { margin: 0 0 20px; font-size: 22px; overflow-wrap: anywhere }
h2 { margin: 40px 0 12px; font-size: 17px }
h3 { margin: 16px 0 8px; font-size: 14px; font-weight: 600 }
small { color: var(--muted); font-weight: 400 }
.cards { display: flex; flex-wrap: wrap; gap: 10px }
.card { padding: 10px 16px; min-width: 108px; background: var(--raised); border: 1px solid var(--line); border-radius: 8px }
.card b { display: block; font-size: 20px; font-variant-numeric: tabular-nums }
.card span { color: var(--muted); font-size: 12px }
.card.bad b { color: var(--bad) }
.wide { overflow-x: auto }
table { width: 100%; border-collapse: collapse }
th, td { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: middle }
tr:first-child > th { color: var(--muted); font-size: 12px; font-weight: 500 }
th { font-weight: 500 }
.n { font-variant-numeric: tabular-nums; white-space: nowrap }
.bars { display: block; width: 144px; height: 40px; fill: var(--accent) }
.tallies { display: grid; grid-template-columns: repeat(auto-fill, minmax(280px, 1fr)); gap: 8px 40px; align-items: start }
.tally .share { width: 40% }
.share i { display: block; height: 8px; background: var(--accent); border-radius: 2px }
.kind { padding: 1px 8px; background: var(--raised); border: 1px solid var(--line); border-radius: 10px; font-size: 12px; font-weight: 400; white-space: nowrap }
.where { color: var(--muted); font: 12px/1.5 ui-monospace, monospace; overflow-wrap: anywhere }
.figures { display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-end }
figure { margin: 0; max-width: 220px }
.picture { position: relative; display: inline-block; border: 1px solid var(--line); line-height: 0 }
.picture img { display: block; max-width: 100%; height: auto }
.picture svg { position: absolute; inset: 0; width: 100%; height: 100%; fill: #2563eb22; stroke: #2563eb; stroke-width: 1px }
.picture polygon { vector-effect: non-scaling-stroke }
figcaption { margin-top: 4px; color: var(--muted); font-size: 12px; overflow-wrap: anywhere }
figcaption b { color: var(--ink); font-weight: 500 }
`
