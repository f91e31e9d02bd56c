// Packs circles in a worker, so that table and tree are there at once.
import { packed, type Wanted } from "./pack";

onmessage = (event: MessageEvent<Wanted>) => {
  const found = packed(event.data);
  postMessage(found, { transfer: Object.values(found).map((array) => array.buffer) });
};
