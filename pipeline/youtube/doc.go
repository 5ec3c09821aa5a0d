// Package youtube reads YouTube: its result and watch pages, the bodies of
// its own interface, its official Data API and its channel feeds.
//
// Pages are parsed by [ParseResults], [ParseWatch] and [ParseInnerTube], which
// need no network. The sources [Client] (pages), [API] (Data API v3) and [Feed]
// (channel feeds) have the same methods Search and Read, so that callers need not
// know where videos come from.
//
// A result page of today holds some 700 kB of JSON, of which a hundredth is
// needed. The package therefore walks the JSON once with a cursor and skips the
// rest, instead of building a tree or searching it for one path after the
// other. The pages of 2020, which are HTML, are read with the tokenizer of
// golang.org/x/net/html. A page without data is searched for a captcha or a
// consent form with goquery.
//
// No page is trusted: bodies are bounded, a broken page is read up to the break,
// and a value that is not on the page is nil.
package youtube
