// Opens DHAT profiles in Valgrind's own viewer, in headless Chromium, and prints what it shows.
//
//   node dhat_viewer.mjs VIEWER.html FILE...
//
// loads each file by the viewer's button; a FILE.html is a viewer itself, and must load its own.
// Prints one JSON array, for each file {"file", "title", "error", "text", "pageErrors"}: the viewer's error
// message (null if it took the file), all text that it shows, and what the page itself reported.
// It judges nothing: test_dhat_viewer.py does.
import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";

const [viewer, ...files] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});
try {
  const shown = [];
  for (const file of files) {
    const page = await browser.newPage();
    const pageErrors = [];
    page.on("pageerror", (error) => pageErrors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") pageErrors.push(message.text());
    });
    const own = file.endsWith(".html");
    await page.goto(pathToFileURL(own ? file : viewer).href);
    if (!own) await page.locator("input[type=file]").setInputFiles(file);
    // "Loading..." stands there until the tree or an error does
    await page.waitForFunction(() => {
      const text = document.body.innerText;
      return !text.includes("Loading...") && /Invocation|Error|Something went wrong/i.test(text);
    });
    const error = await page.locator(".error").allInnerTexts();
    shown.push({
      file,
      title: await page.title(),
      error: error.length ? error.join("\n") : null,
      text: await page.evaluate(() => document.body.innerText),
      pageErrors,
    });
    await page.close();
  }
  console.log(JSON.stringify(shown));
} finally {
  await browser.close();
}
