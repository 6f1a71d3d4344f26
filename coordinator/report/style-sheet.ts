/** The look of a report: system fonts, light and dark, from a phone to paper. */

/** The whole style sheet, as put into the page. */
export const STYLE_SHEET = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --panel: #f4f5f1; --ink: #1b221f; --muted: #5d6863; --faint: #c3cac5; --line: #e0e4df;
  --front: #0a7d5a; --front-wash: #e3f2ea; --warn: #8a5a00; --warn-wash: #fdf3dc; --bad: #a8322a; --bad-wash: #fbe9e7;
  --modelled: #6a4fa3; --modelled-wash: #efeaf8; --estimate: #2a6293; --estimate-wash: #e6f0f8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #121614; --panel: #1a201d; --ink: #e4e9e5; --muted: #95a19b; --faint: #45504a; --line: #2a322e;
    --front: #43c796; --front-wash: #143226; --warn: #e8b95a; --warn-wash: #33280f; --bad: #f08a80; --bad-wash: #3a1d1a;
    --modelled: #b9a3ea; --modelled-wash: #272038; --estimate: #86bbe6; --estimate-wash: #182938;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 3.5rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; overflow-wrap: break-word; }
main, header, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
.eyebrow { color: var(--front); font-weight: 650; letter-spacing: .04em; font-size: .85rem; }
h1 { font-size: clamp(1.7rem, 4.5vw, 2.5rem); line-height: 1.15; letter-spacing: -.02em; margin: .2rem 0 .4rem; text-wrap: balance; }
h2 { font-size: 1.45rem; letter-spacing: -.01em; margin: 0 0 .6rem; }
h3 { font-size: 1.08rem; margin: 1.8rem 0 .3rem; }
h4 { font-size: .98rem; margin: 1.2rem 0 .3rem; }
h5 { font-size: .92rem; margin: .6rem 0 .2rem; }
p { margin: .4rem 0 .8rem; max-width: 46rem; text-wrap: pretty; }
a { color: var(--front); text-underline-offset: .15em; }
.lead { font-size: 1.08rem; }
.sub, .note, .meta { color: var(--muted); font-size: .9rem; }
.warning { background: var(--warn-wash); color: var(--warn); border-left: 3px solid var(--warn); padding: .6rem .9rem; border-radius: 0 .4rem .4rem 0; }
nav { position: sticky; top: 0; z-index: 2; background: var(--paper); border-bottom: 1px solid var(--line); margin-top: 1.2rem; }
nav div { max-width: 68rem; margin: 0 auto; padding: .55rem 1.25rem; display: flex; gap: 1.1rem; overflow-x: auto; white-space: nowrap; font-size: .9rem; }
nav a { color: var(--muted); text-decoration: none; }
nav a:hover, nav a:focus-visible { color: var(--ink); text-decoration: underline; }
section { padding: 2rem 0 1.6rem; border-bottom: 1px solid var(--line); }
section:last-of-type { border-bottom: 0; }
article { margin-bottom: 2rem; }
.tiles { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.2rem 0 .8rem; }
.tile { flex: 1 1 11rem; background: var(--panel); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; }
.tile-name { color: var(--muted); font-size: .85rem; }
.tile-value { font-size: 1.75rem; font-weight: 650; letter-spacing: -.02em; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tile.energy { flex: 3 1 24rem; }
.tile.energy > div:last-child { display: flex; flex-wrap: wrap; gap: .2rem 2rem; }
.tile-detail { color: var(--muted); font-size: .82rem; line-height: 1.45; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1rem 1.4rem; align-items: start; margin: .6rem 0 1rem; }
.panels > *, .wide { min-width: 0; }
svg.chart { display: block; width: 100%; height: auto; max-width: 27rem; font-family: inherit; overflow: visible; }
.panels > figure:only-child svg.chart { max-width: 31rem; }
figure { margin: 0; }
.wide { overflow-x: auto; }
.wide svg.chart { max-width: none; min-width: 34rem; }
svg.chart text { white-space: pre; }
.scroll { overflow-x: auto; width: fit-content; max-width: 100%; margin: .5rem 0 1rem; border: 1px solid var(--line); border-radius: .5rem; }
.scroll:focus-visible { outline: 2px solid var(--front); }
table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; }
th, td { padding: .42rem .7rem; text-align: left; vertical-align: baseline; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { background: var(--panel); font-weight: 600; }
tbody tr:last-child > * { border-bottom: 0; }
tbody tr:hover { background: var(--panel); }
tr.on-front td:first-child { box-shadow: inset 3px 0 0 var(--front); font-weight: 650; }
td.long { white-space: normal; min-width: 19rem; max-width: 34rem; }
td.brief { white-space: normal; min-width: 9rem; max-width: 16rem; overflow-wrap: anywhere; }
tr:has(:target) { background: var(--front-wash); }
th.number, td.number { text-align: right; }
td.number { white-space: nowrap; }
.unit { color: var(--muted); font-weight: 400; }
.unknown { color: var(--muted); font-style: italic; }
.unknown[title] { text-decoration: underline dotted; text-underline-offset: .2em; cursor: help; }
.on-front-mark { color: var(--front); }
.badge { display: inline-block; font-size: .74rem; font-weight: 600; line-height: 1.5; padding: 0 .5em; border-radius: 1em; white-space: nowrap; letter-spacing: 0; vertical-align: .08em; background: var(--panel); color: var(--muted); border: 1px solid var(--line); }
.badge.counter, .badge.integrated, .badge.state-completed, .badge.closed { background: var(--front-wash); color: var(--front); border-color: transparent; }
.badge.shared-estimate, .badge.state-leased, .badge.open { background: var(--estimate-wash); color: var(--estimate); border-color: transparent; }
.badge.model, .badge.simulated { background: var(--modelled-wash); color: var(--modelled); border-color: transparent; }
.badge.state-failed { background: var(--bad-wash); color: var(--bad); border-color: transparent; }
.legend { color: var(--muted); font-size: .9rem; }
.key { display: inline-block; width: .75rem; height: .75rem; border-radius: 50%; vertical-align: -.08em; margin-left: .6rem; }
.key:first-child { margin-left: 0; }
.front-key { background: var(--front); }
.other-key { border: 1.5px solid var(--muted); }
.cross-key { width: auto; height: auto; border-radius: 0; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) minmax(0, 1fr); gap: .2rem 1.2rem; margin: .5rem 0 1rem; font-size: .92rem; }
dt { color: var(--muted); }
dd { margin: 0; }
code, pre { font: .85em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .9rem 1rem; overflow-x: auto; font-size: .82rem; }
details > summary { cursor: pointer; color: var(--front); padding: .3rem 0; font-size: .93rem; }
details.figures > summary { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; align-items: baseline; }
details.figures > summary::before { content: "\\25B8"; }
details.figures[open] > summary::before { content: "\\25BE"; }
details.figures .figure { color: var(--ink); font-variant-numeric: tabular-nums; }
details.figures > div { margin: .2rem 0 1.4rem; padding-left: 1rem; border-left: 2px solid var(--line); }
tbody th { text-align: left; font-weight: 500; color: var(--muted); background: none; vertical-align: baseline; }
footer { color: var(--muted); font-size: .85rem; padding-top: 1rem; padding-bottom: 3rem; }
@media (max-width: 40rem) {
  main, header, footer, nav div { padding-left: .9rem; padding-right: .9rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .4rem; }
}
@media print {
  nav { display: none; }
  body { font-size: 10.5pt; }
  section { break-inside: auto; }
  article, .tile, figure { break-inside: avoid; }
  .scroll { overflow: visible; }
  th, td { white-space: normal; padding: .2rem .4rem; }
}
`;
