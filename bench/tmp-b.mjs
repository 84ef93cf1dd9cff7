import { build } from "esbuild";
const o={bundle:true,format:"esm",platform:"node",target:"node20",sourcemap:false,logLevel:"error"};
const ext=["zod","hyparquet","hyparquet/*","hyparquet-writer/*","hyparquet-compressors","apache-arrow","koffi","@js-temporal/polyfill"];
await build({...o,entryPoints:["/work/speed-cold/src/index.ts"],outfile:"/tmp/sc/exp/all/index.js",external:ext});
await build({...o,entryPoints:["/work/speed-cold/src/index.ts"],outfile:"/tmp/sc/exp/allmin/index.js",external:ext,minify:true});
await build({...o,entryPoints:["/work/speed-cold/src/index.ts"],outfile:"/tmp/sc/exp/allhyp/index.js",external:ext.filter(x=>!x.startsWith("hyparquet"))});
await build({...o,entryPoints:["/tmp/sc/exp/entry-read.ts"],outfile:"/tmp/sc/exp/bronze/index.js",external:ext});
await build({...o,entryPoints:["/tmp/sc/exp/entry-read.ts"],outfile:"/tmp/sc/exp/bronzehyp/index.js",external:ext.filter(x=>!x.startsWith("hyparquet")),nodePaths:["/work/speed-cold/node_modules"]});
await build({...o,entryPoints:["/tmp/sc/exp/entry-read.ts"],outfile:"/tmp/sc/exp/bronzehypmin/index.js",external:ext.filter(x=>!x.startsWith("hyparquet")),nodePaths:["/work/speed-cold/node_modules"],minify:true});
