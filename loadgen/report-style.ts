/** The looks of the report page, light and dark, for the screen and for paper. Inlined into the page. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #16202b; --quiet: #5b6875; --line: #dde2e8;
  --corrected: #c2410c; --uncorrected: #2563a8; --p50: #2563a8; --p99: #c2410c; --max: #8a4fbf;
  --alarm: #9f1d1d; --alarm-page: #fdecec; --good: #1f7a4a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161b; --card: #1a2027; --text: #e4e9ee; --quiet: #98a5b2; --line: #303a45;
    --corrected: #f59054; --uncorrected: #6bb0f2; --p50: #6bb0f2; --p99: #f59054; --max: #c79af0;
    --alarm: #ffb4ab; --alarm-page: #3a1a1a; --good: #6fcf97;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 28px 24px 48px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0; }
h2 { font-size: 17px; margin: 0 0 2px; }
.quiet { color: var(--quiet); margin: 0; }
.note { color: var(--quiet); font-size: 13px; margin: 0 0 12px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin-top: 18px; }
.alarm { background: var(--alarm-page); border-color: var(--alarm); color: var(--alarm); }
.alarm ul { margin: 4px 0 0; padding-left: 20px; }
.good { color: var(--good); font-weight: 600; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 14px; margin-top: 18px; }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.figure b { display: block; font-size: 22px; line-height: 1.3; font-variant-numeric: tabular-nums; }
.figure span { color: var(--quiet); font-size: 13px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 0 18px; align-items: start; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 0 5px 16px; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
tr:last-child > * { border-bottom: 0; }
th { font-weight: 600; color: var(--quiet); }
tbody th { font-weight: 400; color: var(--text); }
thead th { vertical-align: bottom; }
thead small { display: block; font-weight: 400; }
.facts td { text-align: left; overflow-wrap: anywhere; }
.facts th { width: 38%; color: var(--quiet); }
.plot { width: 100%; }
.u-legend { font-size: 13px; margin-top: 6px; color: var(--text); }
.u-legend th, .u-legend td { border: 0; padding: 2px 4px; color: inherit; text-align: left; }
.u-legend .u-value { min-width: 72px; display: inline-block; font-variant-numeric: tabular-nums; }
.u-axis, .u-label { color: var(--quiet); }
noscript p { color: var(--alarm); }
@media print { body { background: #fff; } .card, .figure { break-inside: avoid; } }
`;
