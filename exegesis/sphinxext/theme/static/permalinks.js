// A permalink copies its address when it is pressed, by finger too, and says so; it leads there as well.
(() => {
  "use strict";
  const status = document.createElement("span");
  status.className = "visually-hidden";
  status.role = "status";
  document.querySelector(".bd-article")?.append(status);
  let rest;
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a.headerlink");
    if (!link) return;
    const copied = await navigator.clipboard?.writeText(link.href).then(() => true, () => false);
    if (!copied) return; // a browser that lets no page copy: the address is in its bar
    clearTimeout(rest);
    document.querySelectorAll(".headerlink[data-copied]").forEach((each) => delete each.dataset.copied);
    link.dataset.copied = "";
    status.textContent = "Link copied";
    rest = setTimeout(() => {
      delete link.dataset.copied;
      status.textContent = "";
    }, 2500);
  });
})();
