// Package youtube reads YouTube: its result and watch pages, the bodies of
// its own interface, its official Data API and its channel feeds.
//
// Pages are parsed by [ParseResults], [ParseWatch] and [ParseInnerTube], which
// need no network. The sources [Client] (pages), [API] (Data API v3) and
// [Feed] (channel feeds) share one shape, Search and Read, so that whoever
// collects videos need not know where they come from.
//
// A result page of today is one script of JSON, some 700 kB, of which a
// reader wants a hundredth. The package therefore walks the JSON once with a
// cursor and steps over what it does not want, instead of building a tree or
// looking paths up one after the other. The pages of 2020, which are HTML,
// are read with the tokenizer of golang.org/x/net/html, which builds no tree;
// what is in the way on a page without data is found with goquery.
//
// Nothing here is trusted: bodies are bounded, a broken page gives what it
// holds up to the break, and a value that is not on the page is nil.
package youtube
