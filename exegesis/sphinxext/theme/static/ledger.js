// The filters and the order of the claims ledger. Without scripts the whole table is there and the form is not.
(() => {
  "use strict";
  const form = document.querySelector("form.ledger-filter");
  if (!form) return;
  const table = document.querySelector(".ledger table");
  const chapters = [...table.tBodies];
  const rows = [...table.querySelectorAll("tr[data-evidence]")];
  const homes = new Map(rows.map((row) => [row, row.parentElement]));
  const count = form.querySelector("output");
  const sorted = document.createElement("tbody");
  let order = "";

  // By chapter each row stands in its own; by a number all stand in one body, those without it last.
  const sort = (by) => {
    if (by === order) return;
    order = by;
    table.classList.toggle("ledger-sorted", by !== "");
    const share = (row) => Number(row.dataset[by] ?? 2);
    if (by === "") rows.forEach((row) => homes.get(row).append(row));
    else sorted.append(...rows.toSorted((a, b) => share(a) - share(b)));
    if (by === "") sorted.remove();
    else table.append(sorted);
  };

  const show = () => {
    const wanted = ["evidence", "standing", "paper"].map((name) => [name, form.elements[name].value]);
    sort(form.elements.order?.value ?? "");
    for (const row of rows) row.hidden = wanted.some(([name, value]) => value !== "" && row.dataset[name] !== value);
    for (const body of chapters) body.hidden = ![...body.querySelectorAll("tr[data-evidence]")].some((row) => !row.hidden);
    count.textContent = `${rows.filter((row) => !row.hidden).length} claims`;
  };

  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  show();
})();
