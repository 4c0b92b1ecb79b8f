#include "tools/app/backtest/page.hpp"

namespace bulkhead::app {
namespace {

constexpr std::string_view style = R"css(
:root{--bg:#f5f6f8;--card:#fff;--text:#151a21;--dim:#5a6472;--line:#dde1e7;--accent:#1d5fd1;--fill:#1d5fd11f;
--gain:#0b7a3e;--loss:#bd2326;--warn:#fff5da;--warn-line:#d9a300;--head:#0f2344}
@media(prefers-color-scheme:dark){:root{--bg:#0e1217;--card:#161c24;--text:#e5e9ef;--dim:#98a3b1;--line:#2a323d;
--accent:#6aa5ff;--fill:#6aa5ff26;--gain:#42c983;--loss:#ff7d78;--warn:#2b2410;--warn-line:#9a7b1a;--head:#0a1a33}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.page{max-width:1200px;margin:0 auto;padding:0 20px}
header{background:var(--head);color:#fff;padding:26px 0 20px}
header a,header .sub{color:#c9d8f5}
.brand{margin:0;font-size:12px;letter-spacing:.14em;text-transform:uppercase;color:#9db8ea}
h1{margin:2px 0 4px;font-size:30px;line-height:1.2}
.lead{margin:0;font-size:17px}
h2{margin:40px 0 2px;font-size:24px;scroll-margin-top:12px}
h3{margin:28px 0 8px;font-size:16px}
small{color:var(--dim);font-weight:400;font-size:.65em}
a{color:var(--accent)}
.sub{color:var(--dim);margin:2px 0 10px;font-size:14px;overflow-wrap:anywhere}
.links{display:flex;flex-wrap:wrap;gap:6px 18px;list-style:none;margin:8px 0 0;padding:0}
.note{background:var(--warn);border:1px solid var(--warn-line);border-radius:8px;padding:10px 14px;margin:20px 0 0}
.gain{color:var(--gain)}.loss{color:var(--loss)}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
dl{margin:0}dd{margin:0}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:10px;margin-top:14px}
.tiles>div,.card,.chart{background:var(--card);border:1px solid var(--line);border-radius:8px}
.tiles>div{padding:10px 14px}
.tiles dt{color:var(--dim);font-size:13px}
.tiles dd{font-size:21px;font-weight:600;text-align:left}
.two{display:grid;grid-template-columns:3fr 1fr;gap:10px;margin-top:10px}
.card{padding:12px 16px;min-width:0}.card h3{margin:0 0 6px}
.facts{columns:2;column-gap:36px}.facts.one{columns:1}
.facts>div{display:flex;justify-content:space-between;gap:12px;border-bottom:1px solid var(--line);padding:4px 0;
break-inside:avoid}
.facts dt{color:var(--dim)}
.scroll{overflow:auto;background:var(--card);border:1px solid var(--line);border-radius:8px}
.tall{max-height:520px}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:13.5px;line-height:20px}
th,td{padding:6px 10px;border-bottom:1px solid var(--line);text-align:left;white-space:nowrap}
th.num,td.num{text-align:right}
tbody tr:last-child>*{border-bottom:0}
tbody tr:hover{background:var(--fill)}
thead th{position:sticky;top:0;background:var(--card);color:var(--dim);font-weight:600;z-index:1;
border-bottom:1px solid var(--line)}
th[scope=row],.sortable th:first-child[scope]{position:sticky;left:0;background:var(--card)}
.sortable thead th:first-child{z-index:2}
td.wrap{white-space:normal;min-width:260px}
.none{color:var(--dim)}
th button{all:unset;cursor:pointer}
th[aria-sort=ascending] button::after{content:" ↑"}th[aria-sort=descending] button::after{content:" ↓"}
:focus-visible,th button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.tools{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;position:sticky;top:0;background:var(--bg);
padding:8px 0;z-index:3}
.buttons{display:flex;gap:4px}
.buttons button,select{font:inherit;color:var(--text);background:var(--card);border:1px solid var(--line);
border-radius:6px;min-height:34px;padding:2px 11px}
.buttons button{cursor:pointer;min-width:38px}.buttons button:hover{border-color:var(--accent)}
select{max-width:190px}
label,.range{font-size:14px;color:var(--dim)}
.range{font-variant-numeric:tabular-nums}
.chart{margin:0 0 10px;padding:10px 12px 6px;min-width:0}
figcaption{font-size:14px;min-height:22px;display:flex;flex-wrap:wrap;gap:2px 14px;justify-content:space-between}
.readout{color:var(--dim);font-variant-numeric:tabular-nums}
.plot{position:relative;touch-action:pan-y;cursor:crosshair;user-select:none;-webkit-user-select:none}
.plot svg{display:block;width:100%}
.plot text{fill:var(--dim);font-size:11.5px;font-variant-numeric:tabular-nums}
.grid{stroke:var(--line);stroke-width:1}.series{fill:none;stroke:var(--accent);stroke-width:1.3;stroke-linejoin:round}
.area{fill:var(--fill)}.series.down{stroke:var(--loss)}.area.down{fill:var(--loss);opacity:.16}
.zero{stroke:var(--dim);stroke-dasharray:3 3}
.cursor{stroke:var(--dim)}.drag{fill:var(--fill)}
.won{stroke:var(--gain)}.lost{stroke:var(--loss)}
.mark-won{fill:var(--gain)}.mark-lost{fill:var(--loss)}.mark-in{fill:var(--text)}
.halo{stroke:var(--card);stroke-width:1}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;margin:2px 0 4px;font-size:12.5px;color:var(--dim)}
.legend svg{width:12px;height:12px;vertical-align:-1px;margin-right:4px;display:inline-block}
.legend[hidden]{display:none}
.note ul{margin:4px 0 0;padding-left:20px}
.empty{background:var(--card);border:1px dashed var(--line);border-radius:8px;padding:14px;color:var(--dim)}
#assumptions{padding-bottom:60px}#assumptions li{margin:3px 0}
pre{overflow:auto;max-height:420px;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px;
font-size:12.5px}
summary{cursor:pointer;margin:18px 0 8px}
@media(max-width:760px){.page{padding:0 12px}.tiles{grid-template-columns:repeat(2,1fr)}.two{grid-template-columns:1fr}
.facts{columns:1}h1{font-size:25px}.tiles dd{font-size:18px}.chart{padding:8px 8px 4px}}
@media print{.tools,nav{display:none}.tall{max-height:none}}
)css";

}  // namespace

std::string_view page_style() { return style; }

}  // namespace bulkhead::app
