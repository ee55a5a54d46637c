import * as Random from "../test/hydra/Random.ts"
import * as Trees from "../test/hydra/Trees.ts"
for (let i=0;i<400;i++){ const t=performance.now(); const c=Trees.tree(Random.make(1000+i)); const n=Object.values(c.files).join("\n").length; if(performance.now()-t>50||n>20000) console.log(i,n,performance.now()-t)}
