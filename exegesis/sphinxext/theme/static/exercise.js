// Exercises: what a reader's run came to, hints one at a time, and which are solved. That is kept in
// this browser alone, by page and exercise, and shown on the page itself and on those that count them.
(() => {
  "use strict";
  const KEY = `exegesis-solved:${new URL("..", document.currentScript.src).pathname}`; // of this book
  const cards = [...document.querySelectorAll(".exercise")];
  const tallies = [...document.querySelectorAll("[data-exercises]")];

  const read = () => {
    try {
      return new Set(JSON.parse(localStorage.getItem(KEY)) ?? []);
    } catch {
      return new Set(); // a browser that keeps nothing, or something else under this name
    }
  };
  const keep = (solved) => {
    try {
      if (solved.size) localStorage.setItem(KEY, JSON.stringify([...solved].sort()));
      else localStorage.removeItem(KEY);
    } catch {
      // It is shown until the page is left.
    }
  };
  let solved = read();

  const show = () => {
    for (const card of cards) card.querySelector(".exercise-mark").hidden = !solved.has(card.dataset.exercise);
    for (const tally of tallies) {
      const all = JSON.parse(tally.dataset.exercises);
      const done = all.filter((name) => solved.has(name)).length;
      tally.textContent = done ? `${done} of ${all.length} ${all.length === 1 ? "exercise" : "exercises"} solved` : tally.dataset.none;
      const forget = tally.parentElement.querySelector(".exercises-forget");
      if (forget) forget.hidden = !done;
    }
  };
  const change = (update) => {
    solved = new Set([...read(), ...solved]); // another tab may have solved others
    update(solved);
    keep(solved);
    show();
  };

  // One exercise ----------------------------------------------------------------------------
  for (const card of cards) {
    const hints = [...card.querySelectorAll(".exercise-hint")];
    hints.forEach((hint, index) => {
      hint.hidden = index > 0;
      hint.addEventListener("toggle", () => {
        if (hint.open && hints[index + 1]) hints[index + 1].hidden = false;
      });
    });
    if (!card.dataset.checks) continue;

    const rows = [...card.querySelectorAll(".exercise-checks li")];
    const said = card.querySelector(".exercise-said");
    // Cells run here: the script of Run has put its buttons there.
    card.querySelector(".exercise-off").hidden = Boolean(card.querySelector(".run-bar"));

    const clear = () => {
      for (const row of rows) {
        row.className = "";
        row.querySelector(".exercise-came").textContent = "";
        const words = row.querySelector(".exercise-words").textContent;
        row.querySelector("code").hidden = words !== "";
      }
    };
    const judge = ({ ok, verdicts, fault, error }) => {
      clear();
      if (!verdicts) {
        said.textContent = ok ? `Nothing could be checked: ${fault}.` : `Nothing was checked, for the cell ended in an error: ${error}`;
        return;
      }
      rows.forEach((row, index) => {
        const { holds, shown } = verdicts[index];
        row.className = holds ? "holds" : "fails";
        if (holds) row.querySelector("code").hidden = false; // what it asks for is no secret any more
        row.querySelector(".exercise-came").textContent = `${holds ? "holds" : "does not hold"}: yours is ${shown}`;
      });
      const held = verdicts.filter(({ holds }) => holds).length;
      if (held < rows.length) {
        const more = card.querySelector(".exercise-hint:not([open], [hidden])") ? " There is a hint below." : "";
        said.textContent = `${held} of ${rows.length} ${rows.length === 1 ? "check holds" : "checks hold"}.${more}`;
      } else {
        said.textContent = "Solved: all checks hold.";
        change((known) => known.add(card.dataset.exercise));
      }
      card.classList.toggle("exercise-done", held === rows.length);
    };
    card.addEventListener("run-judged", ({ detail }) => judge(detail));
    card.addEventListener("run-reset", () => {
      clear();
      said.textContent = "";
      card.classList.remove("exercise-done");
    });
  }

  for (const tally of tallies) {
    tally.dataset.none = tally.textContent;
    tally.parentElement.querySelector(".exercises-forget")?.addEventListener("click", () => {
      solved = new Set();
      keep(solved);
      show();
    });
  }
  addEventListener("storage", ({ key }) => {
    if (key !== KEY) return;
    solved = read();
    show();
  });
  show();
})();
