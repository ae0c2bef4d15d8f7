// Cells that run in the reader's own browser: buttons under each, and what they do. Nothing is
// fetched before the first press. Python runs in run-worker.mjs, editing is in run-editor.mjs.
(() => {
  "use strict";
  const script = document.currentScript;
  const all = [...document.querySelectorAll("div.cell[id^='cell-']")];
  const boxes = all.filter((box) => !box.closest(".exercise"));
  if (!all.length || !window.Worker || location.protocol === "file:") return;

  const address = new URL(script.dataset.pyodide, document.baseURI);
  const size = `${Math.round(script.dataset.bytes / 1e6)} MB`;
  const STOPPED = new Error("stopped");
  const shown = new Map(); // the cells on the page, by id
  const queue = []; // what the reader asked for and has not begun
  let code; // all code cells in order, hidden ones too: {id, name, source, claim, check}
  let ran = []; // the code that Python has run, from the first cell on
  let worker;
  let abandon; // ends the wait for the worker
  let busy = false;

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  };
  const status = make("p", "run-unseen");
  status.setAttribute("role", "status");
  const announce = (text) => (status.textContent = text);

  // One cell of the page ------------------------------------------------------------------
  // That of an exercise is run apart, when all others have run; exercise.js hears what came of it.
  class Cell {
    constructor(box, label) {
      this.box = box;
      this.exercise = box.closest(".exercise");
      this.label = label; // on the page; the notebook may have hidden ones between
      this.input = box.querySelector(".cell_input");
      this.listing = this.input.firstElementChild;
      this.book = this.listing.querySelector("pre").textContent.replace(/\n$/, "");
      this.output = box.querySelector(".cell_output");
      this.bar = make("div", "run-bar");
      this.run = this.button("Run", () => (this.active ? stop() : request(this, this.label)));
      this.edit = this.button("Edit", () => this.open());
      this.reset = this.button("Reset", () => this.restore());
      if (!this.exercise) this.addMore();
      else this.listing.addEventListener("click", () => getSelection().isCollapsed && this.open());
      this.reset.hidden = true;
      this.run.append(make("span", "run-size", ` ${size}`));
      this.run.title = `Runs here, in your browser. The first run fetches Python, up to ${size}, from ${address.host}.`;
      this.note = make("span", "run-note");
      this.bar.append(this.note);
      this.input.after(this.bar);
    }

    addMore() {
      const above = this.button("Run all above", () => requestAbove(this));
      const every = this.button("Run all", () => requestAll(this));
      for (const button of [above, every]) button.classList.add("run-more");
      if (this.box === boxes[0]) above.remove();
    }

    button(text, action) {
      const button = make("button", "run-button", text);
      button.type = "button";
      button.append(make("span", "run-unseen", text.includes("all") ? ` (${this.label})` : ` ${this.label}`));
      button.addEventListener("click", action);
      this.bar.append(button);
      return button;
    }

    get code() {
      return this.editor ? this.editor.value : this.book;
    }

    // The button that runs also stops, so that the keyboard's focus stays where it is.
    set running(active) {
      this.active = active;
      this.run.firstChild.data = active ? "Stop" : "Run";
      this.box.classList.toggle("run-active", active);
    }

    say(text, fault = false) {
      this.note.textContent = text;
      this.note.classList.toggle("run-fault", fault);
      this.progress?.remove();
      this.progress = undefined;
    }

    sayProgress(done, total) {
      const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
      if (!this.progress) {
        this.say("");
        this.progress = make("progress");
        this.progress.setAttribute("aria-label", "Fetching Python");
        this.note.before(this.progress);
      }
      this.progress.max = total;
      this.progress.value = done;
      this.note.textContent =
        done < total ? `Fetching Python: ${megabytes(done)} of ${megabytes(total)} MB` : "Starting Python";
    }

    async open() {
      if (this.editor) return this.editor.focus();
      try {
        const { openEditor } = await import(new URL("run-editor.mjs", script.src));
        this.editor ??= await openEditor(this.listing, this.book, {
          label: `Code of ${this.label}`,
          run: () => this.active || request(this, this.label),
          leave: () => this.run.focus(),
          change: () => (this.reset.hidden = false),
        });
      } catch {
        return this.say("The editor could not be fetched; check the connection and press Edit again.", true);
      }
      this.box.classList.add("run-editing");
      this.reset.hidden = false;
      this.editor.focus();
    }

    // Back to the book's code, output and verdicts.
    restore() {
      if (this.active) stop();
      this.editor?.remove();
      this.editor = undefined;
      this.yours?.remove();
      this.yours = undefined;
      this.box.classList.remove("run-editing", "run-replaced");
      this.clearVerdicts();
      this.unmark();
      this.say("");
      this.tell("run-reset");
      this.reset.hidden = true;
      this.edit.focus();
      announce(`The book's code and output of ${this.label} are back.`);
    }

    // Number the lines of the book's listing, and mark one that an error names; the editor has numbers of its own.
    mark(line) {
      if (!this.gutter) {
        this.gutter = make("span", "run-lines");
        this.gutter.setAttribute("aria-hidden", "true");
        this.gutter.append(...this.book.split("\n").map((_, index) => make("span", "", String(index + 1))));
        this.listing.querySelector(".highlight").prepend(this.gutter);
        this.box.querySelector(".code-show[aria-expanded='false']")?.click();
      }
      this.gutter.children[line - 1]?.classList.add("run-named");
    }

    unmark() {
      this.gutter?.remove();
      this.gutter = undefined;
    }

    // Output of the reader's run: a place of its own above the book's, which it then hides.
    begin() {
      this.fresh = make("div", "run-yours");
      const head = make("p", "run-head");
      head.append(make("span", "run-whose", "From your run"));
      this.fresh.append(head);
      if (this.output) {
        const toggle = make("button", "run-button", "Show the book’s");
        toggle.type = "button";
        toggle.addEventListener("click", () => {
          const book = !this.box.classList.toggle("run-replaced");
          this.yours.classList.toggle("run-aside", book);
          toggle.textContent = book ? "Show yours" : "Show the book’s";
          head.firstChild.textContent = book ? "The book’s output" : "From your run";
        });
        head.append(toggle);
      }
    }

    async add({ kind, text }) {
      const last = this.fresh.lastElementChild;
      let element;
      if (kind === "picture" && text.startsWith("data:image/")) {
        const pictures = this.output?.querySelectorAll("img") ?? [];
        const theirs = pictures[this.fresh.querySelectorAll("img").length];
        element = make("figure", "run-picture");
        const image = make("img", theirs?.className);
        image.alt = theirs ? `From your run. The book’s picture shows: ${theirs.alt}` : "A picture from your run.";
        image.src = text;
        const link = theirs?.closest(".figure-open")?.cloneNode() ?? make("a", "figure-open");
        link.href = text;
        link.append(image);
        element.append(link);
      } else if (last.dataset.kind === kind && kind.startsWith("std")) {
        last.append(text); // what a cell prints comes in pieces
        return;
      } else {
        element = make(kind === "hint" ? "p" : "pre", `run-${kind}`);
        element.append(...(kind === "error" ? withPlaces(text) : [text]));
        if (kind !== "hint") {
          element.tabIndex = 0; // long output scrolls by itself
          element.setAttribute("role", "group");
          element.setAttribute("aria-label", kind === "error" ? "Error" : "Output");
        }
      }
      element.dataset.kind = kind;
      this.fresh.append(element);
    }

    // The new output is there: put it in the place of the old.
    async finish() {
      await Promise.all([...this.fresh.querySelectorAll("img")].map((image) => image.decode().catch(() => {})));
      this.yours?.remove();
      this.yours = undefined;
      const some = this.fresh.childElementCount > 1;
      if (some) {
        this.yours = this.fresh;
        this.bar.after(this.yours);
        this.reset.hidden = false;
      }
      this.box.classList.toggle("run-replaced", some);
    }

    tell(what, detail) {
      this.box.dispatchEvent(new CustomEvent(what, { bubbles: true, detail }));
    }

    get card() {
      return document.getElementById(`claim-${this.claim}`);
    }

    clearVerdicts() {
      if (this.claim) this.card?.querySelectorAll(".run-verdict").forEach((row) => row.remove());
    }

    // The claim's checks, held against the reader's numbers: a row under each of the book's.
    showVerdicts({ verdicts, fault }) {
      this.clearVerdicts();
      const rows = this.card?.querySelectorAll(".claim-checks tbody tr") ?? [];
      rows.forEach((row, index) => {
        const verdict = verdicts?.[index];
        const mine = make("tr", `run-verdict ${verdict?.holds ? "holds" : "fails"}`);
        const texts = verdict ? [verdict.shown, verdict.words] : ["no numbers", fault];
        mine.append(make("td", "", "in your run"), ...texts.map((text) => make("td", "", text)));
        row.after(mine);
      });
    }
  }

  // The words of an error: a line that it names is a link to its cell, where it is marked.
  function withPlaces(text) {
    return text.split(/(Cell \d+, line \d+)/).map((part, index) => {
      const [number, line] = index % 2 ? part.match(/\d+/g) : [];
      const cell = shown.get(code[number - 1]?.id);
      if (!cell) return part; // between two places, or a cell that the page does not show
      cell.mark(line);
      return Object.assign(make("a", "", part), { href: `#${cell.box.id}` });
    });
  }

  // What to run -----------------------------------------------------------------------------
  const current = (index) => shown.get(code[index].id)?.code ?? code[index].source;
  const edited = (index) => current(index) !== code[index].source;

  // Ask for a cell; `see` says of which others the reader wants to see the output.
  async function request(cell, what, see = () => false) {
    if (queue.some((job) => job.cell === cell)) return;
    queue.push({ cell, what, see });
    if (busy) return cell.say("Waiting");
    busy = true;
    while (queue.length) await perform(queue.shift());
    busy = false;
  }

  const requestAbove = (cell) => {
    const above = boxes.indexOf(cell.box) - 1;
    request(shown.get(boxes[above].id), "the cells above", () => true);
  };
  const requestAll = () => request(shown.get(boxes.at(-1).id), "all cells", () => true);

  // Which cells have to run for one: those above that have not run as they are now, and the cell itself,
  // again. An exercise has a list of those that it needs; with `every` it is all.
  function needed(cell, every = false) {
    const last = cell.exercise ? code.length - 1 : code.findIndex(({ id }) => id === cell.box.id);
    const upTo = code.slice(0, last + 1).map((_, index) => index);
    const listed = cell.exercise && !every;
    const list = listed ? cell.exercise.dataset.needs.split(" ").filter(Boolean).map(Number) : upTo;
    let first = list.findIndex((index) => ran[index] !== current(index));
    if (first < 0) first = cell.exercise ? list.length : list.length - 1;
    else if (list[first] < ran.length && ran[list[first]] === undefined) first = 0; // others ran too early
    return list.slice(first);
  }

  async function perform({ cell, what, see }) {
    cell.running = true;
    cell.say("");
    shown.forEach((each) => each.unmark());
    let at = cell;
    const runThese = async (those) => {
      for (const index of those) {
        at = shown.get(code[index].id) ?? cell;
        const asked = code[index].id === cell.box.id;
        if (at !== cell || cell.exercise) cell.say(`Running cell ${index + 1} of ${those.at(-1) + 1}, which this one needs`);
        else cell.say("Running");
        at.running = true;
        const ok = await runOne(index, at, asked || see(index) || code.slice(0, index + 1).some((_, each) => edited(each)));
        if (at !== cell) at.running = false;
        if (!ok) {
          queue.length = 0;
          if (at !== cell) cell.say(`${code[index].name}, which this one needs, ended in an error.`, true);
          return false;
        }
      }
      at = cell;
      return true;
    };
    try {
      code ??= await readNotebook();
      if (!worker) await start(cell);
      announce(`Running ${what}.`);
      if ((await runThese(needed(cell))) && cell.exercise) await answer(cell, () => runThese(needed(cell, true)));
    } catch (error) {
      queue.splice(0).forEach((job) => job.cell.say(""));
      end();
      if (error === STOPPED) {
        cell.say("Stopped. The next run starts anew, with the cells above.");
        announce("Stopped.");
      } else {
        cell.say(`Python does not run: ${error.message}. Press Run to try again.`, true);
        announce(cell.note.textContent);
      }
    }
    at.running = cell.running = false;
  }

  async function runOne(index, cell, wanted) {
    const { name, check } = code[index];
    const source = current(index);
    const visible = cell.box.id === code[index].id;
    const begun = performance.now();
    cell.begin();
    ran.length = Math.min(ran.length, source === ran[index] ? Infinity : index);
    const result = await ask({ source, name, checks: check ?? "" }, ({ output, progress, total }) => {
      if (output && (visible || output.kind === "error")) cell.add(output);
      else if (progress) cell.sayProgress(progress, total);
    });
    if (result.ok && index >= ran.length) ran[index] = source;
    else if (!result.ok) ran.length = index;
    if (visible || !result.ok) {
      if (wanted || !result.ok) await cell.finish();
      if (wanted && (result.verdicts || result.fault)) cell.showVerdicts(result);
    }
    const seconds = (performance.now() - begun) / 1000;
    cell.say(result.ok ? (wanted ? `Ran in ${seconds.toFixed(1)} s` : "") : "Ended in an error", !result.ok);
    if (wanted || !result.ok) announce(words(cell, result));
    return result.ok;
  }

  // An answer that uses more of the chapter than is listed gets all of it.
  async function answer(cell, runOthers) {
    let result = await runApart(cell);
    const last = cell.fresh.querySelector(".run-error")?.textContent.split("\n").at(-1) ?? "";
    if (last.startsWith("NameError") && needed(cell, true).length && (await runOthers())) result = await runApart(cell);
    await cell.finish();
    cell.say(result.ok ? `Ran in ${(result.time / 1000).toFixed(1)} s` : "Ended in an error", !result.ok);
    cell.tell("run-judged", { ...result, error: cell.yours?.querySelector(".run-error")?.textContent.split("\n").at(-1) });
  }

  async function runApart(cell) {
    const begun = performance.now();
    cell.say("Running");
    cell.begin();
    const { checks } = cell.exercise.dataset;
    const measure = cell.exercise.querySelector(".exercise-measure pre")?.textContent ?? "";
    const source = `${cell.code}\n\n${measure}`;
    const result = await ask({ source, name: "Your answer", checks, apart: true }, ({ output }) => {
      if (output && !(measure && output.kind === "value")) cell.add(output); // the checks say what was measured
    });
    return { ...result, time: performance.now() - begun };
  }

  const words = (cell, { ok, verdicts }) => {
    if (!ok) return `${cell.label} ended in an error: ${cell.yours.querySelector(".run-error").textContent.split("\n").at(-1)}`;
    const fails = (checks) => checks.some(({ holds }) => !holds);
    const standing = () =>
      fails(verdicts.filter(({ denied }) => !denied)) ? "does not hold" : fails(verdicts) ? "holds in part" : "holds";
    const claim = verdicts ? ` The claim ${standing()} in your run.` : "";
    return `${cell.label} ran.${claim}`;
  };

  async function readNotebook() {
    const answer = await fetch(script.dataset.notebook).catch(() => undefined);
    if (!answer?.ok) throw new Error("the chapter’s notebook could not be fetched");
    const ordered = ({ cell_type: type, metadata }) => type === "code" && !["starter", "solution", "measure"].some((part) => metadata[part]);
    const cells = (await answer.json()).cells.filter(ordered);
    return cells.map(({ id, source, metadata }, index) => {
      const cell = shown.get(id);
      if (cell) cell.claim = metadata.claim;
      return { id, name: `Cell ${index + 1}`, source: [source].flat().join(""), check: metadata.check };
    });
  }

  // The worker --------------------------------------------------------------------------------
  const ask = (message, hear) =>
    new Promise((resolve, reject) => {
      abandon = reject;
      worker.onmessage = ({ data }) => {
        if (data.failed) reject(new Error(data.failed));
        else if (data.done || data.ready) resolve(data.done);
        else hear(data);
      };
      worker.onerror = () => reject(new Error(UNFETCHED));
      worker.postMessage(message);
    });

  // The page's policy reaches a worker that the page makes up, and none that comes from an address; and what that
  // imports later counts as a script, what it imports at once as a worker. What is said to it meanwhile has to wait.
  const UNFETCHED = "the site’s own script for it could not be fetched";
  const WORKER = `const said = new Promise((hear) => (onmessage = hear));
    import(${JSON.stringify(new URL("run-worker.mjs", script.src))}).then(
      async () => onmessage(await said),
      () => postMessage({ failed: ${JSON.stringify(UNFETCHED)} }),
    );`;

  async function start(cell) {
    announce(`Fetching Python, up to ${size}.`);
    cell.sayProgress(0, Number(script.dataset.bytes));
    const made = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
    worker = new Worker(made, { type: "module" });
    const packages = script.dataset.packages.split(" ");
    await ask({ pyodide: address.href, packages }, ({ progress, total }) => cell.sayProgress(progress, total)).finally(() => URL.revokeObjectURL(made));
    document.documentElement.classList.add("run-ready"); // no more sizes on the buttons
    shown.forEach(({ run }) => run.removeAttribute("title"));
  }

  function end() {
    worker?.terminate();
    worker = undefined;
    ran = [];
  }

  function stop() {
    end();
    abandon?.(STOPPED);
  }

  boxes.forEach((box, index) => shown.set(box.id, new Cell(box, `cell ${index + 1}`)));
  for (const box of all) {
    const number = box.closest(".exercise")?.querySelector(".exercise-number").textContent;
    if (number) shown.set(box.id, new Cell(box, number.toLowerCase()));
  }
  const about = make(
    "p",
    "run-about",
    `Every cell runs and can be edited here, in your browser. The first run fetches Python once, up to ${size}, from ${address.host}.`,
  );
  shown.get(all[0].id).bar.after(about);
  document.body.append(status);
})();
