// The state of the page is its address: what follows the #, read and written.
import { useEffect, useState } from "preact/hooks";

export interface Route { view: string; id: string; query: URLSearchParams }

export function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [view = "", ...rest] = path.split("/");
  let id = rest.join("/");
  try { id = decodeURIComponent(id); } catch { /* a bare % is literal */ }
  return { view: view || "c", id, query: new URLSearchParams(query) };
}

export function address(view: string, id = "", query: Record<string, string | null | undefined> = {}): string {
  const kept = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value) kept.set(key, value);
  const words = kept.toString();
  return `#/${view}${id ? `/${encodeURIComponent(id)}` : ""}${words ? `?${words}` : ""}`;
}

export const go = (hash: string): void => { location.hash = hash; };

/** Change the query of the address without a step back in the history. */
export function replaceQuery(changes: Record<string, string | null>): void {
  const route = parse(location.hash);
  const query: Record<string, string | null> = Object.fromEntries(route.query);
  const next = address(route.view, route.id, { ...query, ...changes });
  if (next === location.hash) return;
  history.replaceState(null, "", next);
  window.dispatchEvent(new Event("hashchange"));
}

export function useRoute(): Route {
  const [route, set] = useState(() => parse(location.hash));
  useEffect(() => {
    const changed = () => set(parse(location.hash));
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  return route;
}
