/* Makes one document of pages of the site: each begins on a new sheet, and links between them lead inside it.

   Run in the first of them. Places keep their names with the page's before them, for two pages may have one of
   the same name. Returns what the book is called. */
async (paths) => {
  const names = new Map(paths.map((path) => [`/${path}`, path.replace(/\.html$/, "")]));
  const pages = [];
  for (const path of paths) {
    const answer = await fetch(`/${path}`);
    if (!answer.ok) throw new Error(`/${path} can't be read`);
    pages.push(new DOMParser().parseFromString(await answer.text(), "text/html"));
  }

  // What to do comes first on paper too, and what was folded at the end: paper has no folds.
  const unfold = (page, article) => {
    const end = page.createElement("section");
    for (const exercise of article.querySelectorAll(".exercise")) {
      exercise.querySelectorAll(".exercise-measure, .exercise-mark").forEach((each) => each.remove());
      const folds = exercise.querySelectorAll(".exercise-fold");
      if (!folds.length) continue;
      const title = exercise.querySelector(".exercise-title").cloneNode(true);
      title.removeAttribute("id");
      title.querySelectorAll(".headerlink").forEach((each) => each.remove());
      const back = page.createElement("a");
      back.href = `#${exercise.id}`;
      back.append(...title.childNodes);
      title.append(back);
      end.append(title, ...folds);
    }
    if (!end.firstChild) return;
    const heading = page.createElement("h2");
    heading.textContent = "Hints and solutions";
    end.prepend(heading);
    article.append(end);
  };

  const rename = (name, article) => {
    for (const each of article.querySelectorAll("[id]")) {
      if (!each.closest("svg")) each.id = `${name}:${each.id}`; // within a picture ids are no places
    }
    for (const attribute of ["for", "headers", "aria-controls", "aria-describedby", "aria-labelledby"]) {
      for (const each of article.querySelectorAll(`:not(svg *)[${attribute}]`)) {
        const ids = each.getAttribute(attribute).trim().split(/\s+/);
        each.setAttribute(attribute, ids.map((id) => `${name}:${id}`).join(" "));
      }
    }
  };

  // Chromium's outline has no space where a heading goes on in a second line, unless spaces are kept at its end.
  const keepSpaces = (page, article) => {
    for (const heading of article.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
      heading.normalize();
      const texts = page.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replace(/\s+/g, " ");
      if (texts.currentNode !== heading) texts.currentNode.data = texts.currentNode.data.trimEnd();
      heading.style.whiteSpace = "pre-wrap";
    }
  };

  // A page's own sheets, before those for paper, which take back what others say.
  const loaded = [];
  const known = new Set([...document.querySelectorAll("link[rel=stylesheet]")].map((each) => each.href));
  const last = document.querySelector("link[rel=stylesheet][media=print]");
  const style = (page, url) => {
    for (const each of page.querySelectorAll("link[rel=stylesheet]")) {
      const href = new URL(each.getAttribute("href"), url).href;
      if (known.has(href)) continue;
      known.add(href);
      const sheet = each.cloneNode();
      sheet.href = href;
      loaded.push(new Promise((done) => { sheet.onload = sheet.onerror = done; }));
      if (last) last.before(sheet);
      else document.head.append(sheet);
    }
  };

  const article = (page) => page.querySelector("article.bd-article") || page.querySelector("[role=main], main") || page.body;
  const whole = article(document);
  whole.replaceChildren();
  const parts = pages.map((page, index) => {
    const url = new URL(paths[index], location.origin);
    const name = names.get(url.pathname);
    const part = document.createElement("section");
    style(page, url);
    unfold(page, article(page));
    keepSpaces(page, article(page));
    rename(name, article(page));
    for (const image of article(page).querySelectorAll("img")) {
      image.loading = "eager";
      image.src = new URL(image.getAttribute("src"), url).href;
    }
    part.id = name;
    if (index) part.style.breakBefore = "page";
    part.append(...article(page).childNodes);
    whole.append(part);
    return { part, url, published: page.querySelector("link[rel=canonical]")?.getAttribute("href") };
  });

  // Out of the book a link leads to where the page is published, if that is known, and never to this machine.
  const leads = (href, { url, published }) => {
    if (!URL.canParse(href, url)) return null;
    const aim = new URL(href, url);
    if (aim.origin === location.origin) {
      const name = names.get(aim.pathname);
      if (name === undefined) return published ? new URL(href, published).href : null;
      const place = `${name}:${decodeURIComponent(aim.hash.slice(1))}`;
      return `#${encodeURI(document.getElementById(place) ? place : name)}`;
    }
    const elsewhere = ["http:", "https:", "mailto:"].includes(aim.protocol);
    return elsewhere && !/^(localhost|127\.[\d.]+|0\.0\.0\.0|\[::1?\])$/.test(aim.hostname) ? aim.href : null;
  };
  for (const each of parts) {
    for (const link of each.part.querySelectorAll("a[href]")) {
      const aim = leads(link.getAttribute("href"), each);
      if (aim === null) link.removeAttribute("href");
      else link.setAttribute("href", aim);
    }
  }

  const title = document.querySelector("meta[property='og:site_name']")?.content || document.title;
  if (paths.length > 1) document.title = title;
  await Promise.all([...loaded, ...[...whole.querySelectorAll("img")].map((each) => each.decode().catch(() => {}))]);
  await document.fonts.ready;
  return title;
}
