/** The picture of the mesh, drawn as wide as there is room. */
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { percent, rate } from "../format.ts";
import type { MeshLook } from "../mesh/look.ts";
import { type Band, type Box, type Column, layOut } from "../mesh/topology-layout.ts";
import { ToneMark } from "../parts/icon.tsx";
import { linkTo } from "../router.ts";

/** Size of the page's letters that the picture is drawn for. */
const DRAWN_FOR_PX = 14.5;

const TITLES: Readonly<Record<Column, string>> = {
  regions: "Callers",
  routes: "Routes",
  services: "Services",
  endpoints: "Endpoints",
};

export function TopologyPicture({ mesh }: { readonly mesh: MeshLook }) {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = frame.current!;
    const observer = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth)));
    observer.observe(element);
    setWidth(Math.floor(element.clientWidth));
    return () => observer.disconnect();
  }, []);
  // On a wall everything is larger, and so are the letters in the picture.
  const scale = Math.max(1, Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / DRAWN_FOR_PX);
  const picture = useMemo(() => (width > 0 ? layOut(mesh, Math.floor(width / scale)) : null), [mesh, width, scale]);
  return (
    <div class="topology" ref={frame}>
      {picture !== null && (
        // biome-ignore lint/a11y/noSvgWithoutTitle: a title would be a tooltip over everything; the boxes have texts and names
        <svg
          width={picture.width * scale}
          height={picture.height * scale}
          viewBox={`0 0 ${picture.width} ${picture.height}`}
        >
          {picture.columns.map(({ name, x, width: wide }) => (
            <text key={name} class="column" x={x + wide / 2} y={12} text-anchor="middle">
              {TITLES[name]}
            </text>
          ))}
          <g>
            {picture.bands.map((band) => (
              <BandView key={band.key} band={band} />
            ))}
          </g>
          {picture.boxes.map((box) => (
            <BoxView key={box.key} box={box} />
          ))}
        </svg>
      )}
    </div>
  );
}

function BandView({ band }: { readonly band: Band }) {
  const { x1, y1, x2, y2, width, tone, rps } = band;
  const bend = (x2 - x1) * 0.5;
  const path = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  const isQuiet = rps < 0.05;
  return (
    <g data-tone={tone} class={isQuiet ? "band quiet" : "band"}>
      <path class="stream" d={path} stroke-width={width} />
      {!isQuiet && <path class="pulse" d={path} stroke-width={Math.min(5, Math.max(1.5, width * 0.4))} />}
    </g>
  );
}

/** Letters of 13 and 11 pixels are seldom wider than so. */
const [WIDE, NARROW] = [8, 6];
const NARROW_BOX_PX = 150;

function BoxView({ box }: { readonly box: Box }) {
  const { x, y, width, height, label, note, tone, word, rps, share, service, column } = box;
  const hasMark = word !== "";
  const left = hasMark ? 34 : 12;
  // On a telephone the name goes before the number, and the state before the place.
  const rateText = width < NARROW_BOX_PX ? "" : `${rate(rps)}/s`;
  const right = share === null ? rateText : percent(share);
  const second = [word, note].filter((text) => text !== "").join(" · ");
  const room = width - left - 14 - right.length * WIDE;
  const shownLabel = cut(label, room / WIDE);
  const letters = (width - left - 12) / NARROW;
  const shownSecond = cut(second.length > letters && word.length <= letters && word !== "" ? word : second, letters);
  const content = (
    <>
      <rect class="box" x={x} y={y} width={width} height={height} rx={9}>
        {(shownLabel !== label || shownSecond !== second) && <title>{`${label}, ${second}`}</title>}
      </rect>
      {hasMark && <ToneMark tone={tone} at={{ x: x + 11, y: y + height / 2 - 8, width: 16, height: 16 }} />}
      <text class="label" x={x + left} y={y + (second === "" ? height / 2 + 4.5 : height / 2 - 3)}>
        {shownLabel}
      </text>
      {second !== "" && (
        <text class="second" x={x + left} y={y + height / 2 + 12}>
          {shownSecond}
        </text>
      )}
      <text
        class="value"
        x={x + width - 10}
        y={y + (second === "" ? height / 2 + 4.5 : height / 2 - 3)}
        text-anchor="end"
      >
        {right}
      </text>
    </>
  );
  return service === null ? (
    <g class="node" data-tone={tone} data-column={column}>
      {content}
    </g>
  ) : (
    <a class="node" data-tone={tone} data-column={column} href={linkTo("services", service)}>
      {content}
    </a>
  );
}

function cut(text: string, letters: number): string {
  const room = Math.max(1, Math.floor(letters));
  return text.length <= room ? text : `${text.slice(0, Math.max(1, room - 1))}…`;
}
