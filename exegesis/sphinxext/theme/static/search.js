// The search page's script is a module, which a browser does not read from a folder: that has to be said.
import(new URL("search.mjs", document.currentScript.src).href).catch((error) => {
  document.getElementById("search-failure").hidden = false;
  console.warn("search:", error);
});
