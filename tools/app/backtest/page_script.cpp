#include "tools/app/backtest/page.hpp"

namespace bulkhead::app {
namespace {

// Draws the charts as SVG for the width they have, and sorts tables. `view` is the period that a broker's charts
// share, in seconds of session time. A click position is turned into time by the plot's own margins.
constexpr std::string_view script = R"js("use strict";(()=>{
const data=JSON.parse(document.getElementById("data").textContent);
const days=data.days,lastDay=days[days.length-1],total=lastDay?lastDay[3]+lastDay[2]:0;
const $=(root,css)=>[...root.querySelectorAll(css)];
const money=new Intl.NumberFormat("en-IN",{minimumFractionDigits:2,maximumFractionDigits:2});
const whole=new Intl.NumberFormat("en-IN",{maximumFractionDigits:0});
const minus=t=>t.replace("-","−");
const unpack=s=>{let i=0,lo=0;const out=[];for(let k=0;k<s.i.length;k++){i+=s.i[k];lo+=s.lo[k];
out.push({x:i/s.n*total,lo:lo/s.scale,hi:(lo+s.hi[k])/s.scale,last:(lo+s.last[k])/s.scale});}return out;};
const two=n=>String(Math.floor(n)).padStart(2,"0");
const dayAt=x=>{let a=0,b=days.length-1;while(a<b){const m=(a+b+1)>>1;if(days[m][3]<=x)a=m;else b=m-1;}return days[a];};
const months="Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const shortDay=d=>Number(d.slice(8))+" "+months[d.slice(5,7)-1];
const clock=s=>two(s/3600)+":"+two(s/60%60);
const when=x=>{const d=dayAt(x);return d[0]+" "+clock(d[1]+Math.min(x-d[3],d[2]));};
const el=(name,attributes,parent)=>{const e=document.createElementNS("http://www.w3.org/2000/svg",name);
for(const k in attributes)e.setAttribute(k,attributes[k]);if(parent)parent.append(e);return e;};
const after=(points,x)=>{let a=0,b=points.length;while(a<b){const m=(a+b)>>1;if(points[m].x<x)a=m+1;else b=m;}return a;};
const step=(span,count)=>{const raw=span/count,p=10**Math.floor(Math.log10(raw));
return p*[1,2,2.5,5,10].find(f=>f*p>=raw*.999);};
const views=data.brokers.map(()=>({a:0,b:total,strategy:"",charts:[]}));

function timeTicks(a,b,width){
  const room=Math.max(2,Math.floor(width/64)),out=[],first=days.indexOf(dayAt(a)),last=days.indexOf(dayAt(b));
  if(last-first>=2){
    const every=Math.ceil((last-first+1)/room);
    for(let i=first;i<=last;i+=every)if(days[i][3]>=a)out.push([days[i][3],shortDay(days[i][0])]);
    return out;
  }
  const size=[60,120,300,600,900,1800,3600,7200,14400].find(s=>(b-a)/s<=room)||28800;
  for(let i=first;i<=last;i++){const d=days[i];
    for(let t=Math.ceil(d[1]/size)*size;t<d[1]+d[2];t+=size){const x=d[3]+t-d[1];
      if(x>=a&&x<=b)out.push([x,clock(t)]);}}
  return out;
}

class Chart{
  constructor(figure,points,view,trades){
    Object.assign(this,{figure,points,view,trades,kind:figure.dataset.kind});
    this.plot=figure.querySelector(".plot");this.readout=figure.querySelector(".readout");
    this.height=this.kind==="price"?320:this.kind==="equity"?220:130;
    this.listen();new ResizeObserver(()=>this.draw()).observe(this.plot);
  }
  px(x){return this.left+(x-this.view.a)/(this.view.b-this.view.a)*this.width;}
  at(clientX){const r=this.plot.getBoundingClientRect();
    const t=(clientX-r.left-this.left)/this.width;return this.view.a+Math.min(1,Math.max(0,t))*(this.view.b-this.view.a);}
  py(v){return this.top+(this.max-v)/(this.max-this.min)*this.inner;}
  shown(){return this.trades.filter(t=>t.to>=this.view.a&&t.from<=this.view.b&&
    (!this.view.strategy||t.strategy===this.view.strategy));}
  draw(){
    const outer=this.plot.clientWidth;if(!outer)return;
    const {a,b}=this.view,points=this.points;
    const from=Math.max(0,after(points,a)-1),to=Math.min(points.length,after(points,b)+1);
    let lo=Infinity,hi=-Infinity;for(let i=from;i<to;i++){lo=Math.min(lo,points[i].lo);hi=Math.max(hi,points[i].hi);}
    const trades=this.kind==="price"?this.shown():[];
    for(const t of trades){lo=Math.min(lo,t.entry,t.exit);hi=Math.max(hi,t.entry,t.exit);}
    if(lo>hi){lo=0;hi=1;}
    if(this.kind==="drawdown")hi=0;
    const pad=(hi-lo)*.06||Math.max(1,Math.abs(hi)*.001);
    const crowded=trades.length>600;
    this.max=this.kind==="drawdown"?0:hi+pad;this.min=lo-pad-(crowded?(hi-lo)*.3:0);
    const unit=step(this.max-this.min,this.height/52),labels=[];
    for(let v=Math.ceil(this.min/unit)*unit;v<=this.max+unit*1e-6;v+=unit)
      labels.push([v,minus((unit<1?money:whole).format(Math.abs(v)<unit/1e6?0:v))]);
    this.left=outer>600?88:10+7*Math.max(...labels.map(l=>l[1].length),4);this.top=8;
    this.width=Math.max(40,outer-this.left-10);this.inner=this.height-this.top-22;
    const svg=el("svg",{width:outer,height:this.height,viewBox:`0 0 ${outer} ${this.height}`,"aria-hidden":"true"});
    for(const [v,text] of labels){if(crowded&&v<lo)continue;const y=this.py(v);
      el("line",{class:"grid",x1:this.left,x2:this.left+this.width,y1:y,y2:y},svg);
      el("text",{x:this.left-6,y:y+4,"text-anchor":"end"},svg).textContent=text;}
    for(const [x,text] of timeTicks(a,b,this.width)){const at=this.px(x);
      el("line",{class:"grid",x1:at,x2:at,y1:this.top,y2:this.top+this.inner},svg);
      el("text",{x:Math.max(this.left+14,Math.min(at,this.left+this.width-14)),y:this.height-6,"text-anchor":"middle"},
        svg).textContent=text;}
    const clip="clip"+Math.random().toString(36).slice(2);
    const box=el("clipPath",{id:clip},el("defs",{},svg));
    el("rect",{x:this.left,y:0,width:this.width,height:this.height},box);
    const body=el("g",{"clip-path":`url(#${clip})`},svg);
    this.line(body,from,to);if(crowded)this.sums(body,trades);else if(trades.length)this.marks(body,trades);
    this.hint(trades.length,crowded);
    this.cursor=el("line",{class:"cursor",y1:this.top,y2:this.top+this.inner,visibility:"hidden"},svg);
    this.band=el("rect",{class:"drag",y:this.top,height:this.inner,visibility:"hidden"},svg);
    this.plot.replaceChildren(svg);
  }
  line(body,from,to){
    let d="",column=-1,lo=0,hi=0,last=0,x0=null,x1=0;
    const flush=()=>{if(column<0)return;const x=column.toFixed(1);
      d+=(d?"L":"M")+x+","+this.py(lo).toFixed(1)+(hi-lo>0?"L"+x+","+this.py(hi).toFixed(1)+"L"+x+","+
        this.py(last).toFixed(1):"");if(x0===null)x0=x;x1=x;};
    for(let i=from;i<to;i++){const p=this.points[i],c=Math.round(this.px(p.x)*2)/2;
      if(c===column){lo=Math.min(lo,p.lo);hi=Math.max(hi,p.hi);last=p.last;}
      else{flush();column=c;lo=p.lo;hi=p.hi;last=p.last;}}
    flush();if(!d)return;
    const down=this.kind==="drawdown"?" down":"";
    if(this.kind!=="price"){const base=this.kind==="drawdown"?this.py(0):this.top+this.inner;
      el("path",{class:"area"+down,d:d+`L${x1},${base}L${x0},${base}Z`},body);}
    el("path",{class:"series"+down,d},body);
  }
  hint(count,crowded){
    if(this.kind!=="price")return;
    this.figure.querySelector(".legend").hidden=crowded;
    const note=this.figure.querySelector(".hint");note.hidden=!crowded;
    note.textContent=crowded?`Bars: net of trades by the time they ended, ${whole.format(count)} in view. Zoom in, or choose one strategy, to see each entry and exit.`:"";
  }
  sums(body,trades){
    const wide=4,sums=new Map();
    for(const t of trades){const c=Math.floor(this.px(t.to)/wide);sums.set(c,(sums.get(c)||0)+t.net);}
    const most=Math.max(...[...sums.values()].map(Math.abs),1),half=this.inner*.11,zero=this.top+this.inner-half;
    let won="",lost="";
    for(const [c,net] of sums){const h=net/most*half,bar=`M${c*wide},${zero.toFixed(1)}h${wide-1}v${(-h).toFixed(1)}h${1-wide}z`;
      if(net>0)won+=bar;else lost+=bar;}
    el("line",{class:"zero",x1:this.left,x2:this.left+this.width,y1:zero,y2:zero},body);
    el("path",{class:"mark-won",d:won},body);el("path",{class:"mark-lost",d:lost},body);
  }
  marks(body,trades){
    const many=trades.length>150,size=many?3.4:5;
    const path={won:"",lost:"",exitWon:"",exitLost:"",enter:""};
    for(const t of trades){
      const x=this.px(t.from),y=this.py(t.entry),u=this.px(t.to),v=this.py(t.exit),won=t.net>0;
      path[won?"won":"lost"]+=`M${x.toFixed(1)},${y.toFixed(1)}L${u.toFixed(1)},${v.toFixed(1)}`;
      const s=t.side*size;
      path.enter+=`M${x.toFixed(1)},${(y-s).toFixed(1)}l${size},${2*s}h${-2*size}z`;
      if(t.why!=="open")path[won?"exitWon":"exitLost"]+=
        `M${(u-size).toFixed(1)},${v.toFixed(1)}a${size},${size} 0 1 0 ${2*size},0a${size},${size} 0 1 0 ${-2*size},0`;
    }
    for(const k of ["won","lost"])if(path[k])el("path",{class:k,d:path[k],fill:"none","stroke-width":many?1:1.6},body);
    const halo=many?"":" halo";
    if(path.enter)el("path",{class:"mark-in"+halo,d:path.enter},body);
    if(path.exitWon)el("path",{class:"mark-won"+halo,d:path.exitWon},body);
    if(path.exitLost)el("path",{class:"mark-lost"+halo,d:path.exitLost},body);
  }
  point(x){
    if(!this.points.length)return;
    this.x=Math.min(this.view.b,Math.max(this.view.a,x));
    const i=Math.max(0,Math.min(this.points.length,after(this.points,this.x+1e-9))-1),p=this.points[i];
    const at=this.px(this.x);
    this.cursor.setAttribute("x1",at);this.cursor.setAttribute("x2",at);this.cursor.setAttribute("visibility","visible");
    let text=when(this.x)+"  "+minus(money.format(p.last));
    if(this.kind==="price"){const t=this.nearest();
      if(t)text+=`  |  ${t.strategy} ${t.side>0?"long":"short"} ${whole.format(t.qty)}: ${money.format(t.entry)} → `+
        `${money.format(t.exit)} (${t.why}), net ${minus(money.format(t.net))}`;}
    this.readout.textContent=text;
  }
  nearest(){
    const reach=(this.view.b-this.view.a)/this.width*8;let best=null,distance=reach;
    for(const t of this.shown()){const d=Math.min(Math.abs(t.from-this.x),Math.abs(t.to-this.x));
      if(d<=distance){best=t;distance=d;}}
    return best;
  }
  leave(){this.readout.textContent="";this.cursor?.setAttribute("visibility","hidden");}
  listen(){
    const p=this.plot;let start=null;
    p.addEventListener("pointermove",e=>{const x=this.at(e.clientX);
      if(start!==null){const u=this.px(Math.min(start,x)),w=this.px(Math.max(start,x));
        this.band.setAttribute("x",u);this.band.setAttribute("width",w-u);this.band.setAttribute("visibility","visible");}
      this.point(x);});
    p.addEventListener("pointerdown",e=>{if(e.pointerType==="mouse"&&e.button===0){start=this.at(e.clientX);
      p.setPointerCapture(e.pointerId);}else this.point(this.at(e.clientX));});
    p.addEventListener("pointerup",e=>{if(start===null)return;const x=this.at(e.clientX),a=Math.min(start,x),b=Math.max(start,x);
      start=null;this.band.setAttribute("visibility","hidden");
      if(this.px(b)-this.px(a)>8)show(this.view,a,b);});
    p.addEventListener("pointercancel",()=>{start=null;});
    p.addEventListener("pointerleave",()=>this.leave());p.addEventListener("blur",()=>this.leave());
    p.addEventListener("dblclick",()=>show(this.view,0,total));
    p.addEventListener("keydown",e=>{const v=this.view,size=(v.b-v.a)/100,x=this.x??v.a;
      const act={ArrowLeft:()=>this.point(x-size),ArrowRight:()=>this.point(x+size),Home:()=>this.point(v.a),
        End:()=>this.point(v.b),"+":()=>zoom(v,.5,this.x),"-":()=>zoom(v,2,this.x),"0":()=>show(v,0,total)}[e.key];
      if(act){e.preventDefault();act();}});
  }
}

function show(view,a,b){
  const least=Math.min(600,total),size=Math.min(total,Math.max(least,b-a)),middle=(a+b)/2;
  view.a=Math.max(0,Math.min(total-size,middle-size/2));view.b=view.a+size;
  for(const c of view.charts){c.leave();c.draw();}
  view.label.textContent=total?when(view.a)+" to "+when(view.b-1):"";
}
function zoom(view,factor,around){
  const middle=around??(view.a+view.b)/2,size=(view.b-view.a)*factor;show(view,middle-size/2,middle+size/2);
}

const prices=Object.fromEntries(Object.entries(data.prices).map(([k,s])=>[k,unpack(s)]));
data.brokers.forEach((broker,i)=>{
  const view=views[i],t=broker.trades,tools=document.querySelector(`.tools[data-broker="${i}"]`);
  const named=t.names,trades=t.from.map((_,k)=>({strategy:named[t.strategy[k]],instrument:named[t.instrument[k]],
    why:named[t.why[k]],side:t.side[k],from:t.from[k],to:t.to[k],entry:t.entry[k],exit:t.exit[k],net:t.net[k],qty:t.qty[k]}));
  view.label=tools.querySelector(".range");
  for(const f of $(document,`.chart[data-broker="${i}"]`)){
    const kind=f.dataset.kind,price=kind==="price";
    const own=price?trades.filter(one=>one.instrument===f.dataset.name):[];
    const chart=new Chart(f,price?prices[f.dataset.name]:unpack(broker[kind]),view,own);
    view.charts.push(chart);
    if(price)f.querySelector("figcaption").insertAdjacentHTML("afterend",
      '<div class="legend" aria-hidden="true"><span><svg viewBox="0 0 12 12"><path class="mark-in" d="M6,1l5,10h-10z"/></svg>long entry</span>'+
      '<span><svg viewBox="0 0 12 12"><path class="mark-in" d="M6,11l5,-10h-10z"/></svg>short entry</span>'+
      '<span><svg viewBox="0 0 12 12"><circle class="mark-won" cx="6" cy="6" r="5"/></svg>exit with a gain</span>'+
      '<span><svg viewBox="0 0 12 12"><circle class="mark-lost" cx="6" cy="6" r="5"/></svg>exit with a loss</span></div><p class="legend hint" hidden></p>');
  }
  tools.querySelector("select").addEventListener("change",e=>{view.strategy=e.target.value;view.charts.forEach(c=>c.draw());});
  tools.addEventListener("click",e=>{const size=(view.b-view.a)/2;
    ({all:()=>show(view,0,total),in:()=>zoom(view,.5),out:()=>zoom(view,2),
      back:()=>show(view,view.a-size,view.b-size),forth:()=>show(view,view.a+size,view.b+size)})[e.target.dataset.do]?.();});
  show(view,0,total);
});

const key=cell=>{const text=cell.dataset.sort??cell.textContent.replace(/[₹,% ]/g,"").replace("−","-");
  return text===""||isNaN(text)?text:Number(text);};
for(const table of $(document,".sortable table"))for(const th of $(table,"thead th"))
  th.querySelector("button").addEventListener("click",()=>{
    const up=th.getAttribute("aria-sort")!=="ascending",at=[...th.parentNode.children].indexOf(th),body=table.tBodies[0];
    for(const other of th.parentNode.children)other.setAttribute("aria-sort","none");
    th.setAttribute("aria-sort",up?"ascending":"descending");
    const rows=[...body.rows].map(row=>({row,k:key(row.cells[at])}));
    const number=k=>typeof k==="number";
    rows.sort((p,q)=>number(p.k)&&number(q.k)?(up?p.k-q.k:q.k-p.k):number(p.k)?-1:number(q.k)?1:
      (up?1:-1)*p.k.localeCompare(q.k));
    body.append(...rows.map(r=>r.row));
  });
})();)js";

}  // namespace

std::string_view page_script() { return script; }

}  // namespace bulkhead::app
