// KaTeX with the options that cannot travel as JSON to the render server of
// sphinxcontrib-katex: errors stop the build, and the one HTML extension that
// is trusted is a role colour, written \class{c-h}{h_t} in the book.
const katex = require(process.env.BOOK_KATEX);

const ROLES = ["c-h", "c-x", "c-w", "c-d", "c-c"];

function trust(request) {
  if (request.command === "\\htmlClass" && ROLES.includes(request.class)) {
    return true;
  }
  throw new katex.ParseError(
    `only \\class with one of ${ROLES.join(", ")} may make HTML, ` +
      `got ${request.command} ${request.class ?? ""}`,
  );
}

exports.renderToString = (latex, { displayMode }) =>
  katex.renderToString(latex, {
    displayMode,
    throwOnError: true,
    strict: (code) => (code === "htmlExtension" ? "ignore" : "error"),
    trust,
    macros: { "\\class": "\\htmlClass{#1}{#2}" },
  });
