// Reads one JSON request a line, {latex, display}, and answers with one JSON
// line, {html} or {error}. It ends when its input ends, so it cannot outlive
// the build. The one HTML extension that is trusted is a role colour, written
// \class{c-h}{h_t} in the book.
const readline = require("readline");
const katex = require(process.argv[2]);

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

function answer({ latex, display }) {
  try {
    const html = katex.renderToString(latex, {
      displayMode: display,
      throwOnError: true,
      strict: (code) => (code === "htmlExtension" ? "ignore" : "error"),
      trust,
      macros: { "\\class": "\\htmlClass{#1}{#2}" },
    });
    return { html };
  } catch (error) {
    return { error: error.message };
  }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\n");
});
