#include "nas/report/style_internal.h"

namespace mcunas {

const char* const kReportStyle = R"(
:root { color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2127; --soft: #5c6670; --line: #dde2e7; --card: #f5f7f9;
  --dot: #8fa6bd; --front: #0a58ca; --board: #d56a00; --bad: #c0352b; --bar: #5f93cc;
  --scratch: #bccfe3; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #10151a; --ink: #e4e8ec; --soft: #9aa5b0; --line: #2b343d; --card: #181f26;
  --dot: #5d7894; --front: #63a8ff; --board: #ffa347; --bad: #ff7063; --bar: #4a86c6;
  --scratch: #2c4a69; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 28px 24px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 19px; margin: 44px 0 12px; padding-top: 14px; border-top: 1px solid var(--line); }
p { margin: 6px 0 12px; max-width: 85ch; }
.soft, .source { color: var(--soft); }
.cards { display: flex; flex-wrap: wrap; gap: 10px; margin: 20px 0 8px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 9px 14px; flex: 1 1 auto; }
.card b { display: block; font-size: 20px; white-space: nowrap; font-variant-numeric: tabular-nums; }
.card span { display: block; font-size: 13px; color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: 5px 12px 5px 0; text-align: right; border-bottom: 1px solid var(--line);
  white-space: nowrap; vertical-align: top; }
th { font-weight: 600; color: var(--soft); }
.left { text-align: left; }
td.text { text-align: left; white-space: normal; min-width: 20em; overflow-wrap: anywhere; }
tr.winner td { font-weight: 600; }
.source { font-size: 12px; font-weight: 400; line-height: 1.2; }
td .source { display: block; }
code, pre { font: 13px/1.45 ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px;
  overflow-x: auto; margin: 8px 0; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(480px, 100%), 1fr));
  gap: 20px 28px; }
figure { margin: 0; }
figcaption { font-weight: 600; margin-bottom: 4px; }
.small { font-size: 13px; margin-top: 4px; }
h3 { font-size: 16px; margin: 28px 0 8px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 13px; color: var(--soft); }
.legend span { display: inline-flex; align-items: center; gap: 6px; }
svg { display: block; width: 100%; height: auto; }
.legend svg { width: 18px; height: 14px; flex: none; }
summary { cursor: pointer; font-size: 13px; color: var(--soft); margin-top: 4px; }
svg text { font-size: 12px; fill: var(--soft); }
svg .mid { text-anchor: middle; } svg .end { text-anchor: end; }
svg text.title { fill: var(--ink); }
svg text.note { fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 4px;
  stroke-linejoin: round; }
.grid { stroke: var(--line); fill: none; } .axis { stroke: var(--soft); fill: none; }
.limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 6 4; fill: none; }
.dot { fill: var(--dot); fill-opacity: .75; }
.dots, .boards, .fronts { fill: none; stroke-linecap: round; }
.dots { stroke: var(--dot); stroke-width: 3; stroke-opacity: .55; }
.board { fill: var(--board); } .boards { stroke: var(--board); stroke-width: 6; }
.front { fill: none; stroke: var(--front); stroke-width: 2; }
.fronts { stroke: var(--front); stroke-width: 5; }
.frontline { fill: none; stroke: var(--front); stroke-width: 1.5; stroke-opacity: .6; }
.diagonal { fill: none; stroke: var(--soft); stroke-dasharray: 2 4; }
.rug { stroke: var(--bad); stroke-opacity: .7; fill: none; }
.bar { fill: var(--bar); } .bar.peak { fill: var(--front); } .scratch { fill: var(--scratch); }
.share { display: inline-block; height: 10px; background: var(--bad); opacity: .75; border-radius: 2px;
  vertical-align: middle; }
@media print { h2 { break-after: avoid; } figure { break-inside: avoid; } }
)";

}  // namespace mcunas
