// Python for the cells of one page, in a thread of its own, so that the page stays alive and an
// endless loop can be stopped from outside. Asked by {pyodide, packages} to begin, then by
// {source, name, checks, apart} to run a cell. Answers with {progress, total}, {ready}, {output}, {done}
// and, when all is over, {failed}.
const here = new URL("run/", import.meta.url);
const native = self.fetch.bind(self);
const downloads = new Map(); // by file name: a promise of its bytes
let needed; // what run/python.json says
let pyodide;
let run; // the session's function, in Python
let loaded = 0;
let told = 0;
let total = 0;

const say = (message) => self.postMessage(message);

// Fetch a file of the manifest, count its bytes as they come, and check them: whoever serves them.
async function download(name, base) {
  const { size, sha256, here: ours } = needed.files[name];
  const url = new URL(name, ours ? here : base);
  let answer;
  try {
    answer = await native(url);
  } catch {
    throw new Error(`${url.host} could not be reached`);
  }
  if (!answer.ok) throw new Error(`${url.host} has no ${name} (status ${answer.status})`);
  const bytes = new Uint8Array(size);
  let at = 0;
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Error(`the connection to ${url.host} broke off`);
    });
    if (done) break;
    if (at + value.length > size) throw new Error(`${name} from ${url.host} is not the file that this book names`);
    bytes.set(value, at);
    at += value.length;
    loaded += value.length;
    if (loaded - told > 200_000 || loaded === total) say({ progress: (told = loaded), total });
  }
  // Browsers have the digest on https and on this machine only.
  if (self.crypto.subtle) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    if (hex !== sha256) throw new Error(`${name} from ${url.host} is not the file that this book names`);
  }
  return bytes;
}

function begin(names, base) {
  for (const name of names) {
    if (downloads.has(name)) continue;
    total += needed.files[name].size;
    const bytes = download(name, base);
    bytes.catch(() => {}); // told where it is awaited
    downloads.set(name, bytes);
  }
}

// Pyodide asks for its files by fetch: give it those that are under way.
function intercept(base) {
  self.fetch = async (what, options) => {
    const name = new URL(what.url ?? what, here).pathname.split("/").pop();
    if (!needed.files[name]) return native(what, options);
    begin([name], base);
    // A broken core is told by whoever waits for all downloads; Pyodide would let its error fall.
    if (needed.core.includes(name)) await downloads.get(name).catch(() => new Promise(() => {}));
    const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    return new Response(await downloads.get(name), { headers: { "Content-Type": type } });
  };
}

async function module(name) {
  const address = URL.createObjectURL(new Blob([await downloads.get(name)], { type: "text/javascript" }));
  try {
    return await import(address);
  } finally {
    URL.revokeObjectURL(address);
  }
}

function write(files) {
  const root = "/lib/book/";
  for (const [name, text] of Object.entries(files)) {
    pyodide.FS.mkdirTree(root + name.slice(0, name.lastIndexOf("/")));
    pyodide.FS.writeFile(root + name, text);
  }
  pyodide.pyimport("importlib").invalidate_caches(); // Python began when the folder was not there
}

const quiet = { messageCallback() {}, errorCallback() {} };
const show = (kind, text) => say({ output: { kind, text } });

async function start({ address, packages }) {
  const answer = await native(new URL("python.json", here), { cache: "no-cache" });
  if (!answer.ok) throw new Error(`the site has no ${answer.url}`);
  needed = await answer.json();
  const files = packages.map((name) => needed.lock.packages[name].file_name);
  begin([...needed.core, ...files], address);
  intercept(address);
  const all = Promise.all(downloads.values());
  all.catch(() => {}); // told where it is awaited
  const [{ loadPyodide }, core] = await Promise.all([module("pyodide.mjs"), module("pyodide.asm.mjs")]);
  const begun = loadPyodide({
    indexURL: String(address),
    packageBaseUrl: String(address),
    lockFileContents: needed.lock,
    createPyodideModule: core.default,
    // As in the book's own build; the backend hands figures to the page.
    env: { PYTHONHASHSEED: "0", MPLBACKEND: "module://exegesis.browser.figures", PYTHONPATH: "/lib/book" },
    stdout: () => {},
    stderr: () => {},
  });
  [pyodide] = await Promise.all([begun, all]);
  await pyodide.loadPackage(packages, quiet);
  write(needed.modules);
  pyodide.FS.writeFile("/home/pyodide/matplotlibrc", needed.matplotlibrc); // where Python starts
  run = pyodide.pyimport("exegesis.browser.cells").Session(show).run;
}

// A reader may import what the chapter does not: fetch it, if Pyodide's packages of this book have it.
async function runCell({ source, name, checks, apart }) {
  try {
    await pyodide.loadPackagesFromImports(source, quiet);
  } catch {
    // Code that does not parse; its error is told when it is run.
  }
  const result = run(source, name, checks, apart);
  const done = result.toJs({ dict_converter: Object.fromEntries });
  result.destroy();
  return done;
}

self.onmessage = async ({ data }) => {
  try {
    if (data.packages) {
      await start({ ...data, address: new URL(data.pyodide, here) });
      say({ ready: true });
    } else {
      say({ done: await runCell(data) });
    }
  } catch (error) {
    say({ failed: String(error?.message ?? error) });
  }
};
