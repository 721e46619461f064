export interface SparklineProps {
  readonly values: readonly (number | null)[];
  /** What it shows, for who cannot see it. */
  readonly label: string;
}

const [WIDTH, HEIGHT] = [120, 28];

/** The course of a number, without axes: its last value is beside it. */
export function Sparkline({ values, label }: SparklineProps) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return <span class="spark none" role="img" aria-label={`${label}: not enough seen yet`} />;
  const top = Math.max(...known, 1e-9);
  const step = WIDTH / (values.length - 1);
  const at = (value: number, i: number) =>
    `${(i * step).toFixed(1)} ${(HEIGHT - 2 - (value / top) * (HEIGHT - 5)).toFixed(1)}`;
  const points = values.flatMap((value, i) => (value === null ? [] : [at(value, i)]));
  const line = `M${points.join("L")}`;
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path class="area" d={`${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`} />
      <path class="line" d={line} />
    </svg>
  );
}
