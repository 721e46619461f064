/** The style of the report. Classes only: the page allows no style attributes. Colours are told apart by the colour-blind too. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fafaf8; --card: #fff; --ink: #1d2126; --soft: #5d6671; --rule: #e3e4e0; --grid: #ecece8;
  --accent: #2f5fd0; --good: #1b7f4b; --bad: #c22f3a; --warn: #d98e04; --shade: #c22f3a14; --bar: #e8e8e3;
  --s0: #3b6fd4; --s1: #1e9e89; --s2: #8b62c8; --s3: #d6a419; --s4: #5fb0e5; --s5: #d0588f; --s6: #7d9a3b; --s7: #8b939c;
  --l50: #1c4587; --l90: #4f81d6; --l99: #9dbdf0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1b1f23; --ink: #e6e8ea; --soft: #9aa4af; --rule: #2d3339; --grid: #262b30;
    --accent: #7ea6ff; --good: #4cc38a; --bad: #ff6b74; --warn: #f0b23e; --shade: #ff6b7415; --bar: #2b3137;
    --s0: #6b97f0; --s1: #3fc1aa; --s2: #ad8ae6; --s3: #e2bb4d; --s4: #84c8f2; --s5: #e77fb0; --s6: #a3c162; --s7: #8b939c;
    --l50: #cfe0ff; --l90: #7fa6ee; --l99: #3f62a5;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 80rem; padding: 2rem clamp(.8rem, 3vw, 2.5rem) 3rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: clamp(1.35rem, 4vw, 1.9rem); line-height: 1.2; margin: 0; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 0; overflow-wrap: anywhere; }
h3 { font-size: .95rem; margin: 1.6rem 0 .4rem; }
h4 { font-size: .85rem; font-weight: 600; margin: 0; }
.kind { margin: 0 0 .2rem; color: var(--soft); font-size: .78rem; text-transform: uppercase; letter-spacing: .08em; }
.note { color: var(--soft); font-size: .87rem; margin: .2rem 0 .7rem; }
header { margin-bottom: 1.4rem; }
dl, dd, dt { margin: 0; }
.facts { display: flex; flex-wrap: wrap; gap: .15rem 1.4rem; margin-top: .6rem; font-size: .87rem; }
.facts div { display: flex; gap: .4rem; } .facts dt { color: var(--soft); } .facts dd { overflow-wrap: anywhere; }
section, details.run { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 1.1rem clamp(.8rem, 2vw, 1.4rem) 1.3rem; margin: 0 0 1.1rem; }
details.run:not([open]) { padding-bottom: 1.1rem; }
summary { cursor: pointer; color: var(--accent); font-size: .9rem; } details:not(.run) { margin-top: 1rem; }
details.run > summary { list-style: none; color: var(--ink); } details.run > summary::-webkit-details-marker { display: none; }
details.run > summary h2 { display: inline; } details.run > summary::before { content: "▸"; display: inline-block; width: 1.2em; color: var(--soft); }
details.run[open] > summary::before { content: "▾"; } details.run[open] > summary { margin-bottom: .9rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: .9rem 1.2rem; margin-bottom: 1.3rem; }
.tiles dt { color: var(--soft); font-size: .8rem; line-height: 1.3; } .tiles div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.tiles dd { font-size: 1.35rem; font-weight: 620; letter-spacing: -.01em; line-height: 1.3; }
.assertions h2 { margin-bottom: .4rem; } .assertions ul { list-style: none; margin: 0; padding: 0; font-size: .9rem; } .assertions code { font-weight: 600; }
.assertions.good { border-color: color-mix(in srgb, var(--good) 45%, var(--rule)); } .assertions.bad { border-color: color-mix(in srgb, var(--bad) 55%, var(--rule)); }
li.good span { color: var(--good); } li.bad span { color: var(--bad); } .assertions.bad h2 { color: var(--bad); } .assertions.good h2 { color: var(--good); }
.charts { position: relative; }
.at { position: absolute; right: 0; top: -1.25rem; margin: 0; font-size: .8rem; color: var(--soft); min-height: 1.2em; }
.chart { margin: 0 0 1.3rem; } .chart.faults { margin-bottom: .6rem; }
figcaption { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; align-items: baseline; margin-bottom: .4rem; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem .95rem; list-style: none; margin: 0; padding: 0; font-size: .8rem; color: var(--soft); }
.legend li { display: inline-flex; align-items: center; gap: .35rem; } .legend output { color: var(--ink); font-weight: 600; min-width: 3.2em; }
i { display: inline-block; width: .7rem; height: .7rem; border-radius: 2px; background: currentColor; flex: none; } td i { margin-right: .4rem; }
em { font-style: normal; font-size: .72rem; color: var(--bad); border: 1px solid currentColor; border-radius: 3px; padding: 0 .25rem; line-height: 1.25; margin-left: .2rem; }
.plot { display: grid; grid-template-columns: 3.4rem minmax(0, 1fr); } .plot.lanes .view { grid-column: 2; }
svg { display: block; overflow: visible; } svg text { font-size: 11px; fill: var(--soft); } svg text.lane { font-size: 12px; fill: var(--ink); }
.stretched { overflow: hidden; } .stretched path { vector-effect: non-scaling-stroke; }
.grid { stroke: var(--grid); } .base, .tick { stroke: var(--rule); } .shade { fill: var(--shade); }
.cursor { stroke: var(--soft); stroke-dasharray: 3 3; visibility: hidden; } .is-pointed .cursor { visibility: visible; }
.area { stroke: var(--card); stroke-width: .75; } .line { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
${Array.from({ length: 8 }, (_, index) => `.s${index} { fill: var(--s${index}); } i.s${index} { background: var(--s${index}); }`).join("\n")}
.b90 { fill: var(--l90); opacity: .38; } .b99 { fill: var(--l99); opacity: .38; }
.line.l50 { stroke: var(--l50); stroke-width: 2; } .line.l90 { stroke: var(--l90); } .line.l99 { stroke: var(--l99); }
i.l50 { background: var(--l50); } i.l90 { background: var(--l90); } i.l99 { background: var(--l99); }
line.slo { stroke: var(--bad); stroke-dasharray: 5 4; } i.slo { height: 0; border-top: 2px dashed var(--bad); background: none; border-radius: 0; }
.area.failed { fill: var(--bad); } .area.shed { fill: var(--warn); } .line.retries { stroke: var(--accent); }
i.failed { background: var(--bad); } i.shed { background: var(--warn); } i.retries { background: var(--accent); height: .2rem; }
rect.closed { fill: var(--good); opacity: .32; } rect.open { fill: var(--bad); } rect.half-open { fill: var(--warn); } rect.unhealthy { fill: var(--s2); }
i.closed, i.healthy { background: var(--good); opacity: .55; } i.open { background: var(--bad); } i.half-open { background: var(--warn); } i.unhealthy { background: var(--s2); }
rect.fault { fill: var(--bad); opacity: .16; } svg text.on-fault { fill: var(--bad); font-size: 12px; font-weight: 600; }
.scroll { overflow-x: auto; margin: 0 calc(-1 * clamp(.2rem, 1vw, .6rem)); padding: 0 clamp(.2rem, 1vw, .6rem); } .scroll.tall { max-height: 26rem; overflow-y: auto; }
table { border-collapse: collapse; width: 100%; font-size: .86rem; } caption { text-align: left; color: var(--soft); padding: .4rem 0; }
th, td { text-align: right; padding: .34rem .5rem; border-bottom: 1px solid var(--rule); white-space: nowrap; vertical-align: baseline; }
thead th { font-weight: 500; color: var(--soft); font-size: .79rem; position: sticky; top: 0; background: var(--card); }
th:first-child, td:first-child, .text { text-align: left; } tbody th { font-weight: 560; }
tbody tr:last-child > * { border-bottom-color: var(--rule); } .telling { background: var(--shade); }
.comparison th[scope="rowgroup"] { padding-top: .9rem; font-weight: 650; } .comparison thead th { vertical-align: bottom; }
td small { display: block; color: var(--soft); font-size: .72rem; } .best { color: var(--good); } .best::before { content: "● "; font-size: .6em; vertical-align: .2em; }
.bar { display: inline-block; vertical-align: middle; margin-right: .5rem; } .bar rect { fill: var(--bar); } .bar .filled { fill: var(--s0); } .lost .bar .filled { fill: var(--bad); }
footer { color: var(--soft); font-size: .84rem; } pre { margin: .3rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; } code { font: .92em ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
@media (max-width: 40rem) { body { padding-top: 1.1rem; } .plot { grid-template-columns: 2.9rem minmax(0, 1fr); } .tiles { grid-template-columns: repeat(2, 1fr); } section, details.run { border-radius: 8px; } .at { top: -1rem; } }
@media print { body { max-width: none; padding: 0; } section, details.run { break-inside: avoid-page; border: 0; padding: 0; } }
`;
