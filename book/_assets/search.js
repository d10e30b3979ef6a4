// Ranks the headings and equations of the book for a query. The list of them
// stands in the search page, see book/_ext/book_site/search.py.
const WEIGHTS = { title: 8, name: 8, also: 8, stressed: 3, page: 2.5, text: 1 };
const KIND = { page: 1.35, section: 1, equation: 0.8 };
const LIST = 0.35; // what lists things that stand elsewhere comes last
const MOST_TEXT = 3; // a word said again and again counts three times
const SHOWN = 12;
// Words that say nothing of a place.
const EMPTY = new Set("a an and are as at by for from how in is it of on or the this to what when where which why with".split(" "));
// One of several spellings and of several words for one thing.
const SAME = { derivative: "gradient", differentiat: "gradient", code: "cod", program: "cod", implementat: "cod", rnn: "recurrent" };
const ENDINGS = /(?:ations?|ating|ated|ates?|ings?|ed|es|s|e|ions?)$/;

function stem(word) {
  const plain = word
    .replace(/is(?=(?:e|ed|es|ing|ation|ations)$)/, "iz")
    .replace(/our(?=s?$)/, "or");
  if (/\d/.test(plain)) return plain;
  const short = plain.length > 4 ? plain.replace(ENDINGS, "") : plain;
  const known = SAME[plain] ?? SAME[plain.replace(/s$/, "")];
  return known ?? SAME[short] ?? short;
}

function wordsOf(text) {
  return text.toLowerCase().match(/\d+(?:\.\d+)+|[\p{L}\p{N}]+/gu) ?? [];
}

const stems = (text) =>
  wordsOf(text).filter((word) => !EMPTY.has(word)).map(stem);

function counted(list) {
  const counts = new Map();
  for (const one of list) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
}

// How many letters must be put in, left out, changed or exchanged.
function distance(a, b) {
  let [older, old] = [[], [...b, ""].map((_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(old[j] + 1, row[j - 1] + 1, old[j - 1] + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], older[j - 2] + 1);
      }
    }
    [older, old] = [old, row];
  }
  return old[b.length];
}

class Index {
  constructor({ pages, places }) {
    this.pages = pages;
    this.places = places.map((place) => ({
      ...place,
      fields: {
        title: counted(place.kind === "equation" ? [] : stems(place.title)),
        name: counted(stems(place.name ?? "").filter((word) => word !== "eq")),
        stressed: counted(stems(place.stressed ?? "")),
        also: counted(stems((place.also ?? []).join(" "))),
        page: counted(
          stems(
            place.kind === "page"
              ? ""
              : `${pages[place.page].title} ${place.kind === "equation" ? place.title : ""}`,
          ),
        ),
        text: counted(stems(place.text)),
      },
    }));
    this.seen = new Map();
    for (const { fields } of this.places) {
      const words = new Set(Object.values(fields).flatMap((one) => [...one.keys()]));
      for (const word of words) this.seen.set(word, (this.seen.get(word) ?? 0) + 1);
    }
  }

  // The word itself, or those that it may have been meant to be.
  meant(word) {
    if (this.seen.has(word)) return [word];
    const known = [...this.seen.keys()];
    const begun = known.filter((one) => word.length > 2 && one.startsWith(word));
    if (begun.length) return begun.slice(0, 20);
    if (word.length < 4) return [];
    const most = word.length > 7 ? 2 : 1;
    return known.filter(
      (one) => Math.abs(one.length - word.length) <= most && distance(one, word) <= most,
    );
  }

  find(query) {
    const asked = query.trim().toLowerCase();
    const number = asked.replace(/[()]/g, "");
    const wanted = [...new Set(stems(asked.replace(/^eq-/, "")))].map((word) => this.meant(word));
    const words = wanted.filter((group) => group.length);
    const unknown = wanted.length - words.length;
    const ranked = [];
    for (const place of this.places) {
      let score = 0;
      let missing = unknown;
      let titled = 0;
      for (const group of words) {
        let best = 0;
        let inTitle = false;
        for (const word of group) {
          const rare = Math.log(1 + this.places.length / this.seen.get(word));
          let here = 0;
          for (const [field, weight] of Object.entries(WEIGHTS)) {
            const times = place.fields[field].get(word) ?? 0;
            here += weight * Math.min(times, field === "text" ? MOST_TEXT : 1);
            inTitle ||= times > 0 && ["title", "name", "also"].includes(field);
          }
          best = Math.max(best, here * rare);
        }
        if (best === 0) missing += 1;
        titled += inTitle;
        score += best;
      }
      score *= KIND[place.kind] * (this.pages[place.page].list ? LIST : 1);
      score *= 0.5 ** missing;
      if (words.length && titled === words.length) score *= 1.5;
      if (place.name?.toLowerCase() === asked) score += 1e6;
      if (place.number && place.number === number) {
        score += place.kind === "equation" ? 1e6 : 1e5;
      }
      if (score > 0) ranked.push({ place, score });
    }
    ranked.sort((a, b) => b.score - a.score);
    return { words: words.flat(), places: ranked.map(({ place }) => place) };
  }

  address(place, query) {
    const { url } = this.pages[place.page];
    const hash = place.anchor ? `#${place.anchor}` : "";
    return `${url}?highlight=${encodeURIComponent(query)}${hash}`;
  }
}

// The sentence that says most of the words; "Where we are." says nothing.
function sentence(text, words) {
  const all = (text.match(/\S.*?(?:[.?!:](?=\s|$)|$)/g) ?? [])
    .filter((one) => one.split(" ").length > 4);
  const said = (one) => stems(one).filter((word) => words.includes(word)).length;
  return all.reduce((best, one) => (said(one) > said(best) ? one : best), all[0] ?? "");
}

function marked(text, words) {
  const line = document.createElement("p");
  for (const part of text.split(/([\p{L}\p{N}]+)/u)) {
    if (words.includes(stem(part.toLowerCase())) && !EMPTY.has(part)) {
      const mark = document.createElement("mark");
      mark.textContent = part;
      line.append(mark);
    } else {
      line.append(part);
    }
  }
  return line;
}

function entry(index, place, query, words) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = index.address(place, query);
  const page = index.pages[place.page].title;
  if (place.kind === "equation") {
    link.textContent = `Equation (${place.number}), ${place.name}`;
    item.append(link, ` in ${place.title}`);
  } else {
    const number = place.number ? `${place.number}. ` : "";
    link.textContent = number + place.title;
    item.append(link, place.kind === "section" ? ` in ${page}` : "");
  }
  item.append(marked(sentence(place.text, words), words));
  return item;
}

const query = new URLSearchParams(location.search).get("q") ?? "";
document.getElementById("q").value = query;
if (query.trim()) {
  const index = new Index(JSON.parse(document.getElementById("index").textContent));
  const { words, places } = index.find(query);
  const shown = places.slice(0, SHOWN);
  document.getElementById("places").append(
    ...shown.map((place) => entry(index, place, query, words)),
  );
  document.getElementById("found").textContent = places.length
    ? `The ${shown.length} best of ${places.length} places:`
    : `Nothing was found for “${query}”.`;
}
