// What a citation, a term, a figure's or an equation's number refers to, shown beside it: on hovering,
// on focus, and at the first tap. All of it stands on the page already; nothing is fetched.
(() => {
  "use strict";
  const SHOW_AFTER = 150, HIDE_AFTER = 250; // ms: not for a pointer that passes by; time to reach the preview
  const card = document.createElement("span");
  card.id = "preview";
  card.className = "preview";
  card.popover = "manual";
  let shownBy = null, timer = 0;

  // The part of the page that a link refers to, if it is one that can be shown.
  const targetOf = (link) => {
    const place = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    return place && place.closest("ul:is(.references, .terms) > li, figure, div.math");
  };

  const contentOf = (target) => {
    const parts = target.matches("figure")
      ? [target.querySelector("img, svg"), target.querySelector("figcaption")]
      : target.matches("li") ? target.childNodes : target.children;
    return [...parts].filter(Boolean).map((part) => {
      const copy = part.cloneNode(true);
      copy.querySelectorAll?.(".headerlink").forEach((each) => each.remove());
      [copy, ...(copy.querySelectorAll?.("[id]") ?? [])].forEach((each) => each.removeAttribute?.("id"));
      return copy;
    });
  };

  const inView = (target) => {
    const { top, bottom } = target.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  };

  const place = (link) => {
    const box = link.getClientRects()[0], gap = 6;
    const room = document.documentElement.clientWidth - card.offsetWidth - gap;
    const below = box.bottom + card.offsetHeight + gap < innerHeight || box.top < card.offsetHeight + gap;
    card.style.left = `${Math.max(gap, Math.min(box.left - 12, room)) + scrollX}px`;
    card.style.top = `${(below ? box.bottom : box.top - card.offsetHeight) + scrollY}px`;
  };

  const show = (link) => {
    clearTimeout(timer);
    if (shownBy === link) return;
    hide();
    const target = targetOf(link);
    if (!target.matches("li") && inView(target)) return;
    const go = document.createElement("a");
    go.href = link.hash;
    go.className = "preview-go";
    go.textContent = target.closest(".terms") ? "In the list of terms"
      : target.matches("li") ? "In the list of references" : "Go there";
    card.replaceChildren(...contentOf(target), go);
    (link.closest(".bibtex-citation") ?? link).after(card); // next in the order of reading and of Tab
    card.showPopover();
    place(link);
    shownBy = link;
  };

  const hide = () => {
    clearTimeout(timer);
    if (!shownBy) return;
    const link = shownBy, focused = card.contains(document.activeElement);
    card.remove();
    if (focused) link.focus({ preventScroll: true }); // while it still counts as shown: not to show it again
    shownBy = null;
  };

  const later = (what, delay) => {
    clearTimeout(timer);
    timer = setTimeout(what, delay);
  };
  const onMouse = (element, type, act) =>
    element.addEventListener(type, (event) => event.pointerType === "mouse" && act());
  const inside = (node) => card.contains(node) || shownBy?.contains(node);

  document.querySelectorAll(".bd-article a.internal[href^='#']").forEach((link) => {
    const target = targetOf(link);
    if (!target) return;
    if (target.matches("li")) link.setAttribute("aria-describedby", target.id);
    let touched = false;
    link.addEventListener("pointerdown", (event) => (touched = event.pointerType === "touch"));
    onMouse(link, "pointerenter", () => later(() => show(link), SHOW_AFTER));
    onMouse(link, "pointerleave", () => later(hide, HIDE_AFTER));
    link.addEventListener("focus", () => link.matches(":focus-visible") && show(link));
    link.addEventListener("click", (event) => {
      if (touched && shownBy !== link) {
        event.preventDefault();
        show(link);
      } else hide();
    });
  });
  onMouse(card, "pointerenter", () => clearTimeout(timer));
  onMouse(card, "pointerleave", () => later(hide, HIDE_AFTER));
  card.addEventListener("click", (event) => event.target.closest("a") && later(hide, 0));
  document.addEventListener("focusin", (event) => shownBy && !inside(event.target) && hide());
  document.addEventListener("pointerdown", (event) => shownBy && !inside(event.target) && hide());
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
})();
