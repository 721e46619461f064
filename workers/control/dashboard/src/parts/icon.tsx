/** Icons: 16 by 16, drawn with the colour of the text. They say nothing to screen readers; the words beside them do. */
import type { Tone } from "../mesh/health.ts";

const PATHS = {
  overview:
    "M2 4.500h3.500M10.500 4.500H14M2 11.500h3.500M10.500 11.500H14M5.500 4.500c3 0 2 7 5 7M5.500 11.500c3 0 2-7 5-7",
  events: "M1.500 8h3l2-5 3 10 2-5h3",
  config:
    "M9.500 1.500H4a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1V5zM9.500 1.500V5H13M5.500 8.500h5M5.500 11h3.500",
  rollouts: "M2 13.500h3v-3h3v-3h3v-3h3M11 2l3 2.500L11 7",
  overrides: "M2 4h6M12 4h2M2 8h2M8 8h6M2 12h7M13 12h1M10 2.500v3M6 6.500v3M11 10.500v3",
  discovery:
    "M8 8.500a.5.5 0 1 0 0-1 .5.5 0 0 0 0 1M5.200 10.800a4 4 0 0 1 0-5.600M10.800 5.200a4 4 0 0 1 0 5.600M3.100 12.900a7 7 0 0 1 0-9.800M12.900 3.100a7 7 0 0 1 0 9.800",
  sun: "M8 10.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5M8 1.500V3M8 13v1.500M1.500 8H3M13 8h1.500M3.400 3.400l1 1M11.600 11.600l1 1M3.400 12.600l1-1M11.600 4.400l1-1",
  moon: "M13.500 9.500A5.800 5.800 0 0 1 6.500 2.500a5.800 5.800 0 1 0 7 7",
  system: "M2 3h12v8H2zM5.500 14h5M8 11v3",
  leave: "M6 2.500H3v11h3M10.500 5l3 3-3 3M13.500 8H6",
  more: "M3.500 8h.01M8 8h.01M12.500 8h.01",
  right: "M6 3.500 10.500 8 6 12.500",
  out: "M11 3H4v10h8V8M9 2h5v5M14 2 8 8",
  bolt: "M9 1.500 3 9h4l-1 5.500L13 7H8.500z",
  pin: "M10 1.500 14.500 6l-3 1-2.500 5-5-5 5-2.500zM6.500 9.500 2 14",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" data-icon={name}>
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A state as a shape, so that it needs no colour to be told: disc, triangle, octagon, ring, dashed ring. */
export function ToneMark({ tone, at }: ToneMarkProps) {
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true" data-tone={tone} {...at}>
      {MARKS[tone]}
    </svg>
  );
}

interface ToneMarkProps {
  readonly tone: Tone;
  /** Inside another picture. */
  readonly at?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

const MARKS = {
  good: (
    <>
      <circle class="fill" cx="8" cy="8" r="7" />
      <path class="on" d="m5 8.200 2.100 2.100L11 6.100" />
    </>
  ),
  warn: (
    <>
      <path
        class="fill"
        d="M8 1.200c.5 0 .9.3 1.200.7l6 10.700c.5.9-.1 2-1.200 2H2c-1.100 0-1.700-1.100-1.200-2l6-10.700c.3-.4.700-.7 1.200-.7"
      />
      <path class="on" d="M8 5.500v4M8 12h.01" />
    </>
  ),
  bad: (
    <>
      <path class="fill" d="M5.100 1h5.800L15 5.100v5.800L10.900 15H5.100L1 10.900V5.100z" />
      <path class="on" d="m5.600 5.600 4.800 4.800M10.400 5.600l-4.800 4.800" />
    </>
  ),
  off: (
    <>
      <circle class="line" cx="8" cy="8" r="6" />
      <path class="line" d="M5 8h6" />
    </>
  ),
  unknown: <circle class="line dashed" cx="8" cy="8" r="6" />,
} as const satisfies Record<Tone, unknown>;
