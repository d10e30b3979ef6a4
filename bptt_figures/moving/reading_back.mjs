import { explorable, label } from "./frame.mjs";

// seed 0 of both networks in book/results/gradient_on_text.json. Word s of
// `back` has a digit for each character up to s: 9 + 3 log10 of its gradient
// beside that of character s, rounded, not below 0. Gates in hundredths, the
// mean of 64 cells.
export const model = {
  piece: "the stack trace is written (nicely formatted) t",
  lstm:
    "9 99 889 9999 77789 677799 6677899 76778899 666788989 6667888999 " +
    "55557676889 454566777799 4444556567899 23335555678999 555566657788899 " +
    "2222444456777789 22223343345666789 222244434566667899 " +
    "2232443344566677999 00001010123333346689 111122213344455577899 " +
    "1111223233444556778999 00002211223333446678899 " +
    "000122112344344555688899 0000111121333455677888899 " +
    "00001000002222345568878889 000011111233333455678888999 " +
    "0000000000011122334566676779 00000000001211113345666778899 " +
    "000000000011122233455556778999 0000000000122122444665556789899 " +
    "00000000000000002234444456678889 000000000001011133354555566788889 " +
    "0000000000000000222444444567777899 " +
    "00000000000000001113333445667778899 " +
    "000000000000000001123343445666677789 " +
    "0000000000000000000222222335456667799 " +
    "00000000000000000002212123355556667999 " +
    "000000000000000000011122233444566678999 " +
    "0000000000000000000011111124444556678889 " +
    "00000000000000000000000112344545556888899 " +
    "000000000000000000011111123444445567878899 " +
    "0000000000000000000000000013332444577788899 " +
    "00000000000000000000000000122323335566677899 " +
    "000000000000000000000000001223233456667777799 " +
    "0000000000000000000000000000101223345566677889",
  tanh:
    "9 89 789 8899 78899 778889 7788999 67788899 677788999 5567778889 " +
    "56667788899 444556777999 5567777778999 23345556677889 344555666788889 " +
    "2233455556777789 44455666777788899 222233444556678899 " +
    "2224434455666788999 12233344444556677889 000222233444556778899 " +
    "0012223334456666778899 00011111243445566788999 " +
    "001111222333444555677789 0001112223344445556778889 " +
    "00111122233344455677788889 001111222334455566777888899 " +
    "0000000001122323344555667789 00000000011223344566677889999 " +
    "000000001222343445567777888999 0000000011223434445666777889999 " +
    "00000000011123234455666677788999 000000000001111223455656777878899 " +
    "0000001111222223445566677788899899 " +
    "00000000001112223344555566687888899 " +
    "000000000000010122344455566666678789 " +
    "0000000000011223233445556667778888989 " +
    "00000000000000001112333344555566777889 " +
    "000000000000000122233444445565666778889 " +
    "0000000000000001122233444456566678788889 " +
    "00000000000000012233344445565666676777789 " +
    "000000000000000001122233334444455566777889 " +
    "0000000000000000001123223445455556667778899 " +
    "00000000000000000001122223344444455566778899 " +
    "000000000000000000012222233444545666667778899 " +
    "0000000000000000000011112234334445555666788899",
  gates: {
    input: [
      84, 81, 78, 79, 84, 80, 83, 79, 84, 85, 85, 83, 77, 77, 85, 85,
      86, 77, 83, 85, 80, 78, 77, 83, 87, 83, 87, 85, 78, 77, 77, 88,
      85, 84, 86, 86, 81, 82, 86, 83, 81, 84, 88, 84, 83, 85,
    ],
    forget: [
      68, 74, 81, 73, 67, 72, 75, 79, 77, 71, 68, 74, 72, 79, 78, 71,
      66, 74, 71, 67, 75, 76, 78, 77, 77, 78, 70, 64, 68, 75, 79, 78,
      75, 76, 69, 69, 74, 83, 81, 70, 79, 79, 78, 77, 80, 68,
    ],
    output: [
      60, 61, 61, 58, 60, 61, 62, 69, 67, 58, 60, 62, 64, 68, 64, 56,
      58, 64, 62, 59, 63, 62, 69, 65, 56, 59, 57, 53, 57, 60, 68, 62,
      60, 59, 57, 62, 65, 67, 63, 61, 65, 65, 56, 58, 56, 54,
    ],
  },
};

const { piece, gates } = model, ROW = 24, SIZE = 13.6;
const back = { lstm: model.lstm.split(" "), tanh: model.tanh.split(" ") };
const spot = i => [7 + SIZE * (i % ROW), 26 * Math.floor(i / ROW)];

// how many characters have a tenth of the last one's gradient, or more
export const reach = (name, s) =>
  [...back[name][s]].filter(digit => digit >= 6).length;

export const finding = s => {
  const shown = c => c === " " ? "a space" : `“${c}”`;
  const [lstm, tanh] = [reach("lstm", s), reach("tanh", s)];
  const many = n => n + (n === 1 ? " character" : " characters");
  const who = lstm === tanh ? "Both look equally far back here"
    : lstm < tanh ? "The tanh network spreads its gradient wider here"
      : "The LSTM spreads its gradient wider here";
  return `After “${piece.slice(Math.max(0, s - 9), s + 1)}” comes `
    + `${shown(piece[s + 1])}. A tenth of the last character’s gradient or `
    + `more reaches ${many(lstm)} in the LSTM and ${many(tanh)} in the tanh `
    + `network. ${who}. The LSTM’s gates stand, on average, at `
    + Object.entries(gates).map(([name, v]) => `${(v[s] / 100).toFixed(2)} `
      + `(${name})`).join(", ") + ".";
};

explorable("bptt-reading-back", parts => {
  const square = (i, top) => {
    const [x, y] = spot(i);
    return `M${x.toFixed(1)} ${top + y}h13v23h-13z`;
  };
  const blocks = [["lstm", 22], ["tanh", 104]];
  for (const [name, top] of blocks) for (const row of [0, 1]) {
    const text = parts[name + row];
    text.textContent = piece.slice(ROW * row, ROW * (row + 1));
    text.setAttribute("y", top + 26 * row + 16);
    text.setAttribute("x", [...text.textContent].map(
      (_, i) => (spot(i)[0] + 6.5).toFixed(1)).join(" "));
  }
  const point = event => {
    const box = parts.svg.getBoundingClientRect(), scale = box.width / 340;
    const x = Math.floor(((event.clientX - box.x) / scale - 7) / SIZE);
    const y = (event.clientY - box.y) / scale;
    const top = y < 86 ? 22 : 104, row = Math.floor((y - top) / 26);
    const s = row * ROW + x;
    if (x < 0 || x >= ROW || row < 0 || row > 1 || s >= back.lstm.length)
      return;
    parts.s.value = s;
    parts.s.dispatchEvent(new Event("input", { bubbles: true }));
  };
  parts.svg.onpointerdown = point;
  parts.svg.onpointermove = point;
  return () => {
    const s = +parts.s.value;
    for (const [name, top] of blocks) {
      for (let level = 1; level <= 9; level++)
        parts[name + "-" + level].setAttribute("d", [...back[name][s]].map(
          (digit, i) => +digit === level ? square(i, top) : "").join(""));
      parts[name + "-next"].setAttribute("d", square(s + 1, top));
    }
    label(parts, "s", `${s + 1}, “${piece[s]}”`);
    parts.finding.textContent = finding(s);
  };
});
