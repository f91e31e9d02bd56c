// Files that the reader takes along: pictures, tables, gene sets, networks.
import { type Atlas, type Detail, u16, u32, u8 } from "./data";
import { lineOf } from "./colors";
import { CanvasPen, SvgPen, type Pen } from "./pen";

export function save(name: string, content: BlobPart, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name.replace(/[^\w.-]+/g, "_").slice(0, 120);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export interface Drawing { width: number; height: number; paper: string; draw: (pen: Pen) => void }

export const svgOf = (drawing: Drawing): string => {
  const pen = new SvgPen(drawing.width, drawing.height, drawing.paper);
  drawing.draw(pen);
  return pen.toString();
};

export function saveSvg(name: string, drawing: Drawing): void { save(`${name}.svg`, svgOf(drawing), "image/svg+xml"); }

export function savePng(name: string, drawing: Drawing): void {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(drawing.width * 2);
  canvas.height = Math.round(drawing.height * 2);
  const ctx = canvas.getContext("2d")!;
  ctx.scale(2, 2);
  ctx.fillStyle = drawing.paper;
  ctx.fillRect(0, 0, drawing.width, drawing.height);
  drawing.draw(new CanvasPen(ctx));
  canvas.toBlob((blob) => { if (blob) save(`${name}.png`, blob, "image/png"); });
}

/** A cell that no spreadsheet takes for a formula, as the run's own tables have it. */
export function guarded(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const plain = value.replace(/[\r\n\t]/g, " ");
  const formula = /^'*(?:\s*[=+@-]|[\t\r])/.test(value) && !(value.trim() !== "" && Number.isFinite(Number(value)));
  return formula ? `'${plain}` : plain;
}

export function saveTsv(name: string, columns: string[], rows: unknown[][]): void {
  const lines = [columns, ...rows].map((row) => row.map(guarded).join("\t"));
  save(`${name}.tsv`, `${lines.join("\n")}\n`, "text/tab-separated-values");
}

export function gmtOf(atlas: Atlas, rows: number[]): string {
  const one = (row: number) => [guarded(atlas.cols.id[row]!), guarded(atlas.cols.name[row]!), ...[...atlas.members(row)].map((p) => atlas.core.sym[p]!)];
  return `${rows.map((row) => one(row).join("\t")).join("\n")}\n`;
}

/** The network of an assembly with its evidence as CX2; nodes are numbered from 1. */
export function cx2Of(atlas: Atlas, row: number, detail: Detail): object[] {
  const net = detail.net;
  const rows = net ? [...(net.wide ? u32(net.nodes) : u16(net.nodes))] : [...atlas.members(row)];
  const proteins = !net || net.of === "proteins";
  const places = net ? u16(net.places) : null;
  const nodes = rows.map((one, k) => {
    const name = proteins ? atlas.core.sym[one]! : atlas.cols.name[one]!;
    const at = places ? { x: Math.round(places[2 * k]! / 65.535) , y: Math.round(places[2 * k + 1]! / 65.535) } : {};
    return { id: k + 1, ...at, v: { name, represents: proteins ? name : atlas.cols.id[one]! } };
  });
  const edges: object[] = [];
  const kinds = Object.keys(net?.edges ?? {});
  for (const kind of kinds) {
    const { pairs, weight } = net!.edges[kind]!;
    const [ends, strength] = [u16(pairs), u8(weight)];
    for (let k = 0; k < strength.length; k++) {
      edges.push({ id: edges.length + 1, s: ends[2 * k]! + 1, t: ends[2 * k + 1]! + 1, v: { evidence: kind, Weight: Math.round((strength[k]! / 255) * 1000) / 1000 } });
    }
  }
  const about = { name: `${atlas.cols.name[row]} (${atlas.cols.id[row]})`, description: `${rows.length} ${proteins ? "proteins" : "assemblies"} of ${atlas.core.title}`, version: "1.0" };
  const string = { d: "string" };
  const declared = {
    networkAttributes: { name: string, description: string, version: string },
    nodes: { name: string, represents: string },
    edges: { evidence: string, Weight: { d: "double" } },
  };
  const colours = atlas.evidence.map((one) => ({ v: one.key, vp: lineOf(one.kind).color }));
  const style = {
    default: {
      network: { NETWORK_BACKGROUND_COLOR: "#FFFFFF" },
      node: { NODE_SHAPE: "ellipse", NODE_BACKGROUND_COLOR: "#C3C9D0", NODE_WIDTH: 30, NODE_HEIGHT: 30, NODE_LABEL_FONT_SIZE: 10 },
      edge: { EDGE_LINE_COLOR: "#C3C9D0", EDGE_WIDTH: 1.5 },
    },
    nodeMapping: { NODE_LABEL: { type: "PASSTHROUGH", definition: { attribute: "name", type: "string" } } },
    edgeMapping: { EDGE_LINE_COLOR: { type: "DISCRETE", definition: { attribute: "evidence", type: "string", map: colours } } },
  };
  const aspects: Record<string, object[]> = {
    attributeDeclarations: [declared],
    networkAttributes: [about],
    nodes,
    edges,
    visualProperties: [style],
    visualEditorProperties: [{ properties: { nodeSizeLocked: true } }],
  };
  const counts = Object.entries(aspects).map(([name, list]) => ({ name, elementCount: list.length }));
  return [
    { CXVersion: "2.0", hasFragments: false },
    { metaData: counts },
    ...Object.entries(aspects).map(([name, list]) => ({ [name]: list })),
    { status: [{ success: true }] },
  ];
}

/** Hand a network to a Cytoscape that runs on this computer; false where none answers. */
export async function toCytoscape(document: object[]): Promise<boolean> {
  try {
    const answer = await fetch("http://127.0.0.1:1234/v1/networks?format=cx2", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(document),
    });
    return answer.ok;
  } catch {
    return false;
  }
}

export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
