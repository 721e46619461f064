/** The edge with filters, policies and classifiers that behave in every way there is. */
import mesh from "heddle:mesh";
import type { Classifier, Filter, PolicyFactory } from "../../../../src/index.ts";
import { heddle } from "../../../../src/library/heddle.ts";

export * from "../../../../src/library/objects.ts";

type Mark = { readonly mark: string };

/** Notes on the request that it passed, and on the answer. */
const marks: Filter<Mark> = {
  onRequest(request, { settings, route, rule }) {
    const headers = new Headers(request.headers);
    headers.append("x-passed", settings.mark);
    headers.set("x-place", `${route}/${rule}`);
    return new Request(request, { headers });
  },
  onResponse(response, _, { settings }) {
    const own = new Response(response.body, response);
    own.headers.append("x-returned", settings.mark);
    return own;
  },
};

const answers: Filter = { onRequest: () => new Response("from the filter", { status: 202 }) };
const movesAway: Filter = {
  onRequest: (request) => new Request(`https://elsewhere.example/changed/../to/%61?q=1`, request),
};
const redacts: Filter = {
  onResponse: async (response) => new Response((await response.text()).replaceAll("secret", "***"), response),
};
const throws: Filter = {
  onRequest() {
    throw new Error("the filter is broken");
  },
};
const throwsLate: Filter = {
  onResponse: async () => {
    await scheduler.wait(1);
    throw new Error("the filter is broken");
  },
};
const hangs: Filter = { timeoutMs: 50, onRequest: () => new Promise<undefined>(() => {}) };
const skipped: Filter = { ...throws, onFailure: "skip" };
const skippedLate: Filter = { ...throwsLate, onFailure: "skip" };
const nonsense = { onRequest: () => 42 } as unknown as Filter;
const watches: Filter<unknown, { SEEN: string }> = {
  onRequest(_, { env, waitUntil }) {
    waitUntil(Promise.resolve());
    return new Response(env.SEEN);
  },
};

const last: PolicyFactory = () => ({ pick: (_, { index, count }) => index[count - 1]! });
const broken: PolicyFactory = () => ({
  pick() {
    throw new Error("the policy is broken");
  },
});

/** 200 may be bad, 500 may be meant, and a busy endpoint may say so in its own way. */
const byHeader: Classifier = ({ headers }, settings) => {
  const { header } = settings as { header: string };
  const said = headers.get(header);
  if (said === "throw") throw new Error("the classifier is broken");
  return said === null ? undefined : (said as "ok" | "failure" | "throttled");
};

export default heddle({
  mesh,
  filters: {
    marks,
    answers,
    movesAway,
    redacts,
    throws,
    throwsLate,
    hangs,
    skipped,
    skippedLate,
    nonsense,
    watches,
  },
  policies: { last, broken },
  classifiers: { byHeader },
});
