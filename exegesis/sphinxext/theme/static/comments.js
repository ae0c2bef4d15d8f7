// Comments and votes, by giscus: nothing is asked of another host before the reader presses the button.
(() => {
  "use strict";
  const place = document.querySelector(".comments");
  const button = place?.querySelector("button");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const script = document.createElement("script");
    script.src = "https://giscus.app/client.js";
    script.async = true;
    script.crossOrigin = "anonymous";
    const settings = {
      ...place.dataset,
      mapping: "specific",
      strict: "1",
      reactionsEnabled: "1",
      emitMetadata: "0",
      inputPosition: "top",
      theme: document.documentElement.dataset.theme === "dark" ? "dark" : "light",
      lang: "en",
    };
    Object.assign(script.dataset, settings);
    script.addEventListener("error", () => {
      place.querySelector(".comments-note").textContent = "The comments could not be loaded.";
      button.hidden = false;
    });
    button.hidden = true;
    place.append(script);
  });
})();
