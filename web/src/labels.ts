// Labels of the cell view: as much of a name as its circle has room for, or none.
import { widthOf } from "./pen";

export interface Fit { lines: string[]; size: number; complete: boolean; letters: number }
export interface Label { row: number; name: string; complete: boolean; x0: number; y0: number; x1: number; y1: number }

const LEAST = 4; // letters of a name that is cut: fewer say nothing
const SMALLEST = 9; // size of the type
const HIGH = 1.16; // of a line, in sizes of the type
const NONE: Fit = { lines: [], size: 0, complete: false, letters: 0 };

/** Ways to write a name inside a circle: the largest type and the fewest lines in which all of it fits, else as much as can be; one line. */
export function inside(name: string, size: number, weight: number, r: number): Fit[] {
  let best = NONE;
  for (const type of size > SMALLEST + 0.5 ? [size, SMALLEST] : [size]) {
    for (let most = 1; most <= 4; most++) {
      const half = (most * type * HIGH) / 2;
      if (half >= r) break;
      const fit = fitted(name, type, weight, 1.94 * Math.sqrt(r * r - half * half), most);
      if (fit.complete) return [fit];
      if (fit.letters > best.letters) best = fit;
    }
  }
  return best.lines.length > 1 ? [best, fitted(name, size, weight, 1.8 * r, 1)] : [best];
}

/** Ways to write a name along the upper edge of an open circle, the fullest first. */
export function along(name: string, size: number, weight: number, r: number): Fit[] {
  const one = fitted(name, size, weight, 1.75 * r, 1);
  const two = one.complete || r < 56 ? [] : [fitted(name, size, weight, 1.6 * r, 2)];
  return [...two, one, ...[1.45, 1.15].map((wide) => fitted(name, size, weight, wide * r, 1))];
}

const fits = new Map<string, Fit>();

/** A name on lines of some width, cut where it does not fit. */
export function fitted(name: string, size: number, weight: number, width: number, most: number): Fit {
  const ems = Math.floor((width / size) * 4) / 4; // in sizes of the type, so that zooming finds it again
  const key = `${ems} ${weight} ${most} ${name}`;
  let known = fits.get(key);
  if (!known) {
    if (fits.size > 50_000) fits.clear();
    known = fit(name, weight, ems * 10, most);
    fits.set(key, known);
  }
  return { ...known, size };
}

function fit(name: string, weight: number, width: number, most: number): Fit {
  const room = (text: string) => widthOf(text, 10, weight) <= width;
  const lines: string[] = [];
  let complete = true;
  for (const { text, join } of pieces(name, room)) {
    const last = lines.length - 1;
    const next = last < 0 ? text : `${lines[last]!}${join}${text}`;
    if (last >= 0 && room(next)) lines[last] = next;
    else if (lines.length < most && room(text)) lines.push(text);
    else {
      complete = false;
      const cut = lines.length < most ? shortened(text, room) : "";
      if (cut) lines.push(cut);
      else if (last >= 0) lines[last] = shortened(next, room);
      break;
    }
  }
  const letters = lines.join("").replace(/[…\s]/g, "").length;
  return complete || letters >= LEAST ? { lines: lines.filter(Boolean), size: 10, complete, letters } : NONE;
}

/** The words of a name; those too long for a line are split after hyphens and the like. */
function pieces(name: string, room: (text: string) => boolean): { text: string; join: string }[] {
  return name.trim().split(/\s+(?!…)/).flatMap((word) =>
    (room(word) ? [word] : word.split(/(?<=[-_/])/)).map((text, k) => ({ text, join: k ? "" : " " })));
}

/** The beginning of a text with an ellipsis; "" where less than a few letters of it have room. */
function shortened(text: string, room: (text: string) => boolean): string {
  let [short, long] = [0, text.length];
  while (short < long) {
    const middle = (short + long + 1) >> 1;
    if (room(`${text.slice(0, middle).trimEnd()}…`)) short = middle;
    else long = middle - 1;
  }
  const start = text.slice(0, short).replace(/(?<=\S)\s+\S{0,3}$/, "").trimEnd().replace(/[\s,(…]+$/, "");
  return start.length < LEAST ? "" : `${start}…`;
}
