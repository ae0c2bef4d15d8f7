// While the book is served: reload this page when it was built again, and show the book's faults.
"use strict";
(() => {
  const script = document.currentScript;
  const banner = document.createElement("div");
  banner.id = "exegesis-faults";
  banner.setAttribute("role", "alert");
  banner.style.cssText =
    "position:fixed;inset:auto 0 0 0;z-index:9999;max-height:40vh;overflow:auto;padding:.75em 1em;" +
    "background:#7f1d1d;color:#fff;font:14px/1.5 system-ui,sans-serif;white-space:pre-wrap";
  banner.hidden = true;
  document.body.append(banner);

  function show(faults) {
    const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
    banner.textContent = faults.length ? `${count}\n${faults.join("\n")}` : "";
    banner.hidden = faults.length === 0;
  }

  function listen() {
    const page = encodeURIComponent(decodeURIComponent(location.pathname));
    const socket = new WebSocket(`ws://${location.host}/_live?page=${page}&version=${script.dataset.version}`);
    socket.onmessage = (event) => {
      const { faults, stale } = JSON.parse(event.data);
      if (stale) location.reload(); // the browser keeps the place
      else show(faults);
    };
    socket.onclose = () => setTimeout(listen, 1000); // the server was stopped; it may come back
  }
  listen();
})();
