// A slider under a figure shows one of the pictures that were made while the book was built.
(() => {
  "use strict";
  const make = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  document.querySelectorAll(".slider").forEach((place, number) => {
    const { name, still, frames } = JSON.parse(place.dataset.slider);
    const picture = place.closest("figure, .cell_output").querySelector("img");
    const alt = picture.alt;
    const book = frames[still].label;
    const id = `slider-${number + 1}`;

    const range = make("input", { id, type: "range", min: 0, max: frames.length - 1, value: still, autocomplete: "off" });
    const tick = make("datalist", { id: `${id}-book` }, make("option", { value: still })); // the book's own value
    range.setAttribute("list", tick.id);
    const value = make("span", { className: "slider-value" });
    const reset = make("button", { type: "button", textContent: `back to ${book}` });
    const label = make("label", { htmlFor: id, textContent: name });
    const said = make("output", { className: "slider-said", htmlFor: id });
    place.prepend(make("p", { className: "slider-head" }, label, value, reset), range, tick, said);
    const text = place.querySelector(".slider-text");
    // As high as its longest text, so that nothing below it moves.
    text.dataset.longest = frames.map((frame) => frame.text).reduce((a, b) => (b.length > a.length ? b : a));

    // The pictures are fetched when a reader comes near; once there, they change without a flicker.
    const fetched = [];
    const fetchOne = (index) => (fetched[index] ??= make("img", { src: frames[index].src }));
    const fetchAll = () => frames.forEach((frame, index) => fetchOne(index));
    for (const near of ["pointerenter", "focusin"]) place.addEventListener(near, fetchAll, { once: true });

    const write = (words) => (text.firstElementChild.textContent = words);
    const put = (index) => {
      const { src, label, text } = frames[index];
      picture.src = src;
      picture.closest("a").href = src;
      picture.alt = index === still ? alt : `With ${name} ${label}. ${text} In the book, with ${book}: ${alt}`;
      write(text);
    };
    let rest;
    const follow = () => {
      const { label } = frames[range.valueAsNumber];
      value.textContent = label;
      range.setAttribute("aria-valuetext", label);
      reset.hidden = range.valueAsNumber === still;
    };
    const move = async () => {
      const index = range.valueAsNumber;
      follow();
      const came = await fetchOne(index).decode().then(() => true, () => false);
      if (!came) fetched[index] = undefined; // to be asked for again
      if (index !== range.valueAsNumber) return; // moved on meanwhile
      if (came) put(index);
      else write(`The picture for ${name} ${frames[index].label} could not be loaded.`);
      clearTimeout(rest); // seen at once, read out when the hand rests
      rest = setTimeout(() => (said.textContent = text.textContent), 700);
    };
    range.addEventListener("input", move);
    reset.addEventListener("click", () => {
      range.value = still;
      range.focus(); // the button goes away
      move();
    });
    // On paper stands the still.
    addEventListener("beforeprint", () => put(still));
    addEventListener("afterprint", () => put(range.valueAsNumber));
    follow();
  });
})();
