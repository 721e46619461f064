/**
 * The scale on which parts add up. Where a busy day is a quiet one times two, they add up as logarithms (a multiplicative
 * model); where it is a quiet one plus two hundred, as they are. The data say which.
 */

export interface Scale {
  readonly name: "additive" | "multiplicative";
  to(value: number): number;
  /** Never below 0: load is not. */
  from(value: number): number;
}

export const ADDITIVE: Scale = {
  name: "additive",
  to: (value) => value,
  from: (value) => Math.max(0, value),
};

/** Share of the mean that is added before a logarithm is taken: an hour without traffic is not minus infinity. */
const OFFSET_RATIO = 0.05;

/** Logarithms of values around `mean`, > 0. */
export function multiplicative(mean: number): Scale {
  const offset = OFFSET_RATIO * mean;
  return {
    name: "multiplicative",
    to: (value) => Math.log(value + offset),
    from: (value) => Math.max(0, Math.exp(value) - offset),
  };
}
