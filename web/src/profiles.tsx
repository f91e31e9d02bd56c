// Elution profiles of members, a row each: who elutes with whom is seen at a glance.
import { type Atlas, u8 } from "./data";
import { whole } from "./format";
import { address } from "./route";

const ROW = 26;
const LEFT = 92;

export interface Line { name: string; values: number[] }

export function profileLines(atlas: Atlas, prof: { rows: number[]; fractions: number; values: string }): Line[] {
  const values = u8(prof.values);
  return prof.rows.map((row, k) => ({ name: atlas.core.sym[row]!, values: Array.from(values.subarray(k * prof.fractions, (k + 1) * prof.fractions), (v) => v / 255) }));
}

const peak = (line: Line) => line.values.reduce((sum, v, k) => sum + v * k, 0) / Math.max(line.values.reduce((a, b) => a + b, 0), 1e-9);

export function Profiles({ lines, marked }: { lines: Line[]; marked?: string | null }) {
  const fractions = Math.max(...lines.map((line) => line.values.length), 2);
  const order = [...lines].sort((a, b) => peak(a) - peak(b));
  const width = 720;
  const step = (width - LEFT - 8) / (fractions - 1);
  const height = order.length * ROW + 30;
  const x = (k: number) => LEFT + k * step;
  const ticks = Array.from({ length: fractions }, (_, k) => k).filter((k) => (k + 1) % (fractions > 40 ? 10 : 5) === 0 || k === 0);
  return (
    <div class="profiles" tabIndex={0} role="region" aria-label="Elution profiles">
      <svg viewBox={`0 0 ${width} ${height}`} role="group" aria-label={`Elution profiles of ${order.length} proteins over ${fractions} fractions`} class="ridge">
        {ticks.map((k) => <g key={k}><line x1={x(k)} x2={x(k)} y1="4" y2={height - 24} class="rule" /><text x={x(k)} y={height - 8} text-anchor="middle">{k + 1}</text></g>)}
        {order.map((line, k) => {
          const base = (k + 1) * ROW + 2;
          const points = line.values.map((v, f) => `${x(f).toFixed(1)},${(base - v * (ROW - 3)).toFixed(1)}`).join(" ");
          return (
            <g key={line.name} class={line.name === marked ? "marked" : ""}>
              <polygon points={`${x(0)},${base} ${points} ${x(line.values.length - 1)},${base}`} />
              <polyline points={points} />
              <a href={address("p", line.name)}><text x={LEFT - 8} y={base - 6} text-anchor="end">{line.name.length > 12 ? `${line.name.slice(0, 11)}…` : line.name}</text></a>
            </g>
          );
        })}
        <text x={width} y={height - 8} text-anchor="end">fraction of {whole(fractions)}</text>
      </svg>
    </div>
  );
}
