// Colours: Okabe and Ito's palette for evidence, three classes that also differ by pattern.
import type { Atlas, Evidence } from "./data";
import type { Theme } from "./pen";

export interface Line { color: string; dash: number[]; words: string }

export const LINES: Record<string, Line> = {
  interactions: { color: "#0072B2", dash: [], words: "solid" },
  images: { color: "#CC79A7", dash: [7, 4], words: "dashed" },
  fused: { color: "#8A4FFF", dash: [2, 3], words: "dotted" },
  profiles: { color: "#009E73", dash: [8, 3, 2, 3], words: "dash-dotted" },
};
export const lineOf = (kind: string): Line => LINES[kind] ?? LINES.profiles!;

const WORDS: Record<string, string> = { ppi: "Interactions", image: "Images", fused: "All together", pairs: "Pairs", lopit: "LOPIT" };
const KINDS: Record<string, string> = { interactions: "interactions", images: "images", profiles: "profiles", fused: "fused vectors" };
/** What a kind of evidence is called. */
export const evidenceName = (one: { key: string; kind: string }): string =>
  WORDS[one.key] ?? `${one.key.charAt(0).toUpperCase()}${one.key.slice(1).replace(/_/g, " ")} ${KINDS[one.kind] ?? ""}`.trim();

export const CLASSES: Record<string, { color: string; deep: string; words: string }> = {
  documented: { color: "#2B6CB0", deep: "#1F5593", words: "matches a known complex, component or location" },
  variant: { color: "#E08E1B", deep: "#9A5B00", words: "resembles one" },
  undocumented: { color: "#9AA3AD", deep: "#5B6570", words: "resembles none that is known" },
};

export interface Look { fill: string | null; line: string; hatch?: string }

export function lookOf(kind: string, theme: Theme): Look {
  if (kind === "documented") return { fill: "rgba(43,108,176,.16)", line: theme.dark ? "#6FA8E0" : "#2B6CB0" };
  if (kind === "variant") return { fill: "rgba(224,142,27,.05)", line: theme.dark ? "#E9A84A" : "#C98A2E", hatch: "rgba(224,142,27,.17)" };
  return { fill: theme.dark ? "rgba(160,170,180,.07)" : "rgba(110,122,134,.05)", line: theme.dark ? "#77818B" : "#A3ACB5" };
}

/** Answers of a contrast of conditions; the circles also differ by pattern. */
export const ANSWERS: Record<string, { words: string; look: (theme: Theme) => Look }> = {
  changed: { words: "its members lie nearer to, or further from, each other in one condition", look: (t) => ({ fill: "rgba(194,65,12,.30)", line: t.dark ? "#F08A5D" : "#C2410C", hatch: "rgba(194,65,12,.45)" }) },
  conserved: { words: "shown to differ by less than the margin", look: (t) => ({ fill: "rgba(43,108,176,.20)", line: t.dark ? "#6FA8E0" : "#2B6CB0" }) },
  undecided: { words: "neither was shown", look: (t) => ({ fill: t.dark ? "rgba(160,170,180,.09)" : "rgba(110,122,134,.08)", line: t.dark ? "#9AA6B2" : "#7C8791" }) },
};

/** An effect of -1 to 1 (of the largest): orange where members lie further apart, teal where nearer. */
export function effectLook(share: number, theme: Theme): Look {
  const [color, line] = share < 0 ? ["194,65,12", theme.dark ? "#F08A5D" : "#C2410C"] : ["0,121,107", theme.dark ? "#4DB6AC" : "#00796B"];
  return { fill: `rgba(${color},${(0.05 + 0.6 * Math.min(Math.abs(share), 1)).toFixed(3)})`, line };
}

/** Numeric columns that circles can be coloured by: a value of 0..1 for each assembly, or null. */
export interface Scale { key: string; words: string; low: string; high: string; of: (row: number) => number | null }

export function scales(atlas: Atlas): Scale[] {
  const { cols } = atlas;
  const found: Scale[] = [];
  if (cols.stab.some((v) => v !== null)) found.push({ key: "stab", words: "Stability", low: "0", high: "1", of: (r) => cols.stab[r]! });
  const logs = cols.size.slice(1).map(Math.log);
  const [least, most] = [Math.min(...logs), Math.max(...logs)];
  found.push({ key: "size", words: "Number of proteins", low: String(Math.round(Math.exp(least))), high: String(Math.round(Math.exp(most))),
    of: (r) => (most > least ? (Math.log(cols.size[r]!) - least) / (most - least) : 0.5) });
  const ranked = [...cols.pers.slice(1)].sort((a, b) => a - b);
  found.push({ key: "pers", words: "Persistence (percentile)", low: "0", high: "100", of: (r) => ranked.filter((v) => v <= cols.pers[r]!).length / Math.max(ranked.length, 1) });
  if (atlas.core.scored) found.push({ key: "jac", words: "Jaccard with the best known set", low: "0", high: "1", of: (r) => cols.jac[r] ?? 0 });
  for (const one of atlas.evidence) {
    found.push({ key: `z:${one.key}`, words: `${evidenceName(one)}: above chance`, low: "0 sd", high: "≥ 10 sd", of: (r) => share(one, r) });
  }
  return found;
}

/** How far evidence is above chance, 0 to 1 for 0 to 10 standard deviations. */
export function share(one: Evidence, row: number): number | null {
  const z = one.z[row];
  return z === null || z === undefined ? null : Math.max(0, Math.min(z / 10, 1));
}

/** From pale to the accent's deep blue. */
export function ramp(value: number): string {
  const t = Math.max(0, Math.min(value, 1));
  const mix = (a: number, b: number) => Math.round(a + (b - a) * t);
  return `rgb(${mix(232, 20)},${mix(239, 66)},${mix(246, 124)})`;
}

/** The kind of evidence furthest above chance; the fused vectors aside. */
export function strongest(atlas: Atlas, row: number): Evidence | null {
  let best: Evidence | null = null;
  for (const one of atlas.evidence) {
    if (one.kind === "fused" || (one.z[row] ?? -1) < 2) continue;
    if (!best || one.z[row]! > best.z[row]!) best = one;
  }
  return best;
}
