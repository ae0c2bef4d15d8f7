// The map follows a path: at a chapter, all that comes before it and all that it leads to, by pointer and by focus.
(() => {
  "use strict";
  for (const map of document.querySelectorAll(".map svg")) {
    const edges = [...map.querySelectorAll("path[data-from]")];
    const reach = (slug, from, to) => {
      const found = new Set([slug]);
      for (const each of found) edges.filter((edge) => edge.dataset[from] === each).forEach((edge) => found.add(edge.dataset[to]));
      return found; // a set goes on to what was added meanwhile
    };
    const follow = (node) => {
      map.classList.toggle("map-follows", Boolean(node));
      if (!node) return;
      const before = reach(node.dataset.slug, "to", "from"), after = reach(node.dataset.slug, "from", "to");
      const on = (slug) => before.has(slug) || after.has(slug);
      map.querySelectorAll(".map-node").forEach((each) => each.classList.toggle("map-on", on(each.dataset.slug)));
      for (const { classList, dataset } of edges) {
        const way = [before, after].some((set) => set.has(dataset.from) && set.has(dataset.to));
        classList.toggle("map-on", way);
      }
    };
    for (const begin of ["pointerover", "focusin"]) map.addEventListener(begin, (event) => follow(event.target.closest(".map-node")));
    for (const end of ["pointerleave", "focusout"]) map.addEventListener(end, () => follow(document.activeElement.closest?.(".map-node:focus-visible")));
  }
})();
