// Opens one page of each kind in Firefox, uses it, and prints what went wrong, a line each.
//
//     node tests/site/firefox.mjs FIREFOX ADDRESS      ('make firefox' has both)
//
// By puppeteer, which speaks WebDriver BiDi with the Firefox that is installed: no driver, no browser of its own.
import { createRequire } from "node:module";
import path from "node:path";

const puppeteer = createRequire(path.resolve("_build/lighthouse/package.json"))("puppeteer-core");
const [executablePath, address] = process.argv.slice(2);
const CHAPTER = "book/papers/concrete.html";
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };
const LONG = { timeout: 120_000 }; // a page's Python, on a busy machine

/** Waits until an expression is true on the page: the page's policy lets no text be evaluated within it. */
const until = async (page, what, test, { timeout = 20_000 } = {}) => {
  const end = Date.now() + timeout;
  while (!(await page.evaluate(test))) {
    if (Date.now() > end) throw new Error(`not within ${timeout / 1000} s: ${what}`);
    await new Promise((go) => setTimeout(go, 100));
  }
};
const themed = (theme) => (page) => until(page, `the ${theme} theme`, theme === "dark"
  ? () => document.documentElement.dataset.theme === "dark" && getComputedStyle(document.body).backgroundColor !== "rgb(255, 255, 255)"
  : () => document.documentElement.dataset.theme === "light" && getComputedStyle(document.body).backgroundColor === "rgb(255, 255, 255)");

const visits = [
  ["home", "book/index.html", {}, (page) => until(page, "the paths", () =>
    document.querySelectorAll(".path-step").length > 3)],
  ["chapter, light", CHAPTER, {}, themed("light")],
  ["chapter, dark", CHAPTER, { mode: "dark" }, themed("dark")],
  ["chapter, phone", CHAPTER, { size: PHONE }, (page) => until(page, "nothing beside the page", () =>
    document.documentElement.scrollWidth <= 360 && document.fonts.check("12px KaTeX_Main"))],
  ["figure, large", CHAPTER, {}, async (page) => {
    await page.locator("#fig-concrete-tradeoff .figure-open").click();
    await until(page, "the dialog", () => document.querySelector("dialog.figure-large[open] img")?.clientWidth > 600);
  }],
  ["ledger, filtered", "book/browse/claims.html", {}, async (page) => {
    await until(page, "the filter", () => document.querySelector(".ledger-filter")?.checkVisibility());
    const all = await page.evaluate(() => [...document.querySelectorAll(".ledger tbody tr")].filter((e) => e.checkVisibility()).length);
    await page.evaluate(() => {
      const choice = document.querySelector(".ledger-filter select");
      choice.selectedIndex = 1;
      choice.dispatchEvent(new Event("change", { bubbles: true }));
      choice.dispatchEvent(new Event("input", { bubbles: true }));
    });
    const left = await page.evaluate(() => [...document.querySelectorAll(".ledger tbody tr")].filter((e) => e.checkVisibility()).length);
    if (!(0 < left && left < all)) throw new Error(`of ${all} rows the filter leaves ${left}`);
  }],
  ["search, typed", "search.html", {}, async (page) => {
    await page.locator(".search [name=q]").fill("depthwise");
    await until(page, "a result", () => document.querySelector(".search")?.innerText.includes("MobileNet"));
  }],
  ["search in a dialog", "book/index.html", {}, async (page) => {
    await page.keyboard.down("Control");
    await page.keyboard.press("k");
    await page.keyboard.up("Control");
    await page.keyboard.type("bottelneck");
    await until(page, "the chapter first", () => document.querySelector(".quick-title")?.innerText === "MobileNetV2");
  }],
  ["map", "book/browse/map.html", {}, (page) => until(page, "its lines", () => document.querySelector(".map svg path[data-from]") !== null)],
  ["cell, run in the page", CHAPTER, {}, async (page) => {
    await until(page, "the buttons", () => document.querySelector("div.cell[id^='cell-'] .run-button") !== null);
    await page.evaluate(() => document.querySelectorAll("div.cell[id^='cell-']")[1].querySelector(".run-button").click());
    await until(page, "the end of a cell", () =>
      [...document.querySelectorAll(".run-note")].some((note) => note.innerText.startsWith("Ran in")), LONG);
  }],
];

const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
let wrong = 0;
for (const [name, file, { mode, size = DESKTOP }, use] of visits) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const faults = [];
  page.on("console", (said) => ["error", "warn"].includes(said.type()) && faults.push(said.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("response", (answer) => answer.status() >= 400 && faults.push(`${answer.status()} ${answer.url()}`));
  await page.setViewport(size);
  await page.evaluateOnNewDocument((kept) => {
    window.refused = []; // Firefox tells of these where no page and no driver hears it
    document.addEventListener("securitypolicyviolation", (event) =>
      window.refused.push(`refused by ${event.violatedDirective}: ${event.blockedURI}`));
    if (kept) localStorage.setItem("mode", kept);
  }, mode);
  try {
    await page.goto(`${address}/${file}`, { waitUntil: "load" });
    await use(page);
    faults.push(...(await page.evaluate(() => window.refused)));
  } catch (error) {
    faults.push(String(error));
  }
  console.log(`${faults.length ? "wrong" : "well "}  ${name}`);
  for (const fault of faults) console.log(`       ${fault}`);
  wrong += faults.length;
  await context.close();
}
await browser.close();
process.exit(wrong ? 1 : 0);
