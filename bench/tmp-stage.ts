import { localDisk } from "../src/storage/index.js"; import { listDay } from "../src/bronze/day-files.js"; import { openParquet } from "../src/table/index.js"; import { odds } from "./support/odds-day.js";
const st=localDisk("/tmp/sc/day"); const med=(a:number[])=>a.sort((x,y)=>x-y)[a.length>>1]!.toFixed(1);
const A:number[]=[],B:number[]=[],C:number[]=[];
for(let i=0;i<25;i++){let t=performance.now(); const d=await listDay(st,odds,"2026-01-15"); A.push(performance.now()-t); t=performance.now(); const bs=[]; for(const f of d.files) bs.push(await st.read(f.path)); B.push(performance.now()-t); t=performance.now(); bs.map((b,j)=>openParquet(b,d.files[j]!.path)); C.push(performance.now()-t);}
console.log("list",med(A),"read",med(B),"open",med(C));
