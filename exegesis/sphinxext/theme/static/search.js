/* The search page: Pagefind's index, the book's own form and list.
   The address holds the question (?q=...&venue=...&year=...&keyword=...), so that it can be kept and sent.
   Whatever comes from the index is put into the page as text, never as HTML. */
(() => {
  "use strict";
  const place = document.querySelector(".search");
  if (!place) return;
  const STEP = 10; // results shown at a time
  const PLACES = 2; // sections told of each
  const FACETS = ["venue", "year", "keyword"];
  const form = place.querySelector("form");
  const words = form.elements.q;
  const clear = place.querySelector(".search-clear");
  const count = place.querySelector(".search-count");
  const list = place.querySelector(".search-results");
  const more = place.querySelector(".search-more");
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  let pagefind = null;
  let known = {}; // the filters' values, with the number of chapters that have each
  let found = [];
  let shown = 0;
  let turn = 0; // answers to an earlier question are dropped

  const element = (name, className, ...children) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };

  /* Pagefind's excerpts: text in which only < and > are written as entities, and <mark> is added. */
  const marked = (excerpt) =>
    excerpt.split(/<mark>|<\/mark>/).map((piece, index) => {
      const text = piece.replaceAll("&lt;", "<").replaceAll("&gt;", ">");
      return index % 2 ? element("mark", "", text) : text;
    });

  const result = (data) => {
    const address = new URL(data.raw_url.replace(/^\/+/, ""), root).href;
    const { title, authors, venue, year, tldr } = data.meta;
    const link = element("a", "", title);
    link.href = address;
    const item = element("li", "search-result", element("h2", "search-title", link));
    if (authors) item.append(element("p", "search-where", `${authors} · ${venue} ${year}`));
    if (tldr) item.append(element("p", "search-tldr", tldr));
    const sections = data.sub_results.filter((part) => part.anchor);
    const best = (part) => Math.max(...part.weighted_locations.map((word) => word.balanced_score));
    const places = sections.sort((a, b) => best(b) - best(a)).slice(0, PLACES);
    if (!tldr && !places.length) item.append(element("p", "search-excerpt", ...marked(data.excerpt)));
    for (const part of places) {
      const section = element("a", "", part.anchor.text.trim());
      section.href = `${address}#${encodeURIComponent(part.anchor.id)}`;
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
    if (query) return pagefind.search(query, { filters: chosen });
    if (values.length) return pagefind.search(values.join(" "), { filters: chosen, sort: { latest: "desc" } });
    return { results: [], filters: known };
  };

  /* For a word that it does not know Pagefind takes its beginning, down to one letter. That is no answer. */
  const letters = (text) => text.normalize("NFD").replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();
  const isMeant = async (query, best) => {
    const starts = query.split(/\s+/).map((word) => letters(word).slice(0, 3)).filter(Boolean);
    const words = [...(await best.data()).excerpt.matchAll(/<mark>(.*?)<\/mark>/g)].map((mark) => letters(mark[1]));
    return !words.length || !starts.length || words.some((word) => starts.some((start) => word.includes(start)));
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
    let answer = await ask();
    if (query && answer.results.length && !(await isMeant(query, answer.results[0]))) answer = { results: [], filters: known };
    const facets = await Promise.all(FACETS.map((name) => (chosen[name] ? ask(name) : answer)));
    if (mine !== turn) return;
    FACETS.forEach((name, index) => offer(name, facets[index].filters[name] || {}));
    found = answer.results;
    shown = 0;
    if (!found.length) list.replaceChildren();
    await show();
    if (mine !== turn) return;
    const many = found.length === 1 ? "1 page" : `${found.length} pages`;
    count.textContent = !asked ? "" : found.length ? many : "Nothing found. Try fewer or shorter words, or clear the filters.";
    list.ariaBusy = "false";
  };

  const failed = (error) => {
    place.hidden = true;
    document.getElementById("search-failure").hidden = false;
    console.warn("search:", error);
  };

  const start = async () => {
    pagefind = await import(new URL("pagefind/pagefind.js", root).href);
    await pagefind.options({ excerptLength: 24 });
    await pagefind.init();
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
  place.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.tagName === "SELECT" || event.ctrlKey || event.altKey || event.metaKey) return;
    const stops = [words, ...list.querySelectorAll(".search-title a")];
    const here = stops.indexOf(event.target);
    if (here < 0 || !stops[here + step]) return;
    event.preventDefault();
    stops[here + step].focus();
  });
})();
