/**
 * The style of every page. No attribute of an element carries style: the content security policy allows this sheet alone.
 * Each text colour has a contrast of at least 4.5 with what it is on, each mark of a picture 3 (test/pictures).
 */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--page:#fff;--soft:#f4f6f8;--line:#d5dbe1;--ink:#1a2027;--quiet:#55606b;--link:#0a53a8;
--good:#1a6b43;--bad:#a8182f;--warn:#7a4d00;--mark:#ffe49a;--mark-ink:#3a2a00;
--equal:#4a9a73;--missing:#c7384f;--extra:#b0731a;--different:#2f70c4;--open:#747c86}
@media (prefers-color-scheme:dark){:root{--page:#13171c;--soft:#1b2128;--line:#333c46;--ink:#e4e8ec;--quiet:#9aa6b2;--link:#83b6ff;
--good:#6fcf9b;--bad:#ff8d9b;--warn:#e6b656;--mark:#5c480f;--mark-ink:#ffeebb;
--equal:#459a70;--missing:#f0697d;--extra:#d9a441;--different:#6ba6f5;--open:#9aa6b2}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;
-webkit-text-size-adjust:100%;overflow-wrap:anywhere}
main{max-width:68rem;margin:0 auto;padding:2.75rem 1.5rem 4rem}
h1,h2,h3{line-height:1.25;margin:0;font-weight:650;text-wrap:balance}
h1{font-size:1.7rem;letter-spacing:-.015em}
h2{font-size:1.15rem;letter-spacing:-.005em}
h3{font-size:.95rem;margin:1.75rem 0 .5rem}
p{margin:.5rem 0;max-width:44rem}
a{color:var(--link);text-underline-offset:.15em;text-decoration-thickness:1px}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:2px}
section{margin-top:2.75rem;padding-top:1.5rem;border-top:1px solid var(--line)}
.over{margin:0 0 .35rem;color:var(--quiet);font-size:.85rem}
.verdict{font-size:1.1rem;margin:.6rem 0 0}
.quiet,small{color:var(--quiet);font-size:.85rem}
.none{color:var(--quiet)}
.null{color:var(--quiet);font-style:italic}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
.tag{font-weight:600}td .tag,th .tag{white-space:nowrap}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.25rem;margin:1.25rem 0 0;font-size:.9rem}
.facts dt{color:var(--quiet)}.facts dd{margin:0;min-width:0}
.notes{margin:.75rem 0 0;padding:0 0 0 1.1rem;max-width:48rem}.notes li{margin:.2rem 0}
code,pre{font:.87em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
code{white-space:pre-wrap;overflow-wrap:anywhere}
mark{background:var(--mark);color:var(--mark-ink);border-radius:2px;padding:0 .05em}
mark .null{color:inherit}
mark:empty{padding:0;border-left:2px solid var(--missing);border-radius:0}
table{border-collapse:collapse;width:100%;font-size:.9rem;margin:1rem 0 0}
caption{text-align:left;color:var(--quiet);font-size:.85rem;padding:0 0 .4rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .9rem .45rem 0;border-bottom:1px solid var(--line);font-weight:400}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--quiet);font-size:.8rem;vertical-align:bottom;border-bottom-color:var(--quiet)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.n.zero{color:var(--quiet)}
.when{white-space:nowrap;font-variant-numeric:tabular-nums}
.rows tbody+tbody{border-top:0}
.rows tbody tr:not(:last-child)>td{border-bottom-style:dotted}
@media (min-width:46.01rem){.rows th[scope=rowgroup]{width:18%}.rows td.side{width:33%}.overview th[scope=row]{width:40%}}
.key,.value{display:block}
.values{display:block}.values>span{display:inline-block;margin-right:.9rem}.values .name{color:var(--quiet);margin-right:.3rem}
svg{display:block;width:100%;overflow:visible}
.bar{height:.75rem;margin:.9rem 0 .5rem;border-radius:2px}
td .bar{height:.6rem;margin:.4rem 0 0;min-width:7rem}
.spread{height:3.75rem;margin-top:.9rem}
.trend{height:3.5rem}
.strip{height:1rem;margin:.75rem 0 .25rem}
.f-equal{fill:var(--equal)}.f-missing{fill:var(--missing)}.f-extra{fill:var(--extra)}.f-different{fill:var(--different)}.f-open{fill:var(--open)}
.f-base{fill:var(--soft)}
.s-line{stroke:var(--different);fill:none}.s-axis{stroke:var(--line);fill:none}.s-dot{stroke:var(--different);fill:none}
.s-bad{stroke:var(--missing);fill:none}.s-warn{stroke:var(--extra);fill:none}.s-good{stroke:var(--equal);fill:none}
.f-area{fill:var(--different);opacity:.13}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;list-style:none;margin:0;padding:0;font-size:.85rem;font-variant-numeric:tabular-nums}
.swatch{display:inline-block;width:.65rem;height:.65rem;margin-right:.45rem}
.ends{max-width:none;display:flex;justify-content:space-between;gap:1rem;font-size:.8rem;color:var(--quiet);font-variant-numeric:tabular-nums;margin-top:.3rem}
.ends span:last-child{text-align:right}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr));gap:1.5rem 2.25rem;margin-top:1.25rem}
.chart{margin:0;min-width:0}
.chart figcaption{display:flex;justify-content:space-between;gap:1rem;font-size:.85rem;margin-bottom:.5rem}
.chart figcaption b{font-weight:600;font-variant-numeric:tabular-nums;text-align:right;white-space:nowrap}
.connectors{display:grid;gap:0}
.script{position:relative;margin-top:1rem}
pre{margin:0;padding:1rem 1.1rem;background:var(--soft);border-radius:6px;max-height:28rem;overflow:auto;white-space:pre-wrap}
pre code{font-size:inherit}
button{font:inherit;font-size:.85rem;color:var(--ink);background:var(--page);border:1px solid var(--quiet);border-radius:5px;padding:.25rem .75rem;margin:.5rem 0;cursor:pointer}
button:hover{border-color:var(--ink)}
summary{cursor:pointer;color:var(--link);font-size:.85rem;margin-top:.6rem;width:max-content;max-width:100%}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--quiet);font-size:.85rem}
.seen{position:absolute;width:1px;height:1px;margin:-1px;padding:0;overflow:hidden;clip-path:inset(50%);white-space:nowrap;border:0}
@media (max-width:46rem){
main{padding:1.5rem 1rem 3rem}
h1{font-size:1.35rem}
section{margin-top:2rem}
.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:.5rem}
table.fold,table.fold tbody,table.fold tr,table.fold td,table.fold th{display:block;width:auto}
table.fold thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table.fold tr{padding:.6rem 0;border-bottom:1px solid var(--line)}
table.fold td,table.fold th{border:0;padding:.1rem 0;text-align:left}
table.fold caption{display:block}
table.fold th{font-weight:600}table.fold th .quiet,table.fold th code{font-weight:400}
table.fold th[data-label]::before{content:attr(data-label) ' '}
table.fold td[data-label]{position:relative;padding-left:6.75rem;min-height:1.55em}
table.fold td[data-label]::before{content:attr(data-label);position:absolute;left:0;color:var(--quiet);font-size:.85rem}
table.rows tr{border:0;padding:.25rem 0}
table.rows tbody{padding:.6rem 0;border-bottom:1px solid var(--line)}
table.rows tbody td{border:0}
}
@media print{
:root{--page:#fff;--soft:#f4f6f8;--line:#c4cbd2;--ink:#000;--quiet:#444;--link:#000;--good:#1a6b43;--bad:#a8182f;--warn:#7a4d00;--mark:#ffe49a;--mark-ink:#000;
--equal:#4a9a73;--missing:#c7384f;--extra:#b0731a;--different:#2f70c4;--open:#747c86;color-scheme:light}
body{font-size:10pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
main{max-width:none;padding:0}
button{display:none}
pre{max-height:none}
tr,figure,.bar,.spread,h2,h3{break-inside:avoid}h2,h3{break-after:avoid}
}
`;
