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
      const picture = data.figures[place.id];
      drawn.set(place.id, Plotly.newPlot(place, picture.data, picture.layout, options(picture)));
    }
    return drawn.get(place.id);
  };
  const places = document.querySelectorAll(".plot");
  if ("IntersectionObserver" in window) {
    const watcher = new IntersectionObserver((seen) => seen.filter((s) => s.isIntersecting).forEach((s) => {
      watcher.unobserve(s.target);
      draw(s.target);
    }), { rootMargin: "900px" });
    places.forEach((place) => watcher.observe(place));
  } else places.forEach(draw);
  return { data, draw };
})();
