// What the buttons of sphinx-copybutton show in a tooltip, said to those who do not see it.
addEventListener("DOMContentLoaded", () => {
  const status = document.createElement("span");
  status.id = "copy-status";
  status.className = "visually-hidden";
  status.role = "status";
  const article = document.querySelector(".bd-article");
  article?.append(status);
  new MutationObserver(([{ target }]) => {
    status.textContent = target.classList.contains("success") ? target.dataset.tooltip : "";
  }).observe(article ?? document, { subtree: true, attributeFilter: ["class"] });
});
