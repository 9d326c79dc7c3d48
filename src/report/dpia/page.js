"use strict";
(() => {
  const root = document.documentElement;
  const search = document.getElementById("search");
  const hits = document.getElementById("hits");
  const leaves = [...document.querySelectorAll("section.leaf")];
  const texts = leaves.map((leaf) => leaf.textContent.toLowerCase());
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    leaves.forEach((leaf, i) => {
      const part = leaf.closest("section.part");
      const all = texts[i] + (part ? part.querySelector("h2").textContent.toLowerCase() : "");
      leaf.hidden = !words.every((word) => all.includes(word));
      shown += leaf.hidden ? 0 : 1;
    });
    document.querySelectorAll("section.part").forEach((part) => {
      part.hidden = !part.querySelector("section.leaf:not([hidden])");
    });
    hits.textContent = words.length === 0 ? "" : shown === 0 ? hits.dataset.none : hits.dataset.some + " " + shown;
  });
  document.getElementById("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  document.querySelectorAll("figure.dg").forEach((figure) => {
    const image = figure.querySelector("svg");
    const width = image.viewBox.baseVal.width;
    const height = image.viewBox.baseVal.height;
    figure.querySelectorAll("button").forEach((button) => {
      button.addEventListener("click", () => {
        const action = button.dataset.zoom;
        // At first it is as wide as the page at most; from then on as wide as was asked for.
        const now = image.getBoundingClientRect().width / width;
        const scale = action === "reset" ? 1 : Math.min(4, Math.max(0.3, now * (action === "in" ? 1.25 : 0.8)));
        image.style.maxWidth = action === "reset" ? "" : "none";
        image.setAttribute("width", String(Math.round(width * scale)));
        image.setAttribute("height", String(Math.round(height * scale)));
      });
    });
  });
})();
