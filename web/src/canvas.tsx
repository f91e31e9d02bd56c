// A canvas that fits its place, is drawn once a frame, and can be saved.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { CanvasPen, theme, type Pen, type Theme } from "./pen";
import { savePng, saveSvg } from "./save";

export interface Size { width: number; height: number }

export function useSize(): [(el: HTMLElement | null) => void, Size] {
  const [size, set] = useState<Size>({ width: 0, height: 0 });
  const [element, mount] = useState<HTMLElement | null>(null);
  useLayoutEffect(() => {
    if (!element) return;
    const measure = () => set({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const watching = new ResizeObserver(measure);
    watching.observe(element);
    return () => watching.disconnect();
  }, [element]);
  return [mount, size];
}

/** Draw on a canvas whenever something changed, before the next frame. */
export function useDrawing(size: Size, draw: (pen: Pen, theme: Theme) => void, changes: unknown[]) {
  const ref = useRef<HTMLCanvasElement>(null);
  const asked = useRef(0);
  const latest = useRef(draw);
  latest.current = draw;
  const now = () => {
    const canvas = ref.current;
    if (!canvas || !size.width || !size.height) return;
    const density = Math.min(window.devicePixelRatio || 1, 2);
    const [w, h] = [Math.round(size.width * density), Math.round(size.height * density)];
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
    const ctx = canvas.getContext("2d")!;
    ctx.setTransform(density, 0, 0, density, 0, 0);
    ctx.clearRect(0, 0, size.width, size.height);
    latest.current(new CanvasPen(ctx), theme());
  };
  const ask = () => {
    cancelAnimationFrame(asked.current);
    asked.current = requestAnimationFrame(now);
  };
  useLayoutEffect(ask, [size.width, size.height, ...changes]);
  useEffect(() => {
    const printing = () => now();
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    window.addEventListener("beforeprint", printing);
    scheme.addEventListener("change", ask);
    return () => {
      window.removeEventListener("beforeprint", printing);
      scheme.removeEventListener("change", ask);
    };
  }, [size.width, size.height]);
  return { ref, ask, now };
}

export function SaveButtons({ name, size, draw, what }: { name: string; size: Size; draw: (pen: Pen, theme: Theme) => void; what: string }) {
  const drawing = () => ({ ...size, paper: theme().paper, draw: (pen: Pen) => draw(pen, theme()) });
  return (
    <span class="buttons">
      <button type="button" onClick={() => savePng(name, drawing())} aria-label={`Save ${what} as PNG`}>PNG</button>
      <button type="button" onClick={() => saveSvg(name, drawing())} aria-label={`Save ${what} as SVG`}>SVG</button>
    </span>
  );
}
