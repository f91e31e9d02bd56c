declare const WORKER: string;
interface Window { cw: { put: typeof import("./data").put } }
