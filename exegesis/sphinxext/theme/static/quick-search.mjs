/* The search dialog: results while one types. Enter in the field leads to the search page, with all of them. */
import { address, element, find, marked, sections, walk } from "./find.mjs";

const MOST = 6; // results shown

export const start = (dialog) => {
  const field = dialog.querySelector("input");
  const said = dialog.querySelector(".quick-said");
  const list = dialog.querySelector(".quick-results");
  let turn = 0;
  let wait = 0;

  const result = (data) => {
    const { title, authors, venue, year } = data.meta;
    const [best] = sections(data, 1);
    const link = element("a", "quick-result", element("span", "quick-title", title));
    link.href = address(data);
    if (authors) link.append(element("span", "quick-where", `${authors.split(", ")[0].split(" ").pop()}${authors.includes(", ") ? " et al." : ""} · ${venue} ${year}`));
    link.append(element("span", "quick-excerpt", ...marked(best ? best.excerpt : data.excerpt)));
    return element("li", "", link);
  };

  const show = async () => {
    const mine = ++turn;
    const query = field.value.trim();
    const answer = query ? await find(query) : { results: [] };
    const items = await Promise.all(answer.results.slice(0, MOST).map((each) => each.data()));
    if (mine !== turn) return;
    list.replaceChildren(...items.map(result));
    const many = answer.results.length === 1 ? "1 page" : `${answer.results.length} pages`;
    const instead = answer.instead ? ` for “${answer.instead}”` : "";
    said.textContent = !query ? "" : answer.results.length ? `${many}${instead}. Enter shows all.` : "Nothing found. Try fewer or shorter words.";
  };
  const failed = (error) => {
    said.textContent = "The index can't be loaded; press Enter for the search page.";
    console.warn("search:", error);
  };

  field.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(() => show().catch(failed), 120);
  });
  walk(dialog, () => [field, ...list.querySelectorAll("a")]);
  if (field.value) show().catch(failed);
};
