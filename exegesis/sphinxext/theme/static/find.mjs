/* The book's index, asked: by the search page and by the dialog of every page.
   Whatever comes from the index is put into a page as text, never as HTML. */

export const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
/* What people put around the words that they look for. */
const AROUND = new Set("a about an and are by can do does explain for from how i in is it me of on or paper papers tell that the their them this to use using was were what when where which who whose why with work works write wrote you".split(" "));
const RANKED = 8; // results whose names are looked at

let loading = null;
let words = null; // those of titles, headings, names and TL;DRs, for a slip of a letter

/* Load the index, once. */
export const load = () =>
  (loading ??= (async () => {
    const pagefind = await import(new URL("pagefind/pagefind.js", root).href);
    // In this thread: the page's policy would not reach a worker of Pagefind's, so it allows none.
    await pagefind.options({ excerptLength: 24, noWorker: true });
    await pagefind.init();
    return pagefind;
  })());

const known = async () => {
  words ??= fetch(new URL("pagefind/words.json", root)).then((answer) => (answer.ok ? answer.json() : []));
  return words;
};

/* Letters and digits without accents, in small. */
export const plain = (text) => text.normalize("NFD").replace(/[^\p{L}\p{N} ]/gu, "").toLowerCase().trim();

/* The number of slips between two words: a letter too many, too few, another, or two exchanged. */
export const slips = (one, other) => {
  let [before, last, now] = [[], [], [...Array(other.length + 1).keys()]];
  for (let i = 1; i <= one.length; i += 1) {
    [before, last, now] = [last, now, [i]];
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1];
      now[j] = Math.min(last[j] + 1, now[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) now[j] = Math.min(now[j], before[j - 2] + 1);
    }
  }
  return now[other.length];
};

const nearest = (word, all) => {
  const most = word.length < 4 ? 0 : word.length < 8 ? 1 : 2;
  let best = null;
  let fewest = most + 1;
  for (const each of all) {
    if (Math.abs(each.length - word.length) >= fewest) continue;
    const count = slips(word, each);
    if (count < fewest) [best, fewest] = [each, count];
  }
  return best;
};

/* For a word that it does not know Pagefind takes its beginning, down to one letter. That is no answer. */
const isMeant = async (query, best) => {
  const starts = query.split(/\s+/).map((word) => plain(word).slice(0, 3)).filter(Boolean);
  const { excerpt, meta } = await best.data();
  const found = [...excerpt.matchAll(/<mark>(.*?)<\/mark>/g)].map((mark) => plain(mark[1]));
  const named = plain(`${meta.title} ${meta.aliases || ""} ${meta.authors || ""}`);
  return !found.length || !starts.length || [...found, ...named.split(" ")].some((word) => starts.some((start) => word.startsWith(start)));
};

const search = async (query, filters) => {
  const answer = await (await load()).search(query, { filters });
  return answer.results.length && (await isMeant(query, answer.results[0])) ? answer : null;
};

/* Put those first whose name, or one of whose other names, is what was asked for. */
const namedFirst = async (answer, query) => {
  const asked = plain(query);
  const first = answer.results.slice(0, RANKED);
  const names = await Promise.all(first.map(async (each) => {
    const { meta } = await each.data();
    return [meta.title, ...(meta.aliases || "").split(" · ")].map(plain);
  }));
  const isNamed = new Map(first.map((each, index) => [each, names[index].includes(asked)]));
  return { ...answer, results: [...first.filter((each) => isNamed.get(each)), ...first.filter((each) => !isNamed.get(each)), ...answer.results.slice(RANKED)] };
};

/* Write each word as the book does that it does not have, and has nearly. */
const corrected = async (query) => {
  const all = await known();
  const set = new Set(all);
  const parts = await Promise.all(query.split(/\s+/).map(async (word) => {
    const bare = plain(word);
    if (!bare || set.has(bare) || (await search(word, {}))) return word;
    return nearest(bare, all) || word;
  }));
  return parts.join(" ");
};

/* Find what a reader means: in quotation marks as it stands; else without the words around it, and with slips mended.
   `instead` says which words were looked for if not those of the query. */
export const find = async (query, filters = {}) => {
  if (query.includes('"')) return (await search(query, filters)) || { results: [], filters: {} };
  const meant = query.split(/\s+/).filter((word) => !AROUND.has(plain(word))).join(" ") || query;
  const written = await corrected(meant);
  const answer = await search(written, filters);
  if (!answer) return { results: [], filters: {} };
  return { ...(await namedFirst(answer, written)), instead: written === meant ? "" : written };
};

/* What to show of one result: its address, and text. */
export const address = (data) => new URL(data.raw_url.replace(/^\/+/, ""), root).href;

/* The sections that have the words, the best first. */
export const sections = (data, most) => {
  const best = (part) => Math.max(...part.weighted_locations.map((word) => word.balanced_score));
  return data.sub_results.filter((part) => part.anchor).sort((a, b) => best(b) - best(a)).slice(0, most);
};

/* Pagefind's excerpts: text in which only < and > are written as entities, and <mark> is added. */
export const marked = (excerpt) =>
  excerpt.split(/<mark>|<\/mark>/).map((piece, index) => {
    const text = piece.replaceAll("&lt;", "<").replaceAll("&gt;", ">");
    return index % 2 ? element("mark", "", text) : text;
  });

export const element = (name, className, ...children) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
};

/* Let the arrow keys walk through the field and the results under it. */
export const walk = (place, stops) => {
  place.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.tagName === "SELECT" || event.ctrlKey || event.altKey || event.metaKey) return;
    const all = stops();
    const here = all.indexOf(event.target);
    if (here < 0 || !all[here + step]) return;
    event.preventDefault();
    all[here + step].focus();
  });
};
