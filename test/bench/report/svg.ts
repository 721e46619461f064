/** Small SVG pictures that read well on a light page and on a dark one: no background, colours by the reader's scheme. */

const STYLE = `
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 13px }
  .quiet { fill: #59636e }
  .ours { font-weight: 600 }
  .bar { fill: #8c959f }
  .bar.ours { fill: #0969da }
  .none { fill: #2da44e; fill-opacity: 0.25 }
  .some { fill: #bf8700; fill-opacity: 0.4 }
  .many { fill: #cf222e; fill-opacity: 0.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .bar { fill: #6e7681 }
    .bar.ours { fill: #4493f8 }
  }
`;

/** A picture of the given size from its parts. `title` is what a screen reader says. */
export function svg(title: string, width: number, height: number, parts: readonly string[]): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`;
  return `${head}\n<title>${escaped(title)}</title>\n<style>${STYLE}</style>\n${parts.join("\n")}\n</svg>\n`;
}

export interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly anchor?: "start" | "middle" | "end";
  /** Classes of the style above. */
  readonly kind?: string;
}

export function text(value: string, { x, y, anchor, kind }: TextPlace): string {
  const attributes = [
    `x="${round(x)}" y="${round(y)}"`,
    ...(anchor === undefined ? [] : [`text-anchor="${anchor}"`]),
    ...(kind === undefined ? [] : [`class="${kind}"`]),
  ];
  return `<text ${attributes.join(" ")}>${escaped(value)}</text>`;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly kind: string;
}

export function box({ x, y, width, height, kind }: Box): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="2" class="${kind}"/>`;
}

export function escaped(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
