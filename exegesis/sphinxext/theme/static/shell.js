// What the theme's script leaves open: on wide screens the sidebar's button hides the sidebar, and it
// stays hidden on the next page; what scrolls by itself can be reached, and says what it is.
(() => {
  "use strict";
  const page = document.documentElement.dataset;
  const button = document.querySelector(".primary-toggle");
  const wide = matchMedia("(min-width: 960px)");

  const tell = () => {
    if (wide.matches) button.setAttribute("aria-expanded", String(page.sidebar !== "hidden"));
    else button.removeAttribute("aria-expanded");
  };
  const toggle = (event) => {
    if (!wide.matches) return; // the theme opens it as a dialog
    event.stopImmediatePropagation();
    page.sidebar = page.sidebar === "hidden" ? "shown" : "hidden";
    try {
      localStorage.setItem("sidebar", page.sidebar);
    } catch {
      // A browser that keeps nothing: it is shown again on the next page.
    }
    tell();
  };
  if (button) {
    button.addEventListener("click", toggle, true);
    wide.addEventListener("change", tell);
    tell();
  }

  const search = document.getElementById("pst-search-dialog");
  const quick = new URL("quick-search.mjs", document.currentScript.src).href;
  search?.addEventListener("focusin", () => {
    // A book without this search, and a page opened from a folder, have the form alone.
    if (search.querySelector(".quick-results")) import(quick).then((module) => module.start(search), () => {});
  }, { once: true });

  // Who has chosen a place on the page wants to see it, and not the list.
  const places = document.getElementById("pst-secondary-sidebar-modal");
  places?.addEventListener("click", (event) => event.target.closest("a[href*='#']") && places.close());

  const kinds = {
    "div.math": "Formula",
    ".highlight pre": "Code",
    ".cell_output pre": "Output",
    ".pst-scrollable-table-container, .claim-checks, .claims-table": "Table",
    ".map": "Map",
  };
  const main = document.querySelector("main");
  const mark = () => {
    for (const [selector, kind] of Object.entries(kinds)) {
      [...main.querySelectorAll(selector)].forEach((element, index) => {
        if (element.scrollWidth > element.clientWidth) {
          element.tabIndex = 0;
          element.role = "region";
          element.ariaLabel = `${kind} ${index + 1}, scrolls`;
        } else if (element.role === "region") {
          element.removeAttribute("tabindex");
          element.removeAttribute("role");
          element.removeAttribute("aria-label");
        }
      });
    }
  };
  new ResizeObserver(mark).observe(main);
  addEventListener("load", mark);
  document.fonts.ready.then(mark);
})();
