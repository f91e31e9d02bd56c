"use strict";
// What every page has: its data, and its pictures.
const cytoweave = (() => {
  const data = JSON.parse(document.getElementById("map-data").textContent);

  // Pictures: drawn when they come near the window, so that the page opens at once.
  const buttons = { scatter: ["toImage", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"], bar: ["toImage"] };
  buttons.scattergl = buttons.scatter;
  const options = (picture) => ({
    responsive: true,
    displaylogo: false,
    modeBarButtons: [picture.data.map((trace) => buttons[trace.type]).find((found) => found && found.length > 1) || ["toImage"]],
  });
  const drawn = new Map();
  const draw = (place) => {
    if (!drawn.has(place.id)) {
      const picture = data.plots[place.id];
      drawn.set(place.id, Plotly.newPlot(place, picture.data, picture.layout, options(picture)));
    }
    return drawn.get(place.id);
  };
  const places = document.querySelectorAll(".plot");
  // Room is kept before anything is drawn, so that a link to a section lands there; panels side by
  // side keep a width that can be read, and scroll where the window is narrower.
  places.forEach((place) => {
    const { layout } = data.plots[place.id];
    const starts = new Set(Object.keys(layout).filter((key) => /^xaxis/.test(key)).map((key) => (layout[key].domain || [0])[0]));
    place.style.minHeight = `${layout.height}px`;
    if (starts.size > 1) place.style.minWidth = `${270 * starts.size}px`;
  });
  window.addEventListener("beforeprint", () => places.forEach(draw));
  if ("IntersectionObserver" in window) {
    const watcher = new IntersectionObserver((seen) => seen.filter((s) => s.isIntersecting).forEach((s) => {
      watcher.unobserve(s.target);
      draw(s.target);
    }), { rootMargin: "900px" });
    places.forEach((place) => watcher.observe(place));
  } else places.forEach(draw);
  return { data, draw };
})();
