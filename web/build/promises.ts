import type { Plugin } from 'vite';

// What the safety document promises of the shipped files, ours and the libraries'. A library that starts to break one fails the build.
const broken = [
  { in: /\.js$/, pattern: /\b(localStorage|indexedDB)\b/, promise: 'the UI stores nothing in the browser' },
  // The one place that may is src/login/browser.ts.
  { in: /\.js$/, pattern: /\bsessionStorage\b[^]*\bsessionStorage\b/, promise: 'the UI stores nothing in the browser but state, verifier and path of a sign-in' },
  { in: /\.js$/, pattern: /\bdocument\.cookie\b/, promise: 'the UI sets no cookie' },
  { in: /\.js$/, pattern: /\bnew Function\(|\beval\(/, promise: "the CSP forbids building code from text" },
  { in: /\.css$/, pattern: /url\(["']?data:/, promise: 'the CSP allows images and fonts from /assets/ only' },
  { in: /\.html$/, pattern: /<style|\sstyle=|<script>/, promise: 'the CSP forbids inline styles and scripts' },
];

/** Fails the build when a built file holds something that the console's CSP or its safety promises forbid. */
export function promises(): Plugin {
  return {
    name: 'promises',
    apply: 'build',
    enforce: 'post',
    // The OpenID Connect client falls back to localStorage where it is given no store. Here it finds none.
    config: () => ({ define: { localStorage: 'undefined', 'window.localStorage': 'undefined' } }),
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        const text = file.type === 'chunk' ? file.code : file.source.toString();
        for (const rule of broken) {
          const found = rule.in.test(file.fileName) ? rule.pattern.exec(text) : null;
          if (found) {
            this.error(`${file.fileName} holds ${JSON.stringify(found[0].slice(0, 100))}, but ${rule.promise}`);
          }
        }
      }
    },
  };
}
