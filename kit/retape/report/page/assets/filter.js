// What of the matrix is shown: words to find, verdicts and providers that are on.

const matrix = document.querySelector("table.matrix");
const columns = [...matrix.querySelectorAll("tr.models th")].map((head) => ({ head, provider: head.dataset.provider, text: `${head.title} ${head.textContent} ${head.dataset.provider}`.toLowerCase() }));
const lines = [...matrix.tBodies[0].rows].map((line) => ({
  line, title: line.cells[0].textContent,
  cells: [...line.cells].slice(1).map((place, index) => {
    const link = place.firstElementChild;
    return { place, link, verdict: link?.classList[1], text: link ? `${line.cells[0].textContent} ${columns[index].text} ${link.classList[1]} ${link.title} ${link.dataset.rules || ""}`.toLowerCase() : "" };
  }),
}));

const isOn = (name) => new Set([...document.querySelectorAll(`.toggle[data-${name}][aria-pressed=true]`)].map((one) => one.dataset[name]));

const filter = () => {
  const wanted = by("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const verdicts = isOn("verdict"), providers = isOn("provider");
  let rowsLeft = 0, cellsLeft = 0;
  for (const { line, cells } of lines) {
    let left = 0;
    cells.forEach(({ place, link, verdict, text }, index) => {
      const on = providers.has(columns[index].provider);
      const fits = on && link && verdicts.has(verdict) && wanted.every((word) => text.includes(word));
      place.hidden = !on;
      place.classList.toggle("dim", Boolean(link) && !fits);
      left += fits ? 1 : 0;
    });
    line.hidden = !left;
    rowsLeft += left ? 1 : 0;
    cellsLeft += left;
  }
  for (const head of matrix.querySelectorAll("thead th[data-provider]")) head.hidden = !providers.has(head.dataset.provider);
  const all = lines.reduce((sum, one) => sum + one.cells.filter((cell) => cell.link).length, 0);
  by("count").textContent = cellsLeft === all ? plural(all, "cell") : `${cellsLeft} of ${plural(all, "cell")} in ${plural(rowsLeft, "row")}`;
  by("nothing").hidden = cellsLeft > 0;
  matrix.hidden = !cellsLeft;
};

by("filter").addEventListener("input", filter);
document.querySelectorAll(".toggle").forEach((button) => button.addEventListener("click", (event) => {
  const name = button.dataset.verdict ? "verdict" : "provider";
  const group = [...document.querySelectorAll(`.toggle[data-${name}]`)];
  const press = (one, on) => one.setAttribute("aria-pressed", on);
  if (event.shiftKey || event.detail === 2) group.forEach((one) => press(one, one === button));
  else press(button, button.getAttribute("aria-pressed") !== "true");
  filter();
}));
