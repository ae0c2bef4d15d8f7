// One switch hides the code of a page, and of all pages until it is pressed again; each cell opens by itself,
// and so it does for a link to it and for the browser's search.
(() => {
  "use strict";
  const button = document.querySelector(".code-switch");
  if (!button) return;
  const page = document.documentElement.dataset;
  const findable = "onbeforematch" in document.body ? "until-found" : "hidden";
  const cells = [...document.querySelectorAll("div.cell")]
    .filter((cell) => cell.querySelector(":scope > .cell_input") && !cell.closest(".exercise")); // what readers write stays

  const show = (cell, open) => {
    cell.classList.toggle("code-open", open);
    const input = cell.querySelector(":scope > .cell_input");
    if (open) input.removeAttribute("hidden");
    else input.setAttribute("hidden", findable);
    const own = cell.querySelector(":scope > .code-show");
    own.setAttribute("aria-expanded", String(open));
    own.firstChild.data = open ? "Hide code" : "Show code";
  };
  const showAll = () => cells.forEach((cell) => show(cell, page.code !== "hidden"));

  cells.forEach((cell, index) => {
    const own = document.createElement("button");
    own.type = "button";
    own.className = "code-show";
    own.append("Show code", Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: ` of cell ${index + 1}` }));
    own.addEventListener("click", () => show(cell, own.getAttribute("aria-expanded") === "false"));
    cell.prepend(own);
    cell.classList.add("code-ready");
    cell.addEventListener("beforematch", () => show(cell, true));
  });

  button.addEventListener("click", () => {
    page.code = page.code === "hidden" ? "shown" : "hidden";
    try {
      localStorage.setItem("code", page.code);
    } catch {
      // A browser that keeps nothing: the code is there again on the next page.
    }
    showAll();
  });
  const follow = () => {
    const aim = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const cell = aim && aim.closest("div.cell");
    if (cells.includes(cell) && aim === cell) show(cell, true);
  };
  addEventListener("hashchange", follow);
  showAll();
  follow();
})();
