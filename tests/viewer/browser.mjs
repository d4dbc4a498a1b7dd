// A headless Chromium that does as it is told, one line of JSON each way; it judges nothing.
//
//   node browser.mjs        reads {"do": NAME, ...}, answers {"ok": RESULT} or {"failed": TEXT}
//
// One page is open at a time. What the page reports as errors, asks of the
// network, or opens as dialogs is kept and given by "trouble".
import { createInterface } from "node:readline";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { chromium } from "playwright-core";

const PATIENCE_MS = 60_000; // a test's machine may be busy; nothing is judged by time

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});
const page = await browser.newPage();
let trouble = [];
/* When the page first stood, for measuring: after the frame that has drawn it. */
await page.addInitScript(() => new MutationObserver((_, observer) => {
  if (!document.documentElement?.dataset.ready) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.stoodAt = performance.now(); }));
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-ready"] }));
page.setDefaultTimeout(PATIENCE_MS);
watch();

function watch() {
  page.on("pageerror", (error) => trouble.push(`error: ${error}`));
  page.on("console", (message) => message.type() === "error" && trouble.push(`console: ${message.text()}`));
  page.on("dialog", (dialog) => { trouble.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) return;
    trouble.push(`request: ${request.url()}`);
  });
}

async function open({ url, width = 1280, height = 800, scheme = "light" }) {
  await page.goto("about:blank"); // another fragment alone would not load the file again
  trouble = [];
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: scheme });
  await page.mouse.move(0, 0);
  await page.goto(url);
}

/* As a hand drops it: the events that a browser sends, with the file's bytes. */
async function drop({ file }) {
  const bytes = (await readFile(file)).toString("base64");
  await page.evaluate(({ bytes, name }) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name));
    for (const type of ["dragenter", "dragover", "drop"])
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  }, { bytes, name: basename(file) });
}

/* Not waitForFunction, which the page's policy forbids: it evaluates texts inside of the page. */
async function wait({ code }) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await new Promise((done) => setTimeout(done, 50)))
    if (await page.evaluate(code)) return;
  throw new Error("never came true");
}

/* Milliseconds of processor time that the page's main thread has used. */
let metrics = null;
async function cpu() {
  if (!metrics) {
    metrics = await page.context().newCDPSession(page);
    await metrics.send("Performance.enable", { timeDomain: "threadTicks" });
  }
  const { metrics: list } = await metrics.send("Performance.getMetrics");
  return list.find(({ name }) => name === "TaskDuration").value * 1000;
}

const actions = {
  open,
  drop,
  click: ({ selector }) => page.click(selector),
  hover: ({ selector, at }) => page.hover(selector, { position: at }),
  press: ({ key }) => page.keyboard.press(key),
  type: ({ text }) => page.keyboard.type(text),
  choose: ({ selector, file }) => page.setInputFiles(selector, file),
  resize: ({ width, height }) => page.setViewportSize({ width, height }),
  shot: ({ path }) => page.screenshot({ path, animations: "disabled" }),
  look: ({ code }) => page.evaluate(code),
  wait,
  cpu,
  trouble: () => trouble,
};

for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...how } = JSON.parse(line);
  let answer;
  try {
    answer = { ok: (await actions[name](how)) ?? null };
  } catch (error) {
    answer = { failed: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
await browser.close();
