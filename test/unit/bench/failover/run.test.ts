import { expect, it } from "vitest";
import { CONTENDERS } from "../../../bench/contenders/registry.ts";
import { FAULTS } from "../../../bench/failover/faults.ts";
import { failoverSeconds, orders } from "../../../bench/failover/run.ts";

const plan = {
  contenders: CONTENDERS.slice(0, 2),
  faults: FAULTS.slice(0, 3),
  parallel: 2,
  repeats: 2,
  rps: 300,
  warmUpSeconds: 5,
  faultSeconds: 10,
  healSeconds: 18,
  seed: 7,
};

it("lets all contenders meet a fault one after the other, and repeats with another seed", () => {
  const list = orders(plan).map(({ contender, fault, plan: { seed } }) => `${fault} ${contender} ${seed}`);
  expect(list).toHaveLength(12);
  expect(list.slice(0, 3)).toEqual(["refuse heddle 7", "refuse nginx 7", "hang heddle 7"]);
  expect(list[6]).toBe("refuse heddle 8");
});

it("estimates the time from the trials that run at once", () => {
  expect(failoverSeconds(plan)).toBe(6 * 35);
  expect(failoverSeconds({ ...plan, parallel: 5 })).toBe(3 * 35);
});

it("takes at most twenty minutes as it comes", () => {
  const usual = { ...plan, contenders: CONTENDERS, faults: FAULTS, parallel: 3, repeats: 1 };
  expect(failoverSeconds(usual)).toBeLessThanOrEqual(20 * 60);
});
