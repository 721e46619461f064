import type { Mood } from "../mesh/health.ts";
import { ToneMark } from "./icon.tsx";

/** A state: shape, colour and word. */
export function Badge({ mood }: { readonly mood: Mood }) {
  return (
    <span class="badge" data-tone={mood.tone}>
      <ToneMark tone={mood.tone} />
      {mood.word}
    </span>
  );
}
