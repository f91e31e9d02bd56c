// Builds the portal's program into src/report/atlas, where Python ships it.
// The same sources and package-lock.json give the same bytes; BUILD.json says of which they are.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const out = new URL("../src/report/atlas/", import.meta.url);
const here = new URL("./", import.meta.url);
const shared = { bundle: true, minify: true, target: "es2022", format: "iife", write: false,
  charset: "utf8", legalComments: "none", absWorkingDir: here.pathname, logLevel: "warning" };

const worker = await build({ ...shared, entryPoints: ["src/worker.ts"] });
const app = await build({
  ...shared,
  entryPoints: ["src/main.tsx"],
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { WORKER: JSON.stringify(worker.outputFiles[0].text) },
});
const css = await build({ ...shared, entryPoints: ["src/app.css"] });

const licence = (name) => {
  const folder = new URL(`node_modules/${name}/`, here);
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const { version, license } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
  return `${name} ${version} (${license})\n\n${readFileSync(new URL(file, folder), "utf8").trim()}\n`;
};
const parts = {
  "app.js": app.outputFiles[0].text,
  "app.css": css.outputFiles[0].text,
  "THIRD_PARTY.txt": ["d3-hierarchy", "preact"].map(licence).join(`\n${"-".repeat(72)}\n\n`),
};
const sum = (text) => createHash("sha256").update(text).digest("hex");
const sources = ["package-lock.json", "build.mjs",
  ...readdirSync(new URL("src", here)).sort().map((name) => `src/${name}`)];
const built = {
  sources: sum(sources.map((name) => `${name}\n${readFileSync(new URL(name, here), "utf8")}`).join("\n")),
  files: Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, sum(text)])),
};
for (const [name, text] of Object.entries(parts)) writeFileSync(new URL(name, out), text);
writeFileSync(new URL("BUILD.json", here), `${JSON.stringify(built, null, 1)}\n`);
console.log(Object.entries(parts).map(([name, text]) => `${name} ${text.length}`).join(", "));
