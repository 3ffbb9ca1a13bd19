// Watches a browser for what no answer of a region may bring about, on every page that it has or opens.

/** How long nothing may happen before the browser counts as quiet (milliseconds). */
const quietFor = 400;
/** The same while a request is under way, of which no end is told when its page has gone, or while violations are waited for. */
const quietInSpiteFor = 3000;

const nothing = () => ({
  ran: [], violations: [], requests: [], opened: [], frames: [], dialogs: [], workers: [], downloads: [], errors: [], cookies: [],
});

/**
 * Begins to watch. The result's take(n) waits until the browser is quiet, and some time for n violations, closes what was
 * opened, and tells what was seen since the last time.
 */
export async function watch(context, page) {
  let seen = nothing();
  const underWay = new Set();
  let changed = performance.now();
  const change = (happened) => (...args) => {
    changed = performance.now();
    happened(...args);
  };

  // What an attempt calls if it runs, in the page or in a frame of it.
  await context.exposeBinding('__ran', change((_, what) => { seen.ran.push(String(what)); }));
  await context.exposeBinding('__violated', change((_, violation) => { seen.violations.push(violation); }));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
      globalThis.__violated({ directive: effectiveDirective, blocked: blockedURI });
    }, true);
  });

  context.on('request', change((request) => {
    underWay.add(request);
    seen.requests.push(request.url());
  }));
  context.on('requestfinished', change((request) => { underWay.delete(request); }));
  context.on('requestfailed', change((request) => { underWay.delete(request); }));
  context.on('dialog', change((dialog) => {
    seen.dialogs.push(`${dialog.type()}: ${dialog.message()}`);
    dialog.dismiss().catch(() => undefined); // its page may be gone
  }));
  context.on('weberror', change((error) => { seen.errors.push(String(error.error())); }));
  context.on('serviceworker', change((worker) => { seen.workers.push(worker.url()); }));
  const follow = (each) => {
    each.on('worker', change((worker) => { seen.workers.push(worker.url()); }));
    each.on('download', change((download) => { seen.downloads.push(download.url()); }));
  };
  follow(page);
  context.on('page', change(follow));

  async function quiet(violations) {
    const enough = () => underWay.size === 0 && seen.violations.length >= violations;
    while (performance.now() - changed < (enough() ? quietFor : quietInSpiteFor)) {
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
  }

  return {
    take: async (violations) => {
      await quiet(violations);
      for (const other of context.pages().filter((each) => each !== page)) {
        await other.waitForLoadState();
        seen.opened.push(other.url());
        await other.close();
      }
      const taken = seen;
      taken.frames = page.frames().slice(1).map((frame) => frame.url());
      taken.cookies = (await context.cookies()).map(({ name }) => name);
      seen = nothing();
      underWay.clear();
      return taken;
    },
  };
}
