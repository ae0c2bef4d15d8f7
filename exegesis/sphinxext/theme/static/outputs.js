// A frame is as high as the output in it says, within reason: it has no rights, and is believed no more than that.
(() => {
  "use strict";
  const frames = [...document.querySelectorAll(".output-frame")];
  addEventListener("message", ({ data, source }) => {
    const frame = source && frames.find(({ contentWindow }) => contentWindow === source.parent);
    const height = Number(data?.height);
    if (frame && height > 0) frame.style.height = `${Math.min(Math.ceil(height), 1600)}px`;
  });
})();
