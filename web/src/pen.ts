// One drawing, two papers: canvas for the screen and PNG, SVG for a figure.

export interface Stroke { color: string; width: number; dash?: number[]; alpha?: number }
export interface Words { size: number; color: string; weight?: number; anchor?: "start" | "middle" | "end"; halo?: string }
export interface Pen {
  circle(x: number, y: number, r: number, fill: string | null, stroke?: Stroke, hatch?: string): void;
  dots(places: ArrayLike<number>, fill: string): void; // x, y, r of each
  lines(ends: ArrayLike<number>, stroke: Stroke): void; // x1, y1, x2, y2 of each
  shape(points: ArrayLike<number>, fill: string | null, stroke?: Stroke): void;
  text(x: number, y: number, words: string, style: Words): void;
}

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
const font = (style: Words): string => `${style.weight ?? 400} ${style.size}px ${FONT}`;

const measuring = document.createElement("canvas").getContext("2d")!;
const widths = new Map<string, number>();
/** Width of words; it grows with the size of the type, so each is measured once. */
export function widthOf(words: string, size: number, weight = 400): number {
  const key = `${weight} ${words}`;
  let known = widths.get(key);
  if (known === undefined) {
    if (widths.size > 50_000) widths.clear();
    measuring.font = font({ size: 50, weight, color: "" });
    known = measuring.measureText(words).width / 50;
    widths.set(key, known);
  }
  return known * size;
}

export class CanvasPen implements Pen {
  private readonly hatches = new Map<string, CanvasPattern>();
  constructor(readonly ctx: CanvasRenderingContext2D) {}
  circle(x: number, y: number, r: number, fill: string | null, stroke?: Stroke, hatch?: string): void {
    const { ctx } = this;
    ctx.beginPath();
    ctx.arc(x, y, r, 0, 2 * Math.PI);
    if (fill) { ctx.fillStyle = fill; ctx.fill(); }
    if (hatch) { ctx.fillStyle = this.hatch(hatch); ctx.fill(); }
    if (stroke) this.draw(stroke);
  }
  dots(places: ArrayLike<number>, fill: string): void {
    const { ctx } = this;
    ctx.fillStyle = fill;
    ctx.beginPath();
    for (let k = 0; k < places.length; k += 3) {
      ctx.moveTo(places[k]! + places[k + 2]!, places[k + 1]!);
      ctx.arc(places[k]!, places[k + 1]!, places[k + 2]!, 0, 2 * Math.PI);
    }
    ctx.fill();
  }
  lines(ends: ArrayLike<number>, stroke: Stroke): void {
    const { ctx } = this;
    ctx.beginPath();
    for (let k = 0; k < ends.length; k += 4) {
      ctx.moveTo(ends[k]!, ends[k + 1]!);
      ctx.lineTo(ends[k + 2]!, ends[k + 3]!);
    }
    this.draw(stroke);
  }
  shape(points: ArrayLike<number>, fill: string | null, stroke?: Stroke): void {
    const { ctx } = this;
    ctx.beginPath();
    for (let k = 0; k < points.length; k += 2) ctx.lineTo(points[k]!, points[k + 1]!);
    if (fill) { ctx.closePath(); ctx.fillStyle = fill; ctx.fill(); }
    if (stroke) this.draw(stroke);
  }
  text(x: number, y: number, words: string, style: Words): void {
    const { ctx } = this;
    ctx.font = font(style);
    ctx.textAlign = style.anchor === "end" ? "right" : style.anchor === "start" ? "left" : "center";
    ctx.textBaseline = "middle";
    if (style.halo) {
      ctx.strokeStyle = style.halo;
      ctx.lineWidth = 3;
      ctx.lineJoin = "round";
      ctx.strokeText(words, x, y);
    }
    ctx.fillStyle = style.color;
    ctx.fillText(words, x, y);
  }
  private draw(stroke: Stroke): void {
    const { ctx } = this;
    ctx.strokeStyle = stroke.color;
    ctx.lineWidth = stroke.width;
    ctx.globalAlpha = stroke.alpha ?? 1;
    ctx.setLineDash(stroke.dash ?? []);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.globalAlpha = 1;
  }
  private hatch(color: string): CanvasPattern {
    const known = this.hatches.get(color);
    if (known) return known;
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const ctx = tile.getContext("2d")!;
    ctx.strokeStyle = color;
    ctx.lineWidth = 1.3;
    ctx.beginPath();
    for (const shift of [-8, 0, 8]) { ctx.moveTo(shift, 8); ctx.lineTo(shift + 8, 0); }
    ctx.stroke();
    const made = this.ctx.createPattern(tile, "repeat")!;
    this.hatches.set(color, made);
    return made;
  }
}

const escaped = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
const n1 = (value: number): string => String(Math.round(value * 10) / 10);

export class SvgPen implements Pen {
  private readonly parts: string[] = [];
  private readonly hatches = new Map<string, string>();
  constructor(readonly width: number, readonly height: number, readonly paper: string) {}
  circle(x: number, y: number, r: number, fill: string | null, stroke?: Stroke, hatch?: string): void {
    const at = `cx="${n1(x)}" cy="${n1(y)}" r="${n1(r)}"`;
    this.parts.push(`<circle ${at} fill="${fill ?? "none"}"${hatch ? "" : this.stroke(stroke)}/>`);
    if (hatch) {
      if (!this.hatches.has(hatch)) this.hatches.set(hatch, `h${this.hatches.size}`);
      this.parts.push(`<circle ${at} fill="url(#${this.hatches.get(hatch)})"${this.stroke(stroke)}/>`);
    }
  }
  dots(places: ArrayLike<number>, fill: string): void {
    this.parts.push(`<g fill="${fill}">`);
    for (let k = 0; k < places.length; k += 3) {
      this.parts.push(`<circle cx="${n1(places[k]!)}" cy="${n1(places[k + 1]!)}" r="${n1(places[k + 2]!)}"/>`);
    }
    this.parts.push("</g>");
  }
  lines(ends: ArrayLike<number>, stroke: Stroke): void {
    let path = "";
    for (let k = 0; k < ends.length; k += 4) path += `M${n1(ends[k]!)} ${n1(ends[k + 1]!)}L${n1(ends[k + 2]!)} ${n1(ends[k + 3]!)}`;
    if (path) this.parts.push(`<path d="${path}" fill="none"${this.stroke(stroke)}/>`);
  }
  shape(points: ArrayLike<number>, fill: string | null, stroke?: Stroke): void {
    let path = "";
    for (let k = 0; k < points.length; k += 2) path += `${k ? "L" : "M"}${n1(points[k]!)} ${n1(points[k + 1]!)}`;
    this.parts.push(`<path d="${path}" fill="${fill ?? "none"}"${this.stroke(stroke)}/>`);
  }
  text(x: number, y: number, words: string, style: Words): void {
    const halo = style.halo ? ` stroke="${style.halo}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"` : "";
    this.parts.push(
      `<text x="${n1(x)}" y="${n1(y)}" dominant-baseline="central" text-anchor="${style.anchor ?? "middle"}" ` +
        `font-size="${style.size}" font-weight="${style.weight ?? 400}" fill="${style.color}"${halo}>${escaped(words)}</text>`,
    );
  }
  toString(): string {
    const hatches = [...this.hatches].map(([color, id]) =>
      `<pattern id="${id}" width="8" height="8" patternUnits="userSpaceOnUse"><path d="M0 8L8 0" stroke="${color}" stroke-width="1.3"/></pattern>`);
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${n1(this.width)}" height="${n1(this.height)}" ` +
      `viewBox="0 0 ${n1(this.width)} ${n1(this.height)}" font-family="${escaped(FONT)}"><defs>${hatches.join("")}</defs>` +
      `<rect width="100%" height="100%" fill="${this.paper}"/>${this.parts.join("")}</svg>\n`
    );
  }
  private stroke(stroke?: Stroke): string {
    if (!stroke) return "";
    const dash = stroke.dash ? ` stroke-dasharray="${stroke.dash.join(" ")}"` : "";
    const alpha = stroke.alpha === undefined ? "" : ` stroke-opacity="${stroke.alpha}"`;
    return ` stroke="${stroke.color}" stroke-width="${stroke.width}"${dash}${alpha}`;
  }
}

export interface Theme { paper: string; ink: string; soft: string; faint: string; line: string; accent: string; dark: boolean }

/** Colours of the page, which follow the reader's choice of light and dark. */
export function theme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const dark = of("scheme") === "dark";
  return { paper: of("paper"), ink: of("ink"), soft: of("soft"), faint: of("faint"), line: of("line"), accent: of("accent"), dark };
}

/** Labels that do not touch: each is placed if its box is free. */
export class Boxes {
  private readonly taken = new Map<string, number[][]>();
  free(x0: number, y0: number, x1: number, y1: number): boolean {
    for (const key of this.cells(x0, y0, x1, y1)) {
      for (const [a, b, c, d] of this.taken.get(key) ?? []) if (x0 < c! && x1 > a! && y0 < d! && y1 > b!) return false;
    }
    return true;
  }
  take(x0: number, y0: number, x1: number, y1: number): boolean {
    if (!this.free(x0, y0, x1, y1)) return false;
    for (const key of this.cells(x0, y0, x1, y1)) {
      const there = this.taken.get(key);
      if (there) there.push([x0, y0, x1, y1]);
      else this.taken.set(key, [[x0, y0, x1, y1]]);
    }
    return true;
  }
  private cells(x0: number, y0: number, x1: number, y1: number): string[] {
    const found = [];
    for (let x = Math.floor(x0 / 100); x <= Math.floor(x1 / 100); x++) {
      for (let y = Math.floor(y0 / 100); y <= Math.floor(y1 / 100); y++) found.push(`${x},${y}`);
    }
    return found;
  }
}
