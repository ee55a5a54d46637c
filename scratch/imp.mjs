const a=performance.now(); await import("../src/config/Config.ts"); console.log("Config.ts", (performance.now()-a).toFixed(0))
const b=performance.now(); await import("effect"); console.log("effect barrel extra", (performance.now()-b).toFixed(0))
