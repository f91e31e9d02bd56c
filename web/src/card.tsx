// What uses of the map found of an assembly: whatever its card holds, as lists and tables.
import type { ComponentChildren } from "preact";
import { written } from "./format";
import { address } from "./route";
import { ProteinLink } from "./parts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Columns and entries that name an assembly. */
const OF_ASSEMBLIES = new Set(["assembly", "leaves", "enters"]);

const words = (key: string): string => key.replace(/_/g, " ");
const isTable = (value: Json): value is { [key: string]: Json }[] => Array.isArray(value) && value.length > 0 && value.every((one) => one !== null && typeof one === "object" && !Array.isArray(one));

export function Card({ value, isProtein }: { value: unknown; isProtein: (name: string) => boolean }) {
  return <>{shown(value as Json, isProtein)}</>;
}

function shown(value: Json, isProtein: (name: string) => boolean, key = ""): ComponentChildren {
  if (isTable(value)) return <Rows rows={value} isProtein={isProtein} />;
  if (Array.isArray(value)) {
    return value.map((one, k) => <span key={k}>{k ? ", " : ""}{shown(one, isProtein)}</span>);
  }
  if (value !== null && typeof value === "object") {
    return <dl class="facts">{Object.entries(value).map(([key, one]) => <div key={key}><dt>{words(key)}</dt><dd>{shown(one, isProtein, key)}</dd></div>)}</dl>;
  }
  if (typeof value === "string" && isProtein(value)) return <ProteinLink name={value} />;
  if (typeof value === "string" && key && OF_ASSEMBLIES.has(key) && value) return <a href={address("a", value)}>{value}</a>;
  if (typeof value === "string" && /^https:\/\/[\w.-]+\//.test(value)) return <a href={value} rel="noopener noreferrer">{value}</a>;
  return <span class={typeof value === "number" ? "n" : ""}>{written(value)}</span>;
}

export function Rows({ rows, isProtein }: { rows: { [key: string]: Json }[]; isProtein: (name: string) => boolean }) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return (
    <div class="scroller low" tabIndex={0} role="region" aria-label={`Table: ${columns.map(words).join(", ")}`}>
      <table>
        <thead><tr>{columns.map((key) => <th key={key} scope="col">{words(key)}</th>)}</tr></thead>
        <tbody>{rows.map((row, k) => <tr key={k}>{columns.map((key) => <td key={key} class={typeof row[key] === "number" ? "n" : ""}>{shown(row[key] ?? null, isProtein, key)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}
