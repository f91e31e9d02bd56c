// How numbers are written.

export const whole = (value: number): string => Math.round(value).toLocaleString("en-US");

/** A number with so many decimals; a dash where there is none. */
export function fixed(value: number | null | undefined, digits = 2): string {
  return value === null || value === undefined || !Number.isFinite(value) ? "–" : value.toFixed(digits);
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A probability: no more certain than anybody can be. */
export function small(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value < 1e-10) return "< 10⁻¹⁰";
  if (value >= 0.001) return String(Number(value.toPrecision(2)));
  const power = Math.floor(Math.log10(value));
  const raised = String(-power).replace(/\d/g, (d) => RAISED[Number(d)]!);
  return `${(value / 10 ** power).toFixed(0)} × 10⁻${raised}`;
}

/** Any value of a table as text. */
export function written(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value)) return whole(value);
  return Math.abs(value) < 0.001 || Math.abs(value) >= 1e6 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

export const times = (value: number): string => (value >= 10 ? whole(value) : value.toFixed(1));

const SIZED = / \([\d,]+ proteins?(, [^()]*)?\)$/;

/** The name of an assembly without the size that distinguishes it from another of the same name. */
export const unsized = (name: string): string => name.replace(SIZED, "");

/** The number of proteins in brackets, to follow the name of an assembly that does not have it yet. */
export const countOf = (name: string, size: number): string => (SIZED.test(name) ? "" : ` (${whole(size)})`);

/** A text cut to so many characters. */
export function cut(text: string, most: number): string {
  const signs = [...text];
  return signs.length <= most ? text : `${signs.slice(0, most - 1).join("").trimEnd()}…`;
}
