// Drives one page of a real Chromium for the end-to-end tests: a JSON command a line on standard input, a JSON answer a
// line on standard output. The page stays open between commands, so that a test can change the world around it.
// The environment's CHROMIUM names the browser, HOSTS the rules by which it leads host names to addresses. With PROFILE it
// writes a profile below HOME as a person's does, asks PROXY for everything, and takes a certificate for good when that is the
// one whose key's hash is TRUSTED.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { watch } from './watch.mjs';

const { CHROMIUM, HOME, HOSTS, PROFILE, PROXY, TRUSTED } = process.env;

/**
 * For all the switches below, Chromium asks its maker who is signed in, for a list of AI models, what the fields of a form are
 * for, and whether a password that was typed is a known one. This ends the third; a list of one's own replaces Playwright's,
 * which is in it.
 */
const off = [
  'AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'DialMediaRouteProvider', 'GlobalMediaControls', 'HttpsUpgrades',
  'LensOverlay', 'MediaRouter', 'PaintHolding', 'ThirdPartyStoragePartitioning', 'BlockOriginHeaderModificationOnRedirect',
  'AvoidCorsURLLoaderRestartOnRedirect', 'Translate', 'OptimizationHints', 'NetworkTimeServiceQuerying', 'AimEnabled',
  'AutofillServerCommunication',
];
const options = {
  executablePath: CHROMIUM,
  args: [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    // Port 1 is one that a browser never dials. A folder with models, be it empty, ends the questions for a list of them.
    `--disable-features=${off}`, '--gaia-url=https://localhost:1', `--optimization-guide-manifest-override=${HOME}/models`,
    ...(HOSTS ? [`--host-resolver-rules=${HOSTS}`] : []),
  ],
};
const view = { ignoreHTTPSErrors: !PROFILE, viewport: { width: 1440, height: 900 } };
const launch = async () => (await chromium.launch(options)).newContext(view);
const launchWithProfile = async () => {
  const profile = join(HOME, PROFILE);
  await mkdir(join(profile, 'Default'), { recursive: true });
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify({ profile: { password_manager_leak_detection: false } }));
  options.args.push(`--ignore-certificate-errors-spki-list=${TRUSTED}`);
  return chromium.launchPersistentContext(profile, { ...options, ...view, proxy: { server: PROXY } });
};
const context = await (PROFILE ? launchWithProfile() : launch());
const page = context.pages()[0] ?? await context.newPage();

/** What a page must never do: break its own Content-Security-Policy, or throw. */
const complaints = [];
page.on('console', (message) => {
  if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
});
page.on('pageerror', (error) => complaints.push(String(error)));

/** What the page has asked for, from whatever host. */
const requests = [];
page.on('request', (request) => requests.push(`${request.method()} ${request.url()}`));

/** The element that a command means: by its role and accessible name, within the row of a given text when there is one. */
const find = ({ role, name, row }) => {
  const scope = row ? page.getByRole('row', { name: row }) : page;
  return scope.getByRole(role, name === undefined ? {} : { name });
};

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const commands = {
  /** A page may lead on to another, such as the issuer's, before it has loaded. */
  open: async ({ url }) => {
    await page.goto(url).catch((error) => {
      if (!String(error).includes('interrupted by another navigation')) throw error;
    });
  },
  /** Waits until the page shows a text. */
  see: async ({ text, seconds }) => { await page.getByText(text).first().waitFor({ timeout: seconds * 1000 }); },
  /** Waits until the page shows a text no more. */
  miss: async ({ text, seconds }) => { await page.getByText(text).first().waitFor({ state: 'hidden', timeout: seconds * 1000 }); },
  click: async (command) => { await find(command).first().click(); },
  fill: async (command) => { await find(command).first().fill(command.value); },
  count: async (command) => find(command).count(),
  text: async () => page.locator('body').innerText(),
  title: async () => page.title(),
  /** Colours change in a transition; what is looked at next is its end. */
  colors: async ({ scheme }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.evaluate(async (dark) => {
      const taken = () => document.documentElement.classList.contains('pf-v6-theme-dark') === dark;
      const late = performance.now() + 10_000;
      let quiet = 0; // frames in a row
      while (quiet < 5) {
        if (performance.now() > late) throw new Error('the page does not come to rest in the scheme');
        await new Promise(requestAnimationFrame);
        const running = document.getAnimations().map((animation) => animation.finished);
        quiet = running.length || !taken() ? 0 : quiet + 1;
        await Promise.allSettled(running);
      }
    }, scheme === 'dark');
  },
  screenshot: async ({ file }) => { await page.screenshot({ path: file, fullPage: true }); },
  /** What the browser keeps of the console: nothing is allowed. */
  kept: async () => page.evaluate(async () => ({
    local: localStorage.length, session: sessionStorage.length,
    databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length, cookies: document.cookie.length,
  })),
  complaints: async () => complaints,
  /** Accessibility findings, a rule and a place each. The script comes through the driver, not through the page's policy. */
  axe: async () => {
    const session = await context.newCDPSession(page);
    await session.send('Runtime.evaluate', { expression: axe });
    const { result } = await session.send('Runtime.evaluate', {
      expression: 'axe.run().then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + " " + n.target)))',
      awaitPromise: true, returnByValue: true,
    });
    return result.value;
  },
  /** Fills in the form of the issuer (Dex), once the page is there, and waits until it has left it. */
  signIn: async ({ name, password }) => {
    await page.locator('input[name="login"]').fill(name);
    await page.locator('input[name="password"]').fill(password);
    const { origin } = new URL(page.url());
    await page.getByRole('button', { name: 'Login' }).click();
    await page.waitForURL((url) => url.origin !== origin);
  },
  reload: async () => { await page.reload({ waitUntil: 'commit' }); },
  back: async () => { await page.goBack({ waitUntil: 'commit' }); },
  /** Waits until the page's path is that. */
  at: async ({ path, seconds }) => { await page.waitForURL((url) => url.pathname === path, { timeout: seconds * 1000 }); },
  url: async () => page.url(),
  value: async (command) => find(command).first().inputValue(),
  /** Asks as the page's own script could, without a token. */
  fetch: async ({ path }) => page.evaluate(async (asked) => (await fetch(asked)).status, path),
  /** What the page has asked for since this was asked last. */
  asked: async () => requests.splice(0),
  /** All that the page's host has in the browser, names and values. */
  stored: async () => [
    ...(await page.evaluate(() => [...Object.entries(localStorage), ...Object.entries(sessionStorage)].map((entry) => entry.join('=')))),
    ...(await context.cookies(page.url())).map((cookie) => `${cookie.name}=${cookie.value}`),
  ],
  watch: async () => { watching = await watch(context, page); },
  watched: async ({ violations }) => watching.take(violations),
  /** Runs a script as the page itself would, under its policy; what asks for it counts as a user's gesture. */
  run: async ({ script }) => {
    const session = await context.newCDPSession(page);
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      expression: script, awaitPromise: true, returnByValue: true, userGesture: true, allowUnsafeEvalBlockedByCSP: false,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  },
};

/** What is watched, once that has been asked for. */
let watching;

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  let answer;
  try {
    answer = { value: (await commands[command.do](command)) ?? null };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await (context.browser() ?? context).close();
