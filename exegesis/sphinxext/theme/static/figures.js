// A figure opens large, in the browser's own dialog: Esc closes it, and the focus goes back to the figure.
// Without scripts the link leads to the picture, where it has a file.
(() => {
  "use strict";
  const make = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const view = make("div", { className: "figure-view", tabIndex: 0, role: "group", ariaLabel: "The figure" });
  const words = make("div", { className: "figure-words" });
  const close = make("button", { className: "btn", title: "Close", ariaLabel: "Close the figure" });
  close.append(make("span", { className: "icon icon-close", ariaHidden: "true" }));
  const bar = make("form", { className: "figure-bar", method: "dialog" }, close);
  const dialog = make("dialog", { className: "figure-large" }, bar, view, words);
  let shown;

  const open = (link) => {
    shown = link;
    const picture = link.querySelector("img, svg").cloneNode(true);
    const caption = link.closest("figure")?.querySelector("figcaption")?.cloneNode(true);
    caption?.querySelectorAll(".headerlink, .slider").forEach((each) => each.remove());
    for (const part of [caption, picture]) part?.querySelectorAll("[id]").forEach((each) => each.removeAttribute("id"));
    dialog.ariaLabel = caption?.querySelector(".caption-number")?.textContent.trim() || "Figure";
    view.style.cssText = link.style.cssText; // how wide it has to be for its words
    view.replaceChildren(picture);
    words.replaceChildren(...(caption?.childNodes ?? []));
    dialog.showModal();
    view.scrollTo(0, 0);
  };

  // A picture that is drawn in the page has no file: what opens it is a button.
  document.querySelectorAll("figure > svg.picture").forEach((picture) => {
    const button = make("button", { type: "button", className: "figure-open", title: "Open large" });
    picture.replaceWith(button);
    button.append(picture);
  });
  (document.querySelector(".bd-article") ?? document.body).append(dialog);
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".figure-open");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(link);
    } else if (event.target === dialog) dialog.close(); // beside it
  });
  // A finger gives no link the focus, so there is none to go back to.
  dialog.addEventListener("close", () => shown.focus({ preventScroll: true }));
})();
