// Opens a portal in Firefox, types into its search, follows addresses; prints what was seen as JSON.
//   node second_browser.mjs PLACE '{"urls": [..], "searches": [..], "views": [..]}'
// Files keep Firefox's own origin rules, which the driver would relax.
import puppeteer from "puppeteer-core";

const [executablePath, asked] = process.argv.slice(2);
const { urls, searches, views } = JSON.parse(asked);
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath,
  headless: true,
  defaultViewport: null,
  args: ["--width=1400", "--height=900"],
  extraPrefsFirefox: { "security.fileuri.strict_origin_policy": true },
});
const seen = { ready: [], told: [], found: {}, headings: {}, back: "" };
try {
  const page = await browser.newPage();
  page.on("console", (message) => seen.told.push(message.text()));
  page.on("pageerror", (error) => seen.told.push(String(error)));
  const open = async (url) => {
    await page.goto("about:blank");
    await page.goto(url);
    await page.waitForSelector("body[data-ready]");
  };
  for (const url of urls) {
    await open(`${url}#/c`);
    seen.ready.push(await page.$eval("h1, .start, main", (one) => one.innerText.length > 0));
  }
  for (const word of searches) {
    await open(`${urls[0]}#/c`);
    await page.click("#search");
    await page.type("#search", word);
    await page.waitForSelector('[role="option"]');
    seen.found[word] = await page.$$eval('[role="option"]', (all) => all.map((one) => one.innerText));
  }
  for (const view of views) {
    await open(`${urls[0]}${view}`);
    await page.waitForSelector("h1, canvas, table");
    seen.headings[view] = await page.evaluate(() => document.querySelector("main h1")?.innerText ?? document.title);
  }
  await page.click('nav[aria-label="Views"] a[href$="#/t"]');
  await page.waitForSelector("table");
  await page.goBack();
  await page.waitForSelector("h1");
  seen.back = await page.evaluate(() => location.hash);
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
