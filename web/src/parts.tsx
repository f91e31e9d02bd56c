// Small parts that several views share.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { CLASSES, evidenceName, lineOf, share } from "./colors";
import type { Atlas } from "./data";
import { fixed } from "./format";
import { address } from "./route";
import { copy } from "./save";

export function AssemblyLink({ atlas, row }: { atlas: Atlas; row: number }) {
  if (row === 0) return <a href="#/c">All proteins</a>;
  return <a href={address("a", atlas.address(row))}>{atlas.cols.name[row]}</a>;
}

/** What an assembly is called in the files of the run and in the terminal. */
export function Id({ atlas, row }: { atlas: Atlas; row: number }) {
  return <span class="soft id" title="What this assembly is called in the files of the run and in the terminal">id {atlas.cols.id[row]}</span>;
}

export function ProteinLink({ name }: { name: string }) {
  return <a href={address("p", name)}>{name}</a>;
}

/** The way from a page to the contrast of conditions that it tells of; nothing for other uses. */
export function ContrastLink({ atlas, use, query }: { atlas: Atlas; use: string; query: Record<string, string> }) {
  if (!atlas.core.contrasts.some((one) => one.use === use)) return null;
  return <a class="button" href={address("contrast", use, query)}>Show in the contrast</a>;
}

export function Badge({ kind }: { kind: string }) {
  return kind ? <span class={`badge ${kind}`} title={CLASSES[kind]?.words}>{kind}</span> : null;
}

/** One bar for each kind of evidence: how far it is above chance. */
export function Bars({ atlas, row }: { atlas: Atlas; row: number }) {
  return (
    <span class="bars" role="img" aria-label={atlas.evidence.map((e) => `${evidenceName(e)} ${fixed(e.z[row], 1)} sd above chance`).join(", ")}>
      {atlas.evidence.map((one) => {
        const value = share(one, row);
        return (
          <span class="bar" key={one.key} title={`${evidenceName(one)}: ${fixed(one.z[row], 1)} sd above chance`}>
            {value !== null && <span class={`fill ${one.kind}`} style={{ width: `${Math.max(100 * value, 3)}%`, backgroundColor: lineOf(one.kind).color }} />}
          </span>
        );
      })}
    </span>
  );
}

/** A number of the run's tables: shown rounded, the whole of it for tests and for who points at it. */
export function Value({ of, n, text }: { of: string; n: number | null | undefined; text: string }) {
  return <span class="n" data-of={of} data-n={n ?? ""} title={n === null || n === undefined ? undefined : String(n)}>{text}</span>;
}

export function Section({ id, title, about, tools, children }: { id: string; title: string; about?: string; tools?: ComponentChildren; children: ComponentChildren }) {
  const [shown, show] = useState(false);
  return (
    <section id={id} class="block" aria-labelledby={`${id}-h`}>
      <div class="head">
        <h2 id={`${id}-h`}>{title}</h2>
        {about && <button type="button" class="what" aria-expanded={shown} onClick={() => show(!shown)}>What is this?</button>}
        <span class="grow" />
        {tools}
      </div>
      {shown && <p class="about">{about}</p>}
      {children}
    </section>
  );
}

export function CopyButton({ text, children }: { text: () => string; children: ComponentChildren }) {
  const [done, set] = useState("");
  const clicked = async () => {
    set((await copy(text())) ? "copied" : "could not copy");
    setTimeout(() => set(""), 2000);
  };
  return <button type="button" onClick={() => void clicked()}>{done || children}</button>;
}

/** The address of this view; from disk only what follows the #, since folders move. */
export const linkHere = (): string => (location.protocol === "file:" ? location.hash : location.href);

export function Picture({ atlas, protein, side = 96, which = 0 }: { atlas: Atlas; protein: number; side?: number; which?: number }) {
  const found = atlas.pictures(protein)[which];
  if (!found) return null;
  const scale = side / 96;
  return (
    <span class="picture" role="img" aria-label={`Cells stained for ${atlas.core.sym[protein]}`}
      style={{ width: `${side}px`, height: `${side}px`, backgroundImage: `url(${found.sheet})`, backgroundSize: `${768 * scale}px`,
        backgroundPosition: `-${(found.cell % 8) * side}px -${(found.cell >> 3) * side}px` }} />
  );
}

export function Problem({ error }: { error: Error }) {
  return <p class="problem" role="alert">{error.message}</p>;
}
