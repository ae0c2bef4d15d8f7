// The filters of the claims ledger. Without scripts the whole table is there and the form is not.
(() => {
  "use strict";
  const form = document.querySelector("form.ledger-filter");
  if (!form) return;
  const papers = [...document.querySelectorAll(".ledger tbody")];
  const count = form.querySelector("output");

  const show = () => {
    const wanted = ["evidence", "standing"].map((name) => [name, form.elements[name].value]);
    const paper = form.elements.paper.value;
    let shown = 0;
    for (const body of papers) {
      const rows = [...body.querySelectorAll("tr[data-evidence]")];
      for (const row of rows) row.hidden = wanted.some(([name, value]) => value !== "" && row.dataset[name] !== value);
      const left = rows.filter((row) => !row.hidden).length;
      body.hidden = left === 0 || (paper !== "" && body.dataset.paper !== paper);
      if (!body.hidden) shown += left;
    }
    count.textContent = `${shown} claims`;
  };

  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  show();
})();
