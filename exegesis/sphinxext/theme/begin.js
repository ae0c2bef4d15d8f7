// Before anything is painted: colours, sidebar and code are as the reader left them.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const page = document.documentElement.dataset;
  page.mode = ["light", "dark"].includes(kept("mode")) ? kept("mode") : "auto";
  page.theme = page.mode === "auto" ? dark : page.mode;
  page.sidebar = kept("sidebar") || "shown";
  page.code = kept("code") || "shown";
})();
// The theme's script asks.
window.DOCUMENTATION_OPTIONS = { search_as_you_type: false };
