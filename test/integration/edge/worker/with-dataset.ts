/** The edge with a dataset that tells of its points on the console: nothing here can read what the platform would keep. */
import mesh from "heddle:mesh";
import { heddle } from "../../../../src/library/heddle.ts";

export * from "../../../../src/library/objects.ts";

const edge = heddle({ mesh });
const ANALYTICS = { writeDataPoint: (point: unknown) => console.log(JSON.stringify({ event: "point", point })) };

export default {
  fetch: (request: Request, env: object, ctx: ExecutionContext) => edge.fetch(request, { ...env, ANALYTICS }, ctx),
};
