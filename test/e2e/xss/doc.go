// Package xss lets a hostile region try what it can do to who looks at it: a running console, a real browser, and a region
// that answers documents, scripts, redirects, headers and strings that the regions' simulator never would. Nothing may run,
// nothing may leave, and the other region stays on the page (safety property 14). Its tests are all there is.
package xss
