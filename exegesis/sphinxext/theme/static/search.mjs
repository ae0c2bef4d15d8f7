/* The search page: Pagefind's index, the book's own form and list.
   The address holds the question (?q=...&venue=...&year=...&keyword=...), so that it can be kept and sent.
   Whatever comes from the index is put into the page as text, never as HTML. */
import { address, element, find, load, marked, sections, walk } from "./find.mjs";

const place = document.querySelector(".search");
if (place) {
  const STEP = 10; // results shown at a time
  const PLACES = 2; // sections told of each
  const FACETS = ["venue", "year", "keyword"];
  const form = place.querySelector("form");
  const words = form.elements.q;
  const clear = place.querySelector(".search-clear");
  const count = place.querySelector(".search-count");
  const list = place.querySelector(".search-results");
  const more = place.querySelector(".search-more");
  let pagefind = null;
  let known = {}; // the filters' values, with the number of chapters that have each
  let found = [];
  let shown = 0;
  let turn = 0; // answers to an earlier question are dropped

  const result = (data) => {
    const place = address(data);
    const { title, authors, venue, year, tldr } = data.meta;
    const link = element("a", "", title);
    link.href = place;
    const item = element("li", "search-result", element("h2", "search-title", link));
    if (authors) item.append(element("p", "search-where", `${authors} · ${venue} ${year}`));
    if (tldr) item.append(element("p", "search-tldr", tldr));
    const places = sections(data, PLACES);
    if (!tldr && !places.length) item.append(element("p", "search-excerpt", ...marked(data.excerpt)));
    for (const part of places) {
      const section = element("a", "", part.anchor.text.trim());
      section.href = `${place}#${encodeURIComponent(part.anchor.id)}`;
      item.append(element("p", "search-excerpt", section, " ", ...marked(part.excerpt), " …"));
    }
    return item;
  };

  const filters = (except) =>
    Object.fromEntries(FACETS.filter((name) => name !== except && form.elements[name].value)
      .map((name) => [name, form.elements[name].value]));

  /* Without words, the filters' own are asked for, which their chapters have, the latest first;
     asked for no word at all, Pagefind would fetch the whole index. */
  const ask = (except) => {
    const query = words.value.trim();
    const chosen = filters(except);
    const values = Object.values(chosen);
    if (query) return find(query, chosen);
    if (values.length) return pagefind.search(values.join(" "), { filters: chosen, sort: { latest: "desc" } });
    return { results: [], filters: known };
  };

  /* Offer each filter's values with the number of results that each would leave. */
  const offer = (name, counts) => {
    const select = form.elements[name];
    const kept = select.value;
    const values = Object.keys(counts).filter((value) => counts[value] || value === kept);
    if (kept && !values.includes(kept)) values.push(kept);
    values.sort((a, b) => (name === "year" ? b - a : a.localeCompare(b)));
    select.replaceChildren(new Option("any", ""), ...values.map((value) => new Option(`${value} (${counts[value] || 0})`, value)));
    select.value = kept;
  };

  const show = async () => {
    const mine = turn;
    const next = await Promise.all(found.slice(shown, shown + STEP).map((each) => each.data()));
    if (mine !== turn) return null;
    if (shown === 0) list.replaceChildren();
    const items = next.map(result);
    list.append(...items);
    shown += items.length;
    more.hidden = shown >= found.length;
    return items[0];
  };

  const search = async () => {
    const mine = ++turn;
    const query = words.value.trim();
    const chosen = filters();
    const address = new URL(location.href);
    address.search = new URLSearchParams(query ? { q: query, ...chosen } : chosen);
    address.hash = "";
    history.replaceState(null, "", address);
    list.ariaBusy = "true";
    const asked = Boolean(query || Object.keys(chosen).length);
    clear.hidden = !asked;
    const answer = await ask();
    const facets = await Promise.all(FACETS.map((name) => (chosen[name] ? ask(name) : answer)));
    if (mine !== turn) return;
    FACETS.forEach((name, index) => offer(name, (answer.results.length ? facets[index].filters : known)[name] || {}));
    found = answer.results;
    shown = 0;
    if (!found.length) list.replaceChildren();
    await show();
    if (mine !== turn) return;
    const many = found.length === 1 ? "1 page" : `${found.length} pages`;
    const instead = answer.instead ? ` for “${answer.instead}”` : "";
    count.textContent = !asked ? "" : found.length ? many + instead : "Nothing found. Try fewer or shorter words, or clear the filters.";
    list.ariaBusy = "false";
  };

  const failed = (error) => {
    place.hidden = true;
    document.getElementById("search-failure").hidden = false;
    console.warn("search:", error);
  };

  const start = async () => {
    pagefind = await load();
    known = await pagefind.filters();
    const given = new URLSearchParams(location.search);
    FACETS.forEach((name) => {
      offer(name, known[name] || {});
      form.elements[name].value = given.get(name) || "";
    });
    await search();
  };

  words.value = new URLSearchParams(location.search).get("q") || "";
  place.hidden = false;
  words.focus();
  const started = start();
  started.catch(failed);
  const again = () => started.then(search).catch(failed);

  let wait = 0;
  words.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(again, 120);
  });
  FACETS.forEach((name) => form.elements[name].addEventListener("change", again));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(wait);
    again();
  });
  form.addEventListener("reset", () => {
    words.focus();
    setTimeout(again); // the fields are emptied after this event
  });
  more.addEventListener("click", async () => {
    const first = await show();
    if (first) first.querySelector("a").focus();
  });
  walk(place, () => [words, ...list.querySelectorAll(".search-title a")]);
}
