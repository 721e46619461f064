/**
 * The script of the report: while the pointer is over a run's charts, or moved there by the arrow keys, the legends show
 * the values of that moment. The report says everything without it.
 */
export const SCRIPT = `
for (const charts of document.querySelectorAll("[data-run]")) {
  const views = [...charts.querySelectorAll("[data-chart] .view")];
  const at = charts.querySelector(".at");
  const { durationMs, bucketMs, counts, latencies } = JSON.parse(charts.querySelector("[data-timeline]").textContent);
  const outputs = [...charts.querySelectorAll("output[data-column]")];
  const last = Math.ceil(durationMs / bucketMs) - 1;
  let bucket = 0;
  const seconds = (ms) => (ms < 60000 ? "" : Math.floor(ms / 60000) + "m") + (ms % 60000) / 1000 + "s";
  const show = () => {
    const x = Math.min(100, ((bucket + 0.5) * bucketMs * 100) / durationMs) + "%";
    charts.classList.add("is-pointed");
    at.textContent = "at " + seconds(Math.round(bucket * bucketMs));
    for (const line of charts.querySelectorAll(".cursor")) {
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    }
    for (const output of outputs) {
      const name = output.dataset.column;
      const count = counts[name]?.[bucket];
      const ms = latencies[name]?.[bucket];
      if (count !== undefined) output.value = String(Math.round((count * 10000) / bucketMs) / 10);
      else output.value = ms === undefined || ms === null ? "\\u2013" : ms < 1000 ? ms + " ms" : (ms / 1000).toFixed(1) + " s";
    }
  };
  const hide = () => {
    charts.classList.remove("is-pointed");
    at.textContent = "";
    for (const output of outputs) output.value = "";
  };
  for (const view of views) {
    view.setAttribute("tabindex", "0");
    view.addEventListener("pointermove", (event) => {
      const { left, width } = view.getBoundingClientRect();
      bucket = Math.max(0, Math.min(last, Math.floor((((event.clientX - left) / width) * durationMs) / bucketMs)));
      show();
    });
    view.addEventListener("pointerleave", hide);
    view.addEventListener("blur", hide);
    view.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      bucket = Math.max(0, Math.min(last, bucket + step * (event.shiftKey ? 10 : 1)));
      show();
    });
  }
}
`;
